import Foundation
import Glibc

/// A client of QEMU's machine protocol: one command at a time, each line an object of JSON. Its calls block.
struct QMPClient {
    private let connection: Descriptor
    private var buffer: [UInt8] = []

    /// Bytes of the longest line that is read.
    private static let lineLimit = 1 << 20

    /// Connects as soon as QEMU listens, and greets it. `isGone` says that it never will.
    init(at path: String, within limit: Duration, unless isGone: () -> Bool) throws(SandboxError) {
        let end = ContinuousClock.now + limit
        while true {
            let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard number >= 0 else { throw .setupFailed(step: "socket", errno: errno) }
            let connection = Descriptor(number)
            if withUnixAddress(path, { connect(number, $0, $1) }) == 0 {
                self.connection = connection
                break
            }
            guard !isGone(), ContinuousClock.now < end else { throw .lost("QEMU's control socket did not appear") }
            usleep(2000)
        }
        var timeout = timeval(tv_sec: Int(limit.components.seconds), tv_usec: 0)
        setsockopt(connection.number, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        _ = try object()
        try command("qmp_capabilities")
    }

    /// Carries out a command and returns its result.
    @discardableResult
    mutating func command(
        _ name: String, _ arguments: [String: Any] = [:]
    ) throws(SandboxError) -> [String: Any] {
        guard
            var line = try? JSONSerialization.data(
                withJSONObject: ["execute": name, "arguments": arguments] as [String: Any])
        else { throw .invalidRequest(name) }
        line.append(UInt8(ascii: "\n"))
        guard
            line.withUnsafeBytes({ send(connection.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) })
                == line.count
        else { throw .lost("QEMU's control socket closed") }
        while true {
            let answer = try object()
            // Events come in between.
            if let result = answer["return"] { return result as? [String: Any] ?? [:] }
            if let error = answer["error"] as? [String: Any] {
                throw .lost("QEMU refused \(name): \(error["desc"] ?? "without a reason")")
            }
        }
    }

    /// Leaves memory that lies in a file of ours out of saved states, on either side.
    private mutating func leaveOutMemory() throws(SandboxError) {
        let capability: [String: Any] = ["capability": "x-ignore-shared", "state": true]
        try command("migrate-set-capabilities", ["capabilities": [capability]])
    }

    /// Lets a machine that was started with `-incoming defer` take over the state that is its standard input, and waits
    /// until it did.
    mutating func loadState(within limit: Duration) throws(SandboxError) {
        try leaveOutMemory()
        try command("migrate-incoming", ["uri": "fd:0"])
        // It was stopped when its state was saved, and is again when the state is there.
        try awaitStatus("paused", within: limit)
    }

    /// Writes the state of the machine, which stops, into a file: all but its memory.
    mutating func saveState(to path: String, within limit: Duration) throws(SandboxError) {
        try command("stop")
        try leaveOutMemory()
        try command("migrate", ["uri": "exec:exec cat > '\(path)'"])
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            switch try command("query-migrate")["status"] as? String {
            case "completed": return
            case "failed", "cancelled": throw .lost("QEMU could not save the machine's state")
            default: usleep(5000)
            }
        }
        throw .lost("QEMU did not save the machine's state within \(limit)")
    }

    /// Waits until the machine has the run state `wanted`.
    private mutating func awaitStatus(_ wanted: String, within limit: Duration) throws(SandboxError) {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if try command("query-status")["status"] as? String == wanted { return }
            usleep(2000)
        }
        throw .lost("the machine was not \(wanted) within \(limit)")
    }

    private mutating func object() throws(SandboxError) -> [String: Any] {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(buffer[..<end])
                buffer.removeFirst(end + 1)
                guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else {
                    throw .lost("QEMU's control socket sent no JSON")
                }
                return object
            }
            var part = [UInt8](repeating: 0, count: 16 << 10)
            let count = recv(connection.number, &part, part.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0, buffer.count < Self.lineLimit else { throw .lost("QEMU's control socket closed") }
            buffer += part[..<count]
        }
    }
}

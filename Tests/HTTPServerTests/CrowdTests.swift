import Foundation
import Glibc
import Testing

@testable import HTTPServer

/// More clients than usual. Each test has a process of its own, because it changes or measures the whole process.
@Suite(.serialized) struct CrowdTests {
    @Test func waitsForDescriptorsAndServesOn() async {
        await #expect(processExitsWith: .success) {
            try await withServer { server, port in
                try await offPool {
                    let clients = try (0..<60).map { _ in try Unconnected() }
                    var limit = rlimit()
                    getrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit)
                    let highest = clients.map(\.descriptor).max() ?? 0
                    limit.rlim_cur = rlim_t(highest + 10)
                    setrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit)
                    for client in clients { try client.connect(port) }
                    for client in clients { client.send(WireCase.get("/", "Connection: close\r\n")) }
                    // Those who are in the kernel's queue get their turn when others are done.
                    for client in clients {
                        #expect(client.readText().hasSuffix("hello"))
                        client.close()
                    }
                }
                try await expectHealthy(server, port)
            }
        }
    }

    /// Ten thousand connections that each ask twice, with a pause between, held all at once.
    @Test func holdsTenThousandConnections() async {
        await #expect(processExitsWith: .success) {
            let configure = { @Sendable (configuration: inout ServerConfiguration) in
                configuration.maximumConnections = 12_000
                configuration.maximumConnectionsPerAddress = 12_000
                configuration.backlog = 4096
                // The clients first connect, all of them, and then ask.
                configuration.headerTimeout = .seconds(300)
                configuration.idleTimeout = .seconds(300)
            }
            try await withServer(configure: configure) { server, port in
                try await expectHealthy(server, port)
                let before = residentBytes()
                let crowd = try Crowd(port: port, count: 10_000)
                let first = try await offPool { crowd.line() }
                #expect(first == "10000 answered")
                #expect(server.connectionCount == 10_000)
                let held = residentBytes()
                let second = try await offPool {
                    crowd.proceed()
                    return crowd.line()
                }
                #expect(second == "10000 answered")
                crowd.end()
                try await expectHealthy(server, port)
                let after = residentBytes()
                print(
                    "resident MiB: \(before >> 20) before, \(held >> 20) with 10000 connections, \(after >> 20) after")
                // 10 to 17 KiB each were seen, as the allocator spreads what threads ask for.
                #expect(held - before < 10_000 * 24 << 10)
                #expect(after - before < 16 << 20)
            }
        }
    }

    /// The whole table again and again: what a request leaves behind would add up.
    @Test func leavesNothingBehind() async {
        await #expect(processExitsWith: .success) {
            try await withServer { server, port in
                func abuse() async throws {
                    try await offPool {
                        for wireCase in WireCase.all
                        where wireCase.bytes.count < 10_000 && !wireCase.name.contains("slow") {
                            _ = try RawClient(port: port).exchange(wireCase.bytes)
                        }
                    }
                    try await expectHealthy(server, port)
                }
                // The allocator takes some rounds to settle.
                for _ in 0..<5 { try await abuse() }
                let before = residentBytes()
                for _ in 0..<5 { try await abuse() }
                let after = residentBytes()
                #expect(after - before < 12 << 20)
                #expect(openDescriptors() < 40)
            }
        }
    }
}

/// A socket that is made before there are too few.
final class Unconnected: Sendable {
    let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RawClient.Failure(call: "socket", code: errno) }
        var wait = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    }

    func connect(_ port: Int) throws { try RawClient.connect(descriptor, port) }
    func close() { Glibc.close(descriptor) }

    func send(_ text: String) { _ = text.withCString { Glibc.send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) } }

    func readText() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[0..<count]
        }
    }
}

/// Clients in another process, which has descriptors of its own.
final class Crowd: @unchecked Sendable {
    // Used by one thread at a time.
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    private static let script = """
        import socket, sys
        port, count = int(sys.argv[1]), int(sys.argv[2])
        clients = []
        for _ in range(count):
            client = socket.socket()
            client.settimeout(120)
            client.connect(("127.0.0.1", port))
            clients.append(client)
        while True:
            for client in clients: client.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
            print(sum(client.recv(4096).endswith(b"hello") for client in clients), "answered", flush=True)
            if not sys.stdin.readline(): break
        """

    init(port: Int, count: Int) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script, "\(port)", "\(count)"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    func line() -> String {
        var line: [UInt8] = []
        while let byte = try? output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0a { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    func proceed() { try? input.fileHandleForWriting.write(contentsOf: Data([0x0a])) }

    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

/// Memory of this process that is in use.
func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0) * Int(getpagesize())
}

func openDescriptors() -> Int {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).count
}

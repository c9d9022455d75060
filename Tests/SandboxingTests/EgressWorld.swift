import Core
import Foundation
import Sandboxing
import Testing

/// A host and a network beside it, both network namespaces of this test alone: what runs there reaches nothing else. The
/// launcher lives on that host.
final class EgressWorld {
    static let server = "203.0.113.2"
    static let otherServer = "203.0.113.3"
    static let host = "203.0.113.1"
    static let privateServer = "10.9.0.2"
    static let metadata = "169.254.169.254"

    let backend: NativeBackend
    private let name = "assay-t\(UInt16.random(in: .min ... .max))"
    private let directory: String
    private var processes: [Process] = []
    private let life = Pipe()

    private var hostSpace: String { name + "h" }
    private var netSpace: String { name + "n" }

    /// Whether the host can make such a world.
    static var isPossible: Bool {
        NativeHost.isPrivileged
            && ["/usr/sbin/nft", "/usr/sbin/tc", "/usr/sbin/ip"].allSatisfy(FileManager.default.isExecutableFile)
    }

    init(forwards: Bool = true) throws {
        directory = "/tmp/\(name)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        backend = NativeBackend(
            NativeConfiguration(
                launcherSocket: directory + "/launcher", poolSize: 0, maximumSandboxes: 8, userIDBase: 0x7700_0000,
                cgroup: "assay-egress",
                egress: EgressConfiguration(resolvers: [try #require(IPv4Address.number(Self.server))])))
        for command in [
            "ip netns add \(hostSpace)", "ip netns add \(netSpace)",
            "ip -n \(hostSpace) link add h0 type veth peer name n0 netns \(netSpace)",
            "ip -n \(hostSpace) link set lo up", "ip -n \(netSpace) link set lo up",
            "ip -n \(hostSpace) addr add \(Self.host)/24 dev h0", "ip -n \(hostSpace) link set h0 up",
            "ip -n \(netSpace) addr add \(Self.server)/24 dev n0", "ip -n \(netSpace) link set n0 up",
            "ip -n \(netSpace) addr add \(Self.otherServer)/24 dev n0",
            "ip -n \(netSpace) addr add \(Self.privateServer)/24 dev n0",
            "ip -n \(netSpace) addr add \(Self.metadata)/16 dev n0",
            "ip -n \(hostSpace) route add default via \(Self.server)",
        ] { try run(command) }
        try run(
            "nsenter --net=/run/netns/\(hostSpace) sh -c", "echo \(forwards ? 1 : 0) > /proc/sys/net/ipv4/ip_forward")
        try start(["nsenter", "--net=/run/netns/\(netSpace)", "/usr/bin/python3", "-c", Self.servers, "0.0.0.0"])
        try start(["nsenter", "--net=/run/netns/\(hostSpace)", "/usr/bin/python3", "-c", Self.servers, "0.0.0.0"])
        try startLauncher()
    }

    /// TCP on 80 and 81: says where it listens, then sends as many bytes as it is asked for, or counts what comes. UDP on
    /// 53: an answer for every name. Prints a line when all listen.
    private static let servers = """
        import socket, socketserver, struct, sys, threading
        class Lines(socketserver.StreamRequestHandler):
            def handle(self):
                words = self.rfile.readline().split()
                if words[:1] == [b'send']: self.wfile.write(bytes(int(words[1])))
                elif words[:1] == [b'take']: self.wfile.write(b'%d\\n' % len(self.rfile.read(int(words[1]))))
                else: self.wfile.write(b'port %d\\n' % self.server.server_address[1])
        class Names(socketserver.BaseRequestHandler):
            def handle(self):
                data, back = self.request
                question = data[12:data.index(b'\\0', 12) + 5]
                answer = b'\\xc0\\x0c' + struct.pack('>HHIH', 1, 1, 60, 4) + bytes([203, 0, 113, 2])
                is_a = question[-4:-2] == b'\\0\\1'
                head = data[:2] + b'\\x81\\x80' + struct.pack('>HHHH', 1, 1 if is_a else 0, 0, 0)
                back.sendto(head + question + (answer if is_a else b''), self.client_address)
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        servers = [socketserver.ThreadingTCPServer((sys.argv[1], port), Lines) for port in (80, 81)]
        servers.append(socketserver.ThreadingUDPServer((sys.argv[1], 53), Names))
        for server in servers: threading.Thread(target=server.serve_forever, daemon=True).start()
        print('ready', flush=True)
        sys.stdin.read()
        """

    private func start(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = Pipe()
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        processes.append(process)
        try #require(output.fileHandleForReading.availableData.starts(with: Data("ready".utf8)))
    }

    private func startLauncher() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "nsenter", "--net=/run/netns/\(hostSpace)", NativeHost.launcherPath, "--listen", directory + "/launcher",
            "\(geteuid())", "--until-end",
        ]
        process.standardInput = life
        try process.run()
        processes.append(process)
        for _ in 0..<1000 where !FileManager.default.fileExists(atPath: directory + "/launcher") { usleep(10_000) }
    }

    @discardableResult
    private func run(_ command: String, _ last: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command.split(separator: " ").map(String.init) + last
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(command)")
        return String(decoding: data, as: UTF8.self)
    }

    /// Interfaces and filter tables on the host.
    func trace() throws -> String {
        let links = try run("ip -n \(hostSpace) -brief link")
        let tables = try run("nsenter --net=/run/netns/\(hostSpace) nft list tables")
        return links.split(separator: "\n").map { $0.split(separator: " ")[0] }.joined(separator: " ") + "\n" + tables
    }

    /// Waits until the host has what `wanted` says, for at most ten seconds.
    func settle(to wanted: String) async throws {
        for _ in 0..<500 {
            if try trace() == wanted { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Runs Python in a sandbox; `reach(address, port)` tells what comes of asking a server.
    func run(_ script: String, allow: [String], dns: Bool = false, bytesPerSecond: Int? = nil) async throws -> Outcome {
        let prelude = """
            import socket, sys, time
            def ask(address, port, line=b'hello', timeout=5):
                s = socket.create_connection((address, port), timeout)
                s.settimeout(30)
                s.sendall(line + b'\\n')
                return s
            def reach(address, port):
                try: return ask(address, port).makefile().readline().strip()
                except ConnectionRefusedError: return 'refused'
                except OSError as error: return type(error).__name__

            """
        let limits = NativeHost.limits {
            $0.wallTime = .seconds(40)
            $0.cpuTime = .seconds(10)
        }
        let network = NetworkMode.egress(EgressRules(allow: allow, dns: dns, bytesPerSecond: bytesPerSecond))
        let configuration = SandboxConfiguration(limits: limits, network: network)
        return try await withSandbox(of: backend, configuration) { sandbox in
            try await sandbox.run(Command(arguments: ["/usr/bin/python3", "-c", prelude + script], limits: limits))
        }
    }

    func end() async {
        await backend.shutdown()
        try? life.fileHandleForWriting.close()
        for process in processes.reversed() {
            (process.standardInput as? Pipe).map { try? $0.fileHandleForWriting.close() }
            process.waitUntilExit()
        }
        for space in [hostSpace, netSpace] { _ = try? run("ip netns del \(space)") }
        try? FileManager.default.removeItem(atPath: directory)
    }
}

import Core
import Foundation
import Sandboxing
import Testing

@Suite(.enabled("egress needs root, iproute2 and nftables") { EgressWorld.isPossible }, .serialized)
struct EgressTests {
    private func withWorld(forwards: Bool = true, _ body: (EgressWorld) async throws -> Void) async throws {
        let world = try EgressWorld(forwards: forwards)
        do { try await body(world) } catch {
            await world.end()
            throw error
        }
        await world.end()
    }

    @Test func onlyWhatIsListedIsReached() async throws {
        try await withWorld { world in
            let before = try world.trace()
            let (server, other) = (EgressWorld.server, EgressWorld.otherServer)
            let script = """
                for address, port in [('\(server)', 80), ('\(server)', 81), ('\(other)', 80)]: print(reach(address, port))
                try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('\(server)', 53)); print('sent')
                except OSError as error: print(error.errno)
                print(reach('127.0.0.1', 80))
                """
            let outcome = try await world.run(script, allow: ["\(server)/32:80"])
            #expect(outcome.stdout.text == "port 80\nrefused\nrefused\n1\nrefused\n", "\(outcome.stderr.text)")
            let traffic = try #require(outcome.traffic)
            #expect(traffic.sent > 100 && traffic.received > 100)
            #expect(try await world.run("print(reach('\(server)', 80))", allow: []).stdout.text == "refused\n")
            // Interfaces and rules go with the sandbox.
            try await world.settle(to: before)
            #expect(try world.trace() == before)
        }
    }

    @Test func theHostPrivateNetworksAndMetadataMustBeListedThemselves() async throws {
        try await withWorld { world in
            let wanted = [EgressWorld.server, EgressWorld.host, EgressWorld.privateServer, EgressWorld.metadata]
            let script = "for address in \(wanted): print(reach(address, 80))".replacing("\"", with: "'")
            let everything = try await world.run(script, allow: ["0.0.0.0/0:*"])
            #expect(everything.stdout.text == "port 80\nrefused\nrefused\nrefused\n", "\(everything.stderr.text)")
            let listed = try await world.run(
                script, allow: ["\(EgressWorld.host):80", "10.9.0.0/16:80", "\(EgressWorld.metadata)/32:*"])
            #expect(listed.stdout.text == "refused\nport 80\nport 80\nport 80\n", "\(listed.stderr.text)")
            // The host's end of the sandbox's own interface is the host too.
            let near = try await world.run(
                "print(reach('198.18.0.1', 80), reach('198.18.0.5', 80))", allow: ["0.0.0.0/0:*"])
            #expect(near.stdout.text == "refused refused\n")
        }
    }

    @Test func namesResolveIfTheyMay() async throws {
        try await withWorld { world in
            let script = """
                try: print(socket.getaddrinfo('server.example', 80, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
                except OSError as error: print(type(error).__name__)
                """
            #expect(try await world.run(script, allow: [], dns: true).stdout.text == "\(EgressWorld.server)\n")
            let without = try await world.run(script, allow: [])
            #expect(without.stdout.text == "gaierror\n")
        }
    }

    @Test func bothDirectionsHaveARate() async throws {
        try await withWorld { world in
            let script = """
                for line, size in [(b'send 400000', 0), (b'take 400000', 400000)]:
                    start = time.monotonic()
                    s = ask('\(EgressWorld.server)', 80, line)
                    s.sendall(bytes(size))
                    while s.recv(65536): pass
                    print(time.monotonic() - start)
                """
            let outcome = try await world.run(script, allow: ["\(EgressWorld.server):80"], bytesPerSecond: 200_000)
            let seconds = outcome.stdout.text.split(separator: "\n").compactMap { Double($0) }
            #expect(seconds.count == 2, "\(outcome.stderr.text)")
            // Two seconds at that rate, less what an empty bucket and the buffers let through at once.
            for time in seconds { #expect(time > 1) }
            let traffic = try #require(outcome.traffic)
            #expect(traffic.sent > 400_000 && traffic.received > 400_000)
            let fast = try await world.run(script, allow: ["\(EgressWorld.server):80"])
            #expect(fast.stdout.text.split(separator: "\n").compactMap { Double($0) }.count == 2)
        }
    }

    @Test func aHostThatDoesNotForwardIsToldOf() async throws {
        try await withWorld(forwards: false) { world in
            let report = await world.backend.probe()
            #expect(!report.capabilities.networkModes.contains("egress"))
            let error = await #expect(throws: SandboxError.self) { try await world.run("", allow: []) }
            #expect(error?.description.contains("net.ipv4.ip_forward") == true)
        }
    }

    @Test func aKilledLauncherLeavesNoInterfaces() async throws {
        try await withWorld { world in
            let before = try world.trace()
            let limits = NativeHost.limits()
            let configuration = SandboxConfiguration(
                limits: limits, network: .egress(EgressRules(allow: ["\(EgressWorld.server):80"])))
            let sandbox = try await world.backend.makeSandbox(configuration)
            #expect(try world.trace() != before)
            kill(try await world.backend.launcherProcessID(), SIGKILL)
            try await world.settle(to: before)
            #expect(try world.trace() == before)
            await sandbox.destroy()
        }
    }
}

import Core
import Foundation
import HTTPServer
import Testing

@testable import assay

@Suite struct ConfigurationTests {
    private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    @Test func laterSourcesCount() throws {
        let configuration = try withFile("slots: 1\npool: 3\nceiling:\n  memory: 1 GiB\n") { path in
            try Configuration.load(
                file: path, environment: ["ASSAY_POOL": "4", "ASSAY_QUEUE_SUBMISSIONS": "7"],
                flags: [("queue-submissions", "8")])
        }
        #expect(configuration.slots == 1)
        #expect(configuration.pool == 4)
        #expect(configuration.queueSubmissions == 8)
        #expect(configuration.ceiling.memory == 1 << 30)
    }

    @Test func whatIsPrintedIsReadBack() throws {
        var configuration = Configuration()
        configuration.slots = 2
        configuration.lease = .seconds(20)
        configuration.binds = ["/opt/swift", "/opt/x"]
        configuration.ceiling.cpuTime = .milliseconds(1500)
        for (name, value) in [
            ("listen", "[::1]:80,unix:/run/assay.sock,systemd:web"), ("tls.listen", "0.0.0.0:443"),
            ("trusted-proxies", "10.0.0.0/8,unix"), ("cors-origins", "https://a.example,https://b.example"),
            ("access-log", "off"), ("socket-mode", "600"), ("rate-limit.token", "0.5"), ("http.header-count", "7"),
        ] { try configuration.set(name, value, source: "test") }
        let again = try withFile(configuration.printed) { path in
            try Configuration.load(file: path, environment: [:], flags: [])
        }
        #expect(again.printed == configuration.printed)
        #expect(again.binds == configuration.binds)
        #expect(again.listen.count == 3)
        #expect(again.server.accessLogLevel == nil)
        #expect(again.ceiling.cpuTime == .milliseconds(1500))
    }

    @Test(arguments: [
        "slots: many", "slots: -1", "memory: 3 apples", "lease: 0s", "speed: 1", "slots: [1]", "log-level: loud",
        "binds: relative/path", "uid-base: 0", "listen: 8080", "trusted-proxies: proxy", "cors-origins: example.org",
        "cors-origins: https://example.org/page", "cors-origins: '*,https://example.org'", "access-log: loud",
        "rate-limit.address: -1", "rate-limit.token-burst: 0", "socket-mode: 999", "http.header-timeout: 0s",
    ])
    func aSettingThatCannotBeIsNamed(_ text: String) throws {
        _ = try withFile(text) { path in
            #expect {
                try Configuration.load(file: path, environment: [:], flags: [])
            } throws: { error in
                "\(error)".contains(path) && "\(error)".contains(String(text.prefix { $0 != ":" }))
            }
        }
    }

    @Test func aFileThatIsNamedMustBeThere() {
        #expect(throws: ConfigurationError.self) {
            try Configuration.load(file: "/nonexistent/assay.yaml", environment: [:], flags: [])
        }
    }

    @Test func everySettingHasAHelpAndAnUniqueName() {
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
        #expect(Setting.all.allSatisfy { !$0.help.isEmpty })
        #expect(Setting.named("queue-bytes")?.environmentName == "ASSAY_QUEUE_BYTES")
        #expect(Setting.named("ceiling.cpu-time")?.environmentName == "ASSAY_CEILING_CPU_TIME")
    }

    @Test(arguments: [
        ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8080)), ("[::1]:0", .tcp(host: "::1", port: 0)),
        ("localhost:65535", .tcp(host: "localhost", port: 65535)),
        ("unix:/run/assay.sock", .unix(path: "/run/assay.sock")), ("systemd", .activated()),
        ("systemd:web", .activated(name: "web")),
    ])
    func readsAddresses(_ text: String, _ address: ListenAddress) throws {
        #expect(try ListenAddress(text) == address)
        #expect(address.text == text)
    }

    @Test(arguments: [
        "", "8080", ":8080", "localhost", "localhost:65536", "localhost:-1", "[::1:80", "::1:80", "unix:",
        "unix:relative",
    ])
    func refusesOtherAddresses(_ text: String) {
        #expect(throws: ConfigurationError.self) { try ListenAddress(text) }
    }

    @Test(arguments: [
        ("127.0.0.1:1", false), ("127.9.9.9:1", false), ("[::1]:1", false), ("localhost:1", false),
        ("unix:/x", false), ("0.0.0.0:1", true), ("[::]:1", true), ("192.0.2.1:1", true), ("example.org:1", true),
    ])
    func knowsWhatOtherMachinesReach(_ text: String, _ isExposed: Bool) throws {
        #expect(try ListenAddress(text).expected.contains { $0.isExposed } == isExposed)
    }

    @Test func aDataDirectoryHasOneOwner() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try DataDirectory(path: path)
        #expect(throws: ConfigurationError.self) { try DataDirectory(path: path) }
        first.release()
        try DataDirectory(path: path).release()
    }
}

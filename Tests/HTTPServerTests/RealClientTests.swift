import Foundation
import Testing

@testable import HTTPServer

/// Other people's clients.
@Suite struct RealClientTests {
    @Test func curlOverEveryAddress() async throws {
        let files = try await Certificates.make()
        let socket = files.directory.appending(path: "server.sock").path
        let configure = { @Sendable (configuration: inout ServerConfiguration) in
            configuration.addresses = [.tcp(host: "::", port: 0), .unix(path: socket, mode: 0o600)]
            configuration.tlsAddresses = [.tcp(host: "127.0.0.1", port: 0)]
            configuration.tls = files.configuration
        }
        try await withServer(configure: configure) { server, port in
            let tls = server.boundAddresses.last?.port ?? 0
            let ca = ["--cacert", files.path("ca.pem"), "--resolve", "localhost:\(tls):127.0.0.1"]
            let plain = try await curl(["-w", " %{http_version}", "http://[::1]:\(port)/items/1"])
            #expect(plain == "item 1 1.1")
            #expect(try await curl(["http://127.0.0.1:\(port)/items/2"]) == "item 2")
            #expect(try await curl(["--unix-socket", socket, "http://a/items/3"]) == "item 3")
            #expect(try await curl(["--http1.0", "http://127.0.0.1:\(port)/items/4"]) == "item 4")
            #expect(try await curl(ca + ["--tlsv1.3", "https://localhost:\(tls)/items/5"]) == "item 5")
            #expect(try await curl(ca + ["--tls-max", "1.2", "https://localhost:\(tls)/items/6"]) == "item 6")
            #expect(try await curl(ca + ["--http2", "https://localhost:\(tls)/items/7"]) == "item 7")
            // Not trusted, too old, and not TLS at all.
            #expect(try await curlFails(["https://127.0.0.1:\(tls)/"]))
            #expect(try await curlFails(ca + ["--tls-max", "1.1", "https://localhost:\(tls)/"]))
            #expect(try await curlFails(["http://127.0.0.1:\(tls)/"]))
            let large = try await curl(
                ca + ["-w", "%{size_download}", "-o", "/dev/null", "https://localhost:\(tls)/large"])
            #expect(large == "\(4 << 20)")
            try await expectHealthy(server, port)
        }
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    /// 100 MB up and down, plain and through TLS, while the server keeps little of it.
    @Test func curlSendsAHundredMegabytes() async {
        await #expect(processExitsWith: .success) {
            let files = try await Certificates.make()
            let upload = files.directory.appending(path: "upload")
            try Data().write(to: upload)
            try FileHandle(forWritingTo: upload).truncate(atOffset: 100 << 20)
            var router = testRouter()
            router.on(.put, "/upload", bodyLimit: 1 << 30, streamsBody: true) { request in
                var count = 0
                do {
                    while let piece = try await request.bodyStream?.next() { count += piece.count }
                } catch { return .text("\(error)", status: 500) }
                return .text("\(count)")
            }
            let configure = { @Sendable (configuration: inout ServerConfiguration) in
                configuration.tlsAddresses = [.tcp(host: "127.0.0.1", port: 0)]
                configuration.tls = files.configuration
            }
            try await withServer(router, configure: configure) { server, port in
                let tls = server.boundAddresses.last?.port ?? 0
                #expect(try await curl(["http://127.0.0.1:\(port)/"]) == "hello")
                let before = residentBytes()
                #expect(try await curl(["-T", upload.path, "http://127.0.0.1:\(port)/upload"]) == "\(100 << 20)")
                let chunked = ["-H", "Transfer-Encoding: chunked", "-T", upload.path]
                #expect(try await curl(chunked + ["http://127.0.0.1:\(port)/upload"]) == "\(100 << 20)")
                #expect(try await curl(["-k", "-T", upload.path, "https://127.0.0.1:\(tls)/upload"]) == "\(100 << 20)")
                #expect(residentBytes() - before < 16 << 20)
                #expect(try await curlFails(["-f", "-T", upload.path, "http://127.0.0.1:\(port)/echo"]))
                try await expectHealthy(server, port)
            }
        }
    }

    @Test func curlFetchesFiles() async throws {
        let files = try await Certificates.make()
        let text = String(repeating: "0123456789", count: 1000)
        try text.write(to: files.directory.appending(path: "text.txt"), atomically: true, encoding: .utf8)
        let served = try StaticFiles(directory: files.directory.path)
        var router = Router { _, _ in Response(status: .notFound) }
        router.on(.get, "/files/{path...}") { request in
            served.response(to: request, path: request.parameters["path"] ?? "") ?? Response(status: .notFound)
        }
        router.use(Compression().middleware)
        try await withServer(router) { _, port in
            let url = "http://127.0.0.1:\(port)/files/text.txt"
            let plain = try await curl([url])
            #expect(plain == text)
            #expect(try await curl(["--compressed", url]) == text)
            let size = try await curl(["-H", "Accept-Encoding: gzip", "-o", "/dev/null", "-w", "%{size_download}", url])
            #expect((Int(size) ?? .max) < 1000)
            #expect(try await curl(["-r", "5-7", url]) == "567")
            #expect(try await curl(["-C", "9995", url]) == "56789")
            #expect(try await curl(["-I", "-o", "/dev/null", "-w", "%{http_code}", url]) == "200")
            let escape = "http://127.0.0.1:\(port)/files/../files/%2e%2e/%2e%2e/etc/passwd"
            #expect(try await curl(["--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", escape]) == "400")
        }
    }

    @Test func opensslNegotiates() async throws {
        let files = try await Certificates.make()
        let configure = { @Sendable (configuration: inout ServerConfiguration) in
            configuration.tlsAddresses = [.tcp(host: "127.0.0.1", port: 0)]
            configuration.tls = files.configuration
        }
        try await withServer(configure: configure) { server, port in
            let tls = server.boundAddresses.last?.port ?? 0
            func client(_ arguments: [String]) async throws -> String {
                try await output(
                    "openssl",
                    [
                        "s_client", "-connect", "127.0.0.1:\(tls)", "-CAfile", files.path("ca.pem"), "-quiet",
                        "-verify_quiet",
                    ]
                        + arguments, input: WireCase.get("/", "Connection: close\r\n"))
            }
            #expect(try await client(["-tls1_3", "-alpn", "http/1.1"]).hasSuffix("hello"))
            #expect(try await client(["-tls1_2", "-alpn", "h2,http/1.1"]).hasSuffix("hello"))
            #expect(try await client(["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]).hasSuffix("hello"))
            #expect(try await !client(["-alpn", "h2"]).contains("hello"))
            #expect(try await !client(["-tls1_2", "-cipher", "AES128-SHA:AES128-GCM-SHA256"]).contains("hello"))
            #expect(try await !client(["-tls1_1"]).contains("hello"))
            try await expectHealthy(server, port)
        }
    }

    @Test func clientCertificatesAreChecked() async throws {
        let files = try await Certificates.make()
        var router = testRouter()
        router.on(.get, "/who") { .text($0.clientSubject ?? "nobody") }
        let configure = { @Sendable (configuration: inout ServerConfiguration) in
            configuration.addresses = []
            configuration.tlsAddresses = [.tcp(host: "127.0.0.1", port: 0)]
            configuration.tls = files.configuration
            configuration.tls?.clientAuthoritiesFile = files.path("ca.pem")
            configuration.tls?.requiresClientCertificate = true
        }
        try await withServer(router, configure: configure) { _, port in
            let url = "https://127.0.0.1:\(port)/who"
            let client = ["--cert", files.path("client.pem"), "--key", files.path("client.key")]
            let subject = try await curl(["-k"] + client + [url])
            #expect(subject == "CN=student")
            #expect(try await curlFails(["-k", url]))
            let stranger = ["--cert", files.path("stranger.pem"), "--key", files.path("stranger.key")]
            #expect(try await curlFails(["-k"] + stranger + [url]))
        }
    }

    @Test func certificatesAreReloaded() async throws {
        let files = try await Certificates.make()
        let configure = { @Sendable (configuration: inout ServerConfiguration) in
            configuration.addresses = []
            configuration.tlsAddresses = [.tcp(host: "127.0.0.1", port: 0)]
            configuration.tls = files.configuration
        }
        try await withServer(configure: configure) { server, port in
            func subject() async throws -> String {
                try await curl(["-kv", "-o", "/dev/null", "https://127.0.0.1:\(port)/"], withErrors: true)
            }
            #expect(try await subject().contains("CN=localhost"))
            try "broken".write(toFile: files.path("server.pem"), atomically: true, encoding: .utf8)
            #expect(throws: ServerError.self) { try server.reloadCertificates() }
            #expect(try await subject().contains("CN=localhost"))
            for end in ["pem", "key"] {
                try Data(contentsOf: URL(fileURLWithPath: files.path("client.\(end)"))).write(
                    to: URL(fileURLWithPath: files.path("server.\(end)")))
            }
            try server.reloadCertificates()
            #expect(try await subject().contains("CN=student"))
        }
    }

    @Test func endsAHandshakeThatDoesNotCome() async throws {
        let files = try await Certificates.make()
        let configure = { @Sendable (configuration: inout ServerConfiguration) in
            configuration.tlsAddresses = [.tcp(host: "127.0.0.1", port: 0)]
            configuration.tls = files.configuration
            configuration.handshakeTimeout = .milliseconds(200)
        }
        try await withServer(configure: configure) { server, port in
            let tls = server.boundAddresses.last?.port ?? 0
            let bytes = try await offPool { try RawClient(port: tls).readBytes() }
            #expect(bytes.isEmpty)
            try await expectHealthy(server, port)
        }
    }

    @Test func loadGeneratorsSeeNoError() async throws {
        try await withServer { server, port in
            let ab = try await output(
                "ab", ["-q", "-n", "2000", "-c", "16", "-k", "http://127.0.0.1:\(port)/"], input: "")
            #expect(ab.contains("Failed requests:        0"))
            let closing = try await output(
                "ab", ["-q", "-n", "500", "-c", "16", "http://127.0.0.1:\(port)/"], input: "")
            #expect(closing.contains("Complete requests:      500"))
            #expect(closing.contains("Failed requests:        0"))
            let wrk = try await output("wrk", ["-t1", "-c32", "-d1", "http://127.0.0.1:\(port)/"], input: "")
            #expect(wrk.contains("Requests/sec"))
            #expect(!wrk.contains("Socket errors"))
            #expect(!wrk.contains("Non-2xx"))
            try await expectHealthy(server, port)
        }
    }
}

/// Keys and certificates for one test, made by openssl: an authority, a server and a client of it, and a stranger.
final class Certificates: Sendable {
    let directory: URL

    static func make() async throws -> Certificates { try await offPool { try Certificates() } }

    private init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try make("ca", "/CN=authority", ["-x509"])
        try make("stranger", "/CN=stranger", ["-x509"])
        for (name, subject) in [("server", "localhost"), ("client", "student")] {
            try make(
                name, "/CN=\(subject)",
                ["-x509", "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-addext", "subjectAltName=DNS:localhost"])
        }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    var configuration: TLSConfiguration {
        TLSConfiguration(certificateFile: path("server.pem"), keyFile: path("server.key"))
    }

    private func make(_ name: String, _ subject: String, _ arguments: [String]) throws {
        _ = try run(
            "openssl",
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                subject, "-keyout", path("\(name).key"),
                "-out", path("\(name).pem"),
            ]
                + arguments, input: "")
    }
}

/// Runs a program to its end; what it wrote, errors too if wanted.
@discardableResult
func run(_ program: String, _ arguments: [String], input: String, withErrors: Bool = false) throws -> (
    text: String, code: Int32
) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let standardInput = Pipe()
    let standardOutput = Pipe()
    process.standardInput = standardInput
    process.standardOutput = standardOutput
    process.standardError = withErrors ? standardOutput : FileHandle.nullDevice
    try process.run()
    standardInput.fileHandleForWriting.write(Data(input.utf8))
    // openssl s_client leaves when its input ends: it may first have its answer.
    let data: Data
    if program == "openssl", arguments.first == "s_client" {
        data = standardOutput.fileHandleForReading.readDataToEndOfFile()
        try? standardInput.fileHandleForWriting.close()
    } else {
        try? standardInput.fileHandleForWriting.close()
        data = standardOutput.fileHandleForReading.readDataToEndOfFile()
    }
    process.waitUntilExit()
    return (String(decoding: data, as: UTF8.self), process.terminationStatus)
}

func output(_ program: String, _ arguments: [String], input: String) async throws -> String {
    try await offPool { try run(program, arguments, input: input).text }
}

private func curl(_ arguments: [String], withErrors: Bool = false) async throws -> String {
    try await offPool {
        try run("curl", ["-s", "--max-time", "60"] + arguments, input: "", withErrors: withErrors).text
    }
}

private func curlFails(_ arguments: [String]) async throws -> Bool {
    try await offPool { try run("curl", ["-s", "--max-time", "60"] + arguments, input: "").code != 0 }
}

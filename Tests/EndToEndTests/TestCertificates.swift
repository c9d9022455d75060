import Testing

/// Keys and certificates that openssl makes in `directory`: an authority `ca`, and others of it.
struct TestCertificates: Sendable {
    let directory: String

    init(in directory: String) async throws {
        self.directory = directory
        try await make("ca", subject: "authority", ["-x509"])
    }

    func certificate(_ name: String) -> String { "\(directory)/\(name).pem" }
    func key(_ name: String) -> String { "\(directory)/\(name).key" }

    /// A certificate for `subject`, which is also the name of its host.
    func make(_ name: String, subject: String) async throws {
        try await make(
            name, subject: subject,
            ["-x509", "-CA", certificate("ca"), "-CAkey", key("ca"), "-addext", "subjectAltName=DNS:localhost"])
    }

    private func make(_ name: String, subject: String, _ arguments: [String]) async throws {
        let result = try await ChildProcess.run(
            [
                "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(subject)", "-keyout", key(name), "-out", certificate(name),
            ] + arguments)
        try #require(result.status == 0, "\(result.errors)")
    }
}

import Testing

/// A token of the service that keeps its data in `data` of `directory`.
enum AccessToken {
    static func make(
        _ roles: String..., courses: [String] = [], named name: String = "test", in directory: String
    ) async throws -> String {
        let made = try await ChildProcess.run(
            [Checkout.program("assay"), "token", "create", name, "--data", directory + "/data"]
                + roles.flatMap { ["--role", $0] } + courses.flatMap { ["--course", $0] })
        try #require(made.status == 0, "\(made.errors)")
        let token = try #require(made.output.firstMatch(of: #/assay_[a-z0-9]{10}_[a-z0-9]{52}/#), "\(made)")
        return String(token.output)
    }
}

/// What the JSON endpoint decodes: a small program with its tests, 4 KiB as JSON.
struct Job: Codable, Sendable {
    struct Test: Codable, Sendable {
        var input: String
        var output: String
        var points: Double
    }

    var language: String
    var source: String
    var tests: [Test]
    var limits: [String: Int]
}

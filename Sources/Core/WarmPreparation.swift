/// How a language's runtime is started before there is a program for it. It begins as the program's own command line, in
/// the program's own environment with what is added here; what is added makes it prepare itself and wait.
package struct WarmPreparation: Sendable, Hashable, Codable {
    /// Lie in the work directory while it prepares itself. It removes them before it goes on.
    package var files: [SourceFile]
    /// Variables on top of the program's. It removes them before it goes on.
    package var environment: [String: String]

    package init(files: [SourceFile] = [], environment: [String: String] = [:]) {
        self.files = files
        self.environment = environment
    }
}

/// How a language's runtime is started before there is a program for it. It begins as the program's own command line, in
/// the program's own environment with what is added here; what is added makes it prepare itself and wait.
package struct WarmPreparation: Sendable, Hashable, Codable {
    /// Lie in the work directory while it prepares itself. It removes them before it goes on.
    package var files: [SourceFile]
    /// Variables on top of the program's. It removes them before it goes on.
    package var environment: [String: String]
    /// Libraries of ours that lie beside those files, by where: `assay-java-agent` is `libassay-java-agent.so` beside the
    /// running program.
    package var libraries: [RelativePath: String]
    /// Stand on its command line where the arguments follow that are not known yet.
    package var arguments: [String]
    /// Whether the program may get arguments that were not known when it was started.
    package var takesMoreArguments: Bool

    package init(
        files: [SourceFile] = [], environment: [String: String] = [:], libraries: [RelativePath: String] = [:],
        arguments: [String] = [], takesMoreArguments: Bool = true
    ) {
        self.files = files
        self.environment = environment
        self.libraries = libraries
        self.arguments = arguments
        self.takesMoreArguments = takesMoreArguments
    }
}

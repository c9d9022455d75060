package import Core

/// A runtime that a sandbox may hold ready, prepared for a program of which only the beginning of the command line is
/// known. Whether one is ready or not, a run gives the same result: only how long it takes differs.
package struct WarmStart: Sendable, Hashable {
    /// What the arguments of its program begin with.
    package let arguments: [String]
    /// The whole environment of its program.
    package let environment: [String: String]
    package let preparation: WarmPreparation

    /// `nil` for an environment that has variables of its own where the preparation needs them.
    package init?(arguments: [String], environment: [String: String], preparation: WarmPreparation) {
        guard !arguments.isEmpty, preparation.environment.keys.allSatisfy({ environment[$0] == nil }) else {
            return nil
        }
        self.arguments = arguments
        self.environment = environment
        self.preparation = preparation
    }

    /// The compiler of `language`, which may wait for its files: they must be what its command line ends with.
    package init?(
        compilerOf language: Language, entry: RelativePath, limits: Limits, options: ProgramOptions = ProgramOptions()
    ) {
        guard let preparation = language.warmCompiler, let command = language.compile,
            command.last == Language.Placeholder.sources.text
        else { return nil }
        self.init(
            arguments: language.expand(
                Array(command.dropLast()), entry: entry, files: [], limits: limits, options: options),
            environment: Command.environment(of: language), preparation: preparation)
    }

    /// Whether the runtime can become the program of `command`. It looked at its streams already, and found that they
    /// were not shared with anybody.
    package func fits(_ command: Command) -> Bool {
        command.connections.isEmpty && command.environment == environment
            && (preparation.takesMoreArguments
                ? command.arguments.starts(with: arguments) : command.arguments == arguments)
    }
}

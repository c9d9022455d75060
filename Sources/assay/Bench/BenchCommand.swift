import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure sandbox backends, the native sandbox, and a running service.",
        subcommands: [
            BenchBackendsCommand.self, BenchNativeCommand.self, BenchLoadCommand.self, BenchCompareCommand.self,
        ])
}

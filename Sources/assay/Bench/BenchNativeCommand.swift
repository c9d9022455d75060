import ArgumentParser
import Benchmarking
import Core
import Sandboxing

struct BenchNativeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "native", abstract: "Measure the native sandbox beside bare processes and other tools.",
        discussion: """
            Every figure is also given as a multiple of what a bare process takes in the same run, because machines differ
            and load moves every figure; goals are met or missed by that. Needs root, gcc and python3.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(name: .shortAndLong, help: "The JSON file; the page and the pictures are put beside it.")
    var output: String?

    @Option(name: .long, help: "Runs of each measurement; of slow ones fewer are made.")
    var runs = 200

    @Flag(name: .long, help: "Exit with 1 when a goal is missed.")
    var strict = false

    func run() async throws {
        BenchOutput.warnIfFavoured()
        let configuration = try options.load()
        let machine = MachineFacts.current(assay: Version.string, directory: "/tmp")
        let benchmark = NativeBenchmark(repetitions: runs, warmPython: try warmPython(configuration)) { poolSize in
            NativeBackend(
                NativeConfiguration(
                    poolSize: poolSize, userIDBase: UInt32(configuration.userIDBase + (1 << 16)),
                    cgroup: configuration.cgroup + "-bench"))
        }
        let found = try await benchmark.run()
        var report = NativeReport.report(found, machine: machine, repetitions: runs)
        report.machine.loadAfter = MachineFacts.load
        if let output { try BenchOutput(report, path: output).write() }
        print(found.table)
        for target in report.targets {
            print("\(TerminalOutput.mark(target.isMet)) \(target.name): \(target.found), goal \(target.goal)")
        }
        if strict, report.targets.contains(where: { !$0.isMet }) { throw ExitCode(1) }
    }

    /// As the language file has it prepared.
    private func warmPython(_ configuration: Configuration) throws -> WarmStart? {
        let languages = try Node.languages(of: configuration)
        guard let python = languages.first(where: { $0.name == "python3" }), let preparation = python.warm else {
            return nil
        }
        return WarmStart(
            arguments: python.expand(python.run, entry: python.entryFile, files: [python.entryFile], limits: .default),
            environment: Command.defaultEnvironment.merging(python.environment) { $1 }, preparation: preparation)
    }
}

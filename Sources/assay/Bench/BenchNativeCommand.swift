import ArgumentParser
import Benchmarking
import Core
import Glibc
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
        let benchmark = NativeBenchmark(
            repetitions: runs, warmPython: try warmPython(configuration), warmJava: try warmJava(configuration)
        ) { poolSize in
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
        guard let python = try language("python3", configuration) else { return nil }
        return start(python, .default)
    }

    /// `nil` where there is no Java.
    private func warmJava(_ configuration: Configuration) throws -> NativeBenchmark.WarmJava? {
        guard let java = try language("java", configuration), access("/usr/bin/javac", X_OK) == 0 else { return nil }
        var limits = Limits.default
        limits.memory = 512 << 20
        guard let compiler = WarmStart(compilerOf: java, entry: java.entryFile, limits: limits),
            let program = start(java, limits)
        else { return nil }
        return NativeBenchmark.WarmJava(compiler: compiler, program: program)
    }

    private func language(_ name: String, _ configuration: Configuration) throws -> Language? {
        try Node.languages(of: configuration).first { $0.name == name }
    }

    private func start(_ language: Language, _ limits: Limits) -> WarmStart? {
        guard let preparation = language.warm else { return nil }
        return WarmStart(
            arguments: language.expand(
                language.run, entry: language.entryFile, files: [language.entryFile], limits: limits),
            environment: Command.environment(of: language), preparation: preparation)
    }
}

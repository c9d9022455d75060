import ArgumentParser
import Benchmarking
import Core
import Foundation

struct BenchBackendsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backends", abstract: "Measure every available backend, stage by stage.",
        discussion: """
            Runs the same experiments in every backend in turns: hello world, files, SQLite databases, an HTTP server, ping;
            then many sandboxes at the same time. Writes JSON, an HTML page that needs no other file, and pictures. A
            benchmark that was interrupted goes on where it was when the command is given again. Needs root.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(name: .shortAndLong, help: "The JSON file; the page and the pictures are put beside it.")
    var output = "assay-bench.json"

    @Flag(name: .long, help: "Few runs of few experiments: under two minutes.")
    var quick = false

    @Option(name: .long, help: "Configurations, separated by commas: \(BenchSubject.names.joined(separator: ", ")).")
    var only: String?

    @Option(
        name: .long,
        help: """
            What sandboxes see as their root: host, or NAME=/DIRECTORY; may be repeated. Backends that cannot show a \
            directory are measured with the host's programs only.
            """)
    var image: [String] = ["host"]

    @Option(
        name: .long,
        help: """
            Ways to make the root, separated by commas: \(StorageStrategy.allCases.map(\.rawValue).joined(separator: ", ")). \
            A backend that has none of them takes its own.
            """)
    var storage = ""

    @Option(
        name: .long,
        help: "Experiments, separated by commas: hello, db-read-xs, …; files stands for all whose names begin so.")
    var experiments: String?

    @Option(name: .long, help: "Runs of each experiment in each configuration.")
    var runs: Int?

    @Option(name: .customLong("warm-ups"), help: "Runs before those, which do not count.")
    var warmUps = 1

    @Option(name: .long, help: "What the order of the runs is drawn from.")
    var seed: UInt64 = 9

    @Option(
        name: .customLong("seconds-per-cell"),
        help: "Time after which an experiment in one configuration is not run again; 0 is none.")
    var secondsPerCell: Double?

    @Option(name: .customLong("time-limit"), help: "Stop after this time (3m); the same command goes on.")
    var timeLimit: String?

    @Option(name: .long, help: "Numbers of runs at the same time, separated by commas.")
    var parallel: String?

    @Option(name: .long, help: "The most sandboxes that are tried at the same time; 0 tries none.")
    var density: Int?

    @Option(
        name: .long,
        help: """
            Directory for what experiments read, not below /tmp. Machines read it only below /usr, programs in an image \
            only elsewhere.
            """)
    var files = "/var/lib/assay/bench"

    /// The exit code of a benchmark that is not finished.
    static let unfinished: Int32 = 3

    func validate() throws {
        guard files.hasPrefix("/"), !(files + "/").hasPrefix("/tmp/") else {
            throw ValidationError(
                "--files takes an absolute path that is not below /tmp: sandboxes have their own /tmp.")
        }
    }

    func run() async throws {
        BenchOutput.warnIfFavoured()
        var configuration = try options.load()
        if options.logLevel == nil { configuration.logLevel = .error }
        let limit = try timeLimit.map { text in
            guard let limit = Quantity.duration(text) else {
                throw ValidationError("--time-limit takes a time such as 3m")
            }
            return limit
        }
        let program = try ExperimentProgram(directory: Installation.executableDirectory)
        let chosen = try chosenExperiments()
        try ExperimentData(directory: files, program: program).prepare(for: chosen)
        let subjects = try await BenchSubject.available(
            names: only?.split(separator: ",").map(String.init), isQuick: quick, images: try image.map(BenchImage.init),
            storages: try chosenStorages(), files: files, configuration)
        let result: Result<BenchmarkReport?, any Error>
        do {
            guard !subjects.isEmpty else { throw BenchmarkError.noBackend }
            let benchmark = try BackendBenchmark(
                try plan(chosen, subjects), program: program, statePath: output + ".state", assay: Version.string,
                directory: files)
            let progress = ProgressBar(title: "bench")
            let report = try await benchmark.run(atMost: limit) { progress.show($0) }
            progress.clear()
            if let report { try BenchOutput(report, path: output).write() }
            if report != nil { benchmark.finish() }
            result = .success(report)
        } catch { result = .failure(error) }
        for subject in subjects { await subject.backend.shutdown() }
        guard let report = try result.get() else {
            TerminalOutput.error("not finished; the same command goes on")
            throw ExitCode(Self.unfinished)
        }
        print(BenchOutput.table(report))
    }

    private func chosenExperiments() throws -> [Experiment] {
        let all = quick ? Experiment.quick(data: files) : Experiment.all(data: files)
        guard let experiments else { return all }
        let starts = experiments.split(separator: ",").map(String.init)
        let chosen = all.filter { experiment in
            starts.contains { experiment.name == $0 || experiment.name.hasPrefix($0 + "-") }
        }
        guard !chosen.isEmpty else {
            throw ValidationError("The experiments are \(all.map(\.name).joined(separator: ", ")).")
        }
        return chosen
    }

    private func chosenStorages() throws -> [StorageStrategy] {
        try storage.split(separator: ",").map { name in
            guard let strategy = StorageStrategy(rawValue: String(name)) else {
                throw ValidationError("There is no storage named '\(name)'.")
            }
            return strategy
        }
    }

    private func plan(_ experiments: [Experiment], _ subjects: [BenchmarkSubject]) throws -> BenchmarkPlan {
        let budget = secondsPerCell ?? (quick ? 2 : 0)
        let settings = BenchmarkReport.Settings(
            runs: runs ?? (quick ? 3 : 20), warmUps: warmUps, seed: seed, memoryPerSandbox: Experiment.limits.memory,
            secondsPerCell: budget > 0 ? budget : nil)
        var plan = BenchmarkPlan(experiments: experiments, subjects: subjects, settings: settings)
        if quick {
            plan.parallels = [1, 4]
            plan.idleSandboxes = 2
            plan.idleRounds = 1
            plan.densityLimit = 16
        }
        if let density { plan.densityLimit = density }
        if let parallel {
            plan.parallels = try parallel.split(separator: ",").map { text in
                guard let number = Int(text), number > 0 else { throw ValidationError("--parallel takes numbers") }
                return number
            }
        }
        return plan
    }
}

extension ProgressBar {
    /// With the time that is left.
    func show(_ progress: BackendBenchmark.Progress) {
        let seconds = Int(progress.left.rounded())
        let left = seconds >= 60 ? "\(seconds / 60) min \(seconds % 60) s" : "\(seconds) s"
        show(progress.done, of: progress.total, "\(left) left · \(progress.name)")
    }
}

import Core
import Foundation
import Sandboxing

/// The files and databases that experiments read, made by the experiments' own program. What is there already stays.
package struct ExperimentData: Sendable {
    package let directory: String
    private let program: ExperimentProgram

    package init(directory: String, program: ExperimentProgram) {
        self.directory = directory
        self.program = program
    }

    /// Makes what `experiments` read.
    package func prepare(for experiments: [Experiment]) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var files = 0
        for data in experiments.compactMap(\.data) {
            switch data {
            case .files(let count): files = max(files, count)
            case .database(let size): try makeDatabase(size)
            }
        }
        if files > 0 { try makeFiles(files) }
    }

    private func makeFiles(_ count: Int) throws {
        let last = "\(directory)/files/\((count - 1) / 1000)/\(count - 1)"
        guard !FileManager.default.fileExists(atPath: last) else { return }
        try program.run(["write-files", directory + "/files", "\(count)"])
    }

    private func makeDatabase(_ size: Experiment.DatabaseSize) throws {
        let path = "\(directory)/\(size.name).db"
        guard !FileManager.default.fileExists(atPath: path) else { return }
        // Whoever finds it shall find all of it.
        let unfinished = path + ".new"
        try? FileManager.default.removeItem(atPath: unfinished)
        try program.run(["write-database", unfinished, "\(size.rawValue)"])
        try FileManager.default.moveItem(atPath: unfinished, toPath: path)
    }
}

/// `assay-experiments` and `assay-hello`, which lie beside `assay`: static programs that run in every image.
package struct ExperimentProgram: Sendable {
    private let path: String
    /// The programs as files for the work directory.
    private let experiments: FileBundle
    private let hello: FileBundle

    /// `directory` has both.
    package init(directory: String) throws {
        func bundle(_ name: String) throws -> FileBundle {
            guard let contents = FileManager.default.contents(atPath: directory + "/" + name) else {
                throw BenchmarkError.noProgram(directory + "/" + name)
            }
            return FileBundle([
                SourceFile(path: try RelativePath(name), contents: Array(contents), isExecutable: true)
            ])
        }
        path = directory + "/assay-experiments"
        experiments = try bundle("assay-experiments")
        hello = try bundle("assay-hello")
    }

    /// What an experiment needs in the work directory.
    func bundle(for experiment: Experiment) -> FileBundle { experiment.arguments.isEmpty ? hello : experiments }

    /// What an experiment runs in a sandbox.
    func command(for experiment: Experiment) -> Command {
        let program = experiment.arguments.isEmpty ? "./assay-hello" : "./assay-experiments"
        return Command(arguments: [program] + experiment.arguments, limits: Experiment.limits)
    }

    /// Runs it on the host, to its end.
    func run(_ arguments: [String]) throws(BenchmarkError) {
        let status = try start(arguments).wait()
        guard status == 0 else { throw .programFailed(arguments.joined(separator: " "), status) }
    }

    /// Starts it on the host.
    func start(_ arguments: [String]) throws(BenchmarkError) -> HostProcess { try HostProcess([path] + arguments) }
}

/// Why a benchmark cannot be made.
package enum BenchmarkError: Error, Sendable, CustomStringConvertible {
    case noProgram(String)
    case programFailed(String, Int32)
    /// The state file is of another plan.
    case otherPlan(String)
    case unreadable(String, reason: String)
    case noBackend

    package var description: String {
        switch self {
        case .noProgram(let path): "\(path) is missing; build it with swift build"
        case .programFailed(let arguments, let status): "\(arguments) ended with status \(status)"
        case .otherPlan(let path): "\(path) is of another benchmark; remove it, or name another --output"
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .noBackend: "no backend that was asked for is available"
        }
    }
}

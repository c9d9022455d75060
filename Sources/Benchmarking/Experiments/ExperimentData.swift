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

/// `assay-experiments`, which lies beside `assay`.
package struct ExperimentProgram: Sendable {
    package let path: String
    /// The program as a file for the work directory: it runs in every image.
    let bundle: FileBundle

    package init(path: String) throws {
        self.path = path
        guard let contents = FileManager.default.contents(atPath: path) else {
            throw BenchmarkError.noProgram(path)
        }
        bundle = FileBundle([
            SourceFile(path: try RelativePath("experiments"), contents: Array(contents), isExecutable: true)
        ])
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
        case .noProgram(let path): "\(path) is missing; build it with swift build --product assay-experiments"
        case .programFailed(let arguments, let status): "\(arguments) ended with status \(status)"
        case .otherPlan(let path): "\(path) is of another benchmark; remove it, or name another --output"
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .noBackend: "no backend that was asked for is available"
        }
    }
}

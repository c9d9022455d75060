import Foundation

/// What was found so far, kept in a file line by line, so that an interrupted benchmark goes on where it was.
final class BenchmarkState {
    /// A line of the file.
    enum Record: Codable {
        case plan(String)
        case loadBefore(Double)
        case run(cell: Cell, round: Int, seconds: Double, stages: [String: Double]?, failure: String?)
        case concurrency(BenchmarkReport.Concurrency)
        case idleMemory(BenchmarkReport.Configuration, round: Int, sandboxes: Int, bytesEach: Int?)
        case density(BenchmarkReport.Density)
        case skipped(BenchmarkReport.Skipped)
    }

    /// One experiment in one configuration.
    struct Cell: Codable, Hashable {
        var experiment: String
        var configuration: BenchmarkReport.Configuration
    }

    private let path: String
    private let file: FileHandle
    private(set) var records: [Record] = []
    private(set) var seconds: [Cell: Double] = [:]
    private var rounds: [Cell: Set<Int>] = [:]

    /// Opens the file of a plan, or makes it. Throws if it is of another plan.
    init(path: String, plan: BenchmarkPlan) throws {
        self.path = path
        let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        if old.isEmpty { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        guard let file = FileHandle(forUpdatingAtPath: path) else {
            throw BenchmarkError.unreadable(path, reason: "it cannot be written either")
        }
        self.file = file
        // A line that was not written to its end is a run that is made again.
        let whole = old[..<(old.lastIndex(of: "\n").map { old.index(after: $0) } ?? old.startIndex)]
        for line in whole.split(separator: "\n") {
            guard let record = try? JSONDecoder().decode(Record.self, from: Data(line.utf8)) else {
                throw BenchmarkError.unreadable(path, reason: "it holds a line of another kind")
            }
            remember(record)
        }
        try file.truncate(atOffset: UInt64(whole.utf8.count))
        if case .plan(let fingerprint)? = records.first {
            guard fingerprint == plan.fingerprint else { throw BenchmarkError.otherPlan(path) }
        } else {
            try add(.plan(plan.fingerprint))
            try add(.loadBefore(MachineFacts.load))
        }
    }

    func add(_ record: Record) throws {
        var line = try JSONEncoder().encode(record)
        line.append(UInt8(ascii: "\n"))
        try file.write(contentsOf: line)
        remember(record)
    }

    func isDone(_ cell: Cell, round: Int) -> Bool { rounds[cell]?.contains(round) ?? false }

    /// Rounds that were made of a cell.
    func count(_ cell: Cell) -> Int { rounds[cell]?.count ?? 0 }

    /// The file is of no use when the report is written.
    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private func remember(_ record: Record) {
        records.append(record)
        if case .run(let cell, let round, let taken, _, _) = record {
            seconds[cell, default: 0] += taken
            rounds[cell, default: []].insert(round)
        }
    }
}

import Foundation

/// How a second report relates to a first one.
package struct Comparison: Sendable {
    package struct Row: Sendable {
        package var experiment: String
        package var configuration: String
        /// Medians of the whole life cycle, in milliseconds.
        package var first: Double
        package var second: Double
        /// `second ÷ first`, with the bounds of its 95 % confidence interval.
        package var ratio: Double
        package var low: Double
        package var high: Double

        /// Whether the difference is more than chance: the interval does not hold 1.
        package var isSignificant: Bool { low > 1 || high < 1 }
    }

    package let rows: [Row]
    /// What only one of them has.
    package let unmatched: [String]

    package init(_ first: BenchmarkReport, _ second: BenchmarkReport) {
        var rows: [Row] = []
        var unmatched: [String] = []
        for entry in first.experiments where !entry.totals.isEmpty {
            guard let other = second.experiments.first(where: { Self.isSame($0, entry) }) else {
                unmatched.append("\(entry.experiment) in \(entry.configuration.label): only in the first")
                continue
            }
            rows.append(Self.row(entry, other))
        }
        for entry in second.experiments
        where !entry.totals.isEmpty && !first.experiments.contains(where: { Self.isSame($0, entry) }) {
            unmatched.append("\(entry.experiment) in \(entry.configuration.label): only in the second")
        }
        self.rows = rows
        self.unmatched = unmatched
    }

    private static func isSame(_ first: BenchmarkReport.Entry, _ second: BenchmarkReport.Entry) -> Bool {
        first.experiment == second.experiment && first.configuration == second.configuration
            && !first.totals.isEmpty
    }

    private static func row(_ first: BenchmarkReport.Entry, _ second: BenchmarkReport.Entry) -> Row {
        let (one, two) = (first.totals, second.totals)
        let interval = Bootstrap.interval(ofRatio: one, two)
        let median = one.median
        return Row(
            experiment: first.experiment, configuration: first.configuration.label, first: median, second: two.median,
            ratio: median > 0 ? two.median / median : .infinity, low: interval.low, high: interval.high)
    }
}

extension BenchmarkReport {
    /// Reads the file at `path`.
    package static func read(_ path: String) throws -> BenchmarkReport {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchmarkError.unreadable(path, reason: "there is no such file")
        }
        do {
            let report = try BenchmarkReport(json: data)
            guard report.schema == schemaName else {
                throw BenchmarkError.unreadable(path, reason: "it is of another schema: \(report.schema)")
            }
            return report
        } catch let error as DecodingError {
            throw BenchmarkError.unreadable(path, reason: "\(error)")
        }
    }
}

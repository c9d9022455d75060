package import Foundation

/// What `assay bench load` writes.
package struct LoadReport: Sendable, Codable {
    package var schema = "assay-load-1"
    package var created = ISO8601DateFormatter().string(from: Date())
    package var machine: MachineFacts
    package var shape: ArrivalSchedule.Shape
    package var mix: [String: Double]
    package var secondsPerTrial: Double
    package var trials: [Trial]
    /// The highest rate that was sustained; absent where none was looked for or found.
    package var sustainableRate: Double?

    package struct Trial: Sendable, Codable {
        package var rate: Double
        package var sent: Int
        package var accepted: Int
        package var refused: Int
        package var failed: Int
        /// Answers per second.
        package var throughput: Double
        package var p50: Double
        package var p90: Double
        package var p99: Double
        package var p999: Double
        package var maximum: Double
        package var isSustained: Bool?
        /// Upper bounds of buckets in milliseconds, and how many latencies are in each.
        package var histogram: [[Double]]

        package init(rate: Double, result: LoadResult, isSustained: Bool?) {
            self.rate = rounded(rate)
            sent = result.sent
            accepted = result.accepted
            refused = result.refused
            failed = result.failed
            throughput = rounded(result.seconds > 0 ? Double(result.accepted) / result.seconds : 0)
            p50 = rounded(result.latency.quantile(0.5))
            p90 = rounded(result.latency.quantile(0.9))
            p99 = rounded(result.latency.quantile(0.99))
            p999 = rounded(result.latency.quantile(0.999))
            maximum = rounded(result.latency.maximum)
            self.isSustained = isSustained
            histogram = result.latency.filled.map { [rounded($0.upTo), Double($0.count)] }
        }
    }

    package init(machine: MachineFacts, plan: LoadPlan, trials: [Trial]) {
        self.machine = machine
        shape = plan.shape
        mix = Dictionary(plan.tasks.map { ($0.name, $0.weight) }) { $0 + $1 }
        secondsPerTrial = plan.seconds
        self.trials = trials
        sustainableRate = trials.filter { $0.isSustained == true }.map(\.rate).max()
    }

    package var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }
}

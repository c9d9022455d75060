import Core
package import Sandboxing

/// What the native sandbox costs, as a report: every measurement beside the bare process of the same run.
package enum NativeReport {
    /// A limit of the native sandbox. Machines differ and load moves every figure, so that what counts is the ratio to the
    /// bare static process of the same run; on the machine that the goals come from, that took `referenceBare`.
    private struct Goal {
        var measurement: String
        /// Measured beside it without a sandbox; what is limited is the difference.
        var beside: [String] = []
        /// Milliseconds, where a bare process takes `referenceBare`.
        var milliseconds: Double
        var words: String
    }

    private static let referenceBare = 0.14
    private static let goals = [
        Goal(measurement: "cold static", milliseconds: 3.5, words: "cold, empty pool"),
        Goal(
            measurement: "pooled static, in the launcher", milliseconds: 0.5,
            words: "pooled, static program, go to result in the launcher"),
        Goal(measurement: "pooled dynamic", milliseconds: 1.2, words: "pooled, dynamic C program"),
        Goal(measurement: "pooled python", beside: ["bare python"], milliseconds: 1, words: "Python hello beyond bare"),
        Goal(
            measurement: "pooled gcc and run", beside: ["bare gcc", "bare dynamic"], milliseconds: 3,
            words: "C compile and run beyond bare"),
        Goal(measurement: "pooled pair", milliseconds: 1.5, words: "grader and student, together"),
        Goal(measurement: "warm python", milliseconds: 2, words: "Python hello, interpreter warmed"),
        Goal(measurement: "warm javac and run", milliseconds: 49, words: "Java compile and run, both warmed"),
    ]
    /// Runs per second on two CPUs of the machine that the goals come from.
    private static let rateGoals = ["burst": 1500.0, "sustained": 400.0]

    package static func report(
        _ found: NativeBenchmark.Report, machine: MachineFacts, repetitions: Int
    ) -> BenchmarkReport {
        let settings = BenchmarkReport.Settings(
            runs: repetitions, warmUps: 0, seed: 0, memoryPerSandbox: Limits.default.memory)
        var report = BenchmarkReport(kind: .native, machine: machine, settings: settings)
        report.experiments = found.measurements.map(entry)
        report.rates = found.rates.map { .init(name: $0.name, perSecond: $0.perSecond, target: rateGoals[$0.name]) }
        report.targets = targets(found)
        return report
    }

    /// A name is a way to run, and what is run.
    private static func entry(_ measurement: Measurement) -> BenchmarkReport.Entry {
        let words = measurement.name.split(separator: " ", maxSplits: 1).map(String.init)
        let samples = measurement.durations.map { rounded($0.milliseconds) }
        return BenchmarkReport.Entry(
            experiment: words.count > 1 ? words[1] : measurement.name, backend: words[0], image: "", storage: "",
            stages: [Stage.execute.rawValue: samples], total: Summary(samples), failures: 0)
    }

    private static func targets(_ found: NativeBenchmark.Report) -> [BenchmarkReport.Target] {
        let bare = found.bare.milliseconds
        guard bare > 0 else { return [] }
        func median(_ name: String) -> Double? {
            found.measurements.first { $0.name == name }.map { $0.median.milliseconds }
        }
        var targets = goals.compactMap { goal -> BenchmarkReport.Target? in
            guard let time = median(goal.measurement) else { return nil }
            let own = time - goal.beside.compactMap(median).sum
            return target(goal.words, own, goal.milliseconds, bare)
        }
        for rate in found.rates {
            guard let goal = rateGoals[rate.name], rate.perSecond > 0 else { continue }
            let ratio = 1000 / rate.perSecond / bare, most = 1000 / goal / referenceBare
            targets.append(
                .init(
                    name: "\(rate.name), runs per second", goal: "≥ \(Int(goal)) (a run per ≤ \(tenths(most)) × bare)",
                    found: "\(Int(rate.perSecond)) (\(tenths(ratio)) × bare)", isMet: ratio <= most))
        }
        return targets
    }

    private static func target(
        _ name: String, _ time: Double, _ goal: Double, _ bare: Double
    ) -> BenchmarkReport.Target {
        let most = goal / referenceBare
        return .init(
            name: name, goal: "≤ \(TimeText.of(goal)) (\(tenths(most)) × bare)",
            found: "\(TimeText.of(max(0, time))) (\(tenths(time / bare)) × bare)", isMet: time / bare <= most)
    }

    private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

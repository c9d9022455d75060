import Core

/// What the native backend is to reach beside the others.
enum BenchmarkGoals {
    /// Docker with runc, which INGInious runs on.
    static let inginious = "docker+runc"
    static let overInginious = 100.0
    static let overOthers = 20.0

    /// Compares the life cycles of hello in the first image and storage.
    static func found(in report: BenchmarkReport) -> [BenchmarkReport.Target] {
        let hellos = report.experiments.filter { $0.experiment == Experiment.hello.name && $0.total != nil }
        guard let native = hellos.first(where: { $0.backend == BackendName.native.rawValue }) else { return [] }
        let others = hellos.filter { $0.image == native.image && $0.storage == native.storage }
        var targets: [BenchmarkReport.Target] = []
        if let docker = others.first(where: { $0.backend == inginious }) {
            targets.append(
                target(native, docker, overInginious, "native is faster than \(inginious), whole life cycle"))
        }
        let limiting = Set(report.backends.filter(\.enforcesLimits).map(\.name))
        let rivals = others.filter {
            !$0.backend.hasPrefix(BackendName.native.rawValue) && limiting.contains($0.backend)
        }
        if let best = rivals.min(by: { median($0) < median($1) }) {
            let name = "native is faster than the best other that enforces limits (\(best.backend)), whole life cycle"
            targets.append(target(native, best, overOthers, name))
        }
        return targets
    }

    private static func median(_ entry: BenchmarkReport.Entry) -> Double { entry.total?.median ?? 0 }

    private static func target(
        _ native: BenchmarkReport.Entry, _ other: BenchmarkReport.Entry, _ goal: Double, _ name: String
    ) -> BenchmarkReport.Target {
        let ratio = median(native) > 0 ? median(other) / median(native) : 0
        let interval = Bootstrap.interval(ofRatio: native.totals, other.totals)
        return .init(
            name: name, goal: "≥ \(Int(goal)) ×",
            found: "\(text(ratio)) × (\(text(interval.low)) to \(text(interval.high)))", isMet: ratio >= goal)
    }

    private static func text(_ ratio: Double) -> String { "\((ratio * 10).rounded() / 10)" }
}

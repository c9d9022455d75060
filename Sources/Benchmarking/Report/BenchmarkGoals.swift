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
        let limiting = Set(report.backends.filter(\.enforcesLimits).map(\.name))
        let rivals = others.filter {
            !$0.backend.hasPrefix(BackendName.native.rawValue) && limiting.contains($0.backend)
        }
        return Span.allCases.flatMap { span -> [BenchmarkReport.Target] in
            var targets: [BenchmarkReport.Target] = []
            if let docker = others.first(where: { $0.backend == inginious }) {
                targets.append(target(native, docker, overInginious, "native is faster than \(inginious)", span))
            }
            if let best = rivals.min(by: { span.times($0).median < span.times($1).median }) {
                let name = "native is faster than the best other that enforces limits (\(best.backend))"
                targets.append(target(native, best, overOthers, name, span))
            }
            return targets
        }
    }

    /// What is compared.
    private enum Span: String, CaseIterable {
        case life = "whole life cycle"
        case answer = "create to execute: until the answer"

        func times(_ entry: BenchmarkReport.Entry) -> [Double] { self == .life ? entry.totals : entry.answers }
    }

    private static func target(
        _ native: BenchmarkReport.Entry, _ other: BenchmarkReport.Entry, _ goal: Double, _ name: String, _ span: Span
    ) -> BenchmarkReport.Target {
        let (own, others) = (span.times(native), span.times(other))
        let ratio = own.median > 0 ? others.median / own.median : 0
        let interval = Bootstrap.interval(ofRatio: own, others)
        return .init(
            name: "\(name), \(span.rawValue)", goal: "≥ \(Int(goal)) ×",
            found: "\(text(ratio)) × (\(text(interval.low)) to \(text(interval.high)))", isMet: ratio >= goal)
    }

    private static func text(_ ratio: Double) -> String { "\((ratio * 10).rounded() / 10)" }
}

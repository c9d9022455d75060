package import Core

/// The stages of a sandbox's life, in their order.
package enum Stage: String, Sendable, CaseIterable {
    case create, launch, execute, stop, clean

    package var timing: KeyPath<StageTimings, Duration> {
        switch self {
        case .create: \.create
        case .launch: \.launch
        case .execute: \.execute
        case .stop: \.stop
        case .clean: \.clean
        }
    }

    /// The name of the sixth list that some experiments have: what the program itself measured.
    package static let response = "response"
}

extension Duration {
    package var milliseconds: Double { inSeconds * 1000 }
}

extension BenchmarkReport.Entry {
    /// The whole life cycle of each run, in milliseconds.
    package var totals: [Double] { Self.totals(stages) }

    /// The same without the stages after the answer.
    var answers: [Double] { Self.totals(stages, of: [.create, .launch, .execute]) }

    static func totals(_ stages: [String: [Double]], of names: [Stage] = Stage.allCases) -> [Double] {
        let lists = names.compactMap { stages[$0.rawValue] }.filter { !$0.isEmpty }
        let runs = lists.map(\.count).min() ?? 0
        return (0..<runs).map { run in lists.map { $0[run] }.sum }
    }

    package func median(_ stage: Stage) -> Double { (stages[stage.rawValue] ?? []).median }
}

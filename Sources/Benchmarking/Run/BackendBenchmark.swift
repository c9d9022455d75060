import Core
import Foundation
import Sandboxing

/// Carries out a plan, step by step.
package final class BackendBenchmark {
    /// How far it is.
    package struct Progress: Sendable {
        package var done: Int
        package var total: Int
        /// Seconds, from what the steps took so far.
        package var left: Double
        package var name: String
    }

    private let plan: BenchmarkPlan
    private let program: ExperimentProgram
    private let state: BenchmarkState
    private let assay: String
    private let directory: String

    /// `statePath` is where it is kept what was found so far.
    package init(
        _ plan: BenchmarkPlan, program: ExperimentProgram, statePath: String, assay: String, directory: String
    ) throws {
        self.plan = plan
        self.program = program
        self.assay = assay
        self.directory = directory
        state = try BenchmarkState(path: statePath, plan: plan)
    }

    /// Works for `limit` at most; `nil` if there is more to do then.
    package func run(atMost limit: Duration? = nil, show: (Progress) -> Void) async throws -> BenchmarkReport? {
        let end = limit.map { ContinuousClock.now + $0 }
        let steps = plan.steps
        for (index, step) in steps.enumerated() where !isDone(step) {
            try Task.checkCancellation()
            show(Progress(done: index, total: steps.count, left: secondsLeft(steps[index...]), name: name(of: step)))
            try await perform(step)
            if let end, ContinuousClock.now > end { return nil }
        }
        let overhead = try await HarnessOverhead.measure(program)
        return ReportBuilder(plan: plan, records: state.records, assay: assay, directory: directory)
            .report(overhead: overhead)
    }

    /// Forgets what was found: the report is safe.
    package func finish() { state.remove() }

    private func cell(_ experiment: Int, _ subject: Int, underLoad: Bool) -> BenchmarkState.Cell {
        let name = plan.experiments[experiment].name + (underLoad ? BenchmarkPlan.underLoad : "")
        return .init(experiment: name, configuration: plan.subjects[subject].configuration)
    }

    private func name(of step: BenchmarkPlan.Step) -> String {
        switch step {
        case .run(let experiment, let subject, _, let underLoad):
            let cell = cell(experiment, subject, underLoad: underLoad)
            return "\(cell.experiment) in \(cell.configuration.backend)"
        case .concurrency(let subject, let parallel): return "\(parallel) at once in \(plan.subjects[subject].label)"
        case .idleMemory(let subject, _): return "memory of \(plan.subjects[subject].label)"
        case .density(let subject): return "density of \(plan.subjects[subject].label)"
        }
    }

    // MARK: what is done

    private func isDone(_ step: BenchmarkPlan.Step) -> Bool {
        switch step {
        case .run(let experiment, let subject, let round, let underLoad):
            let cell = cell(experiment, subject, underLoad: underLoad)
            return state.isDone(cell, round: round) || isOverBudget(cell) || isSkipped(cell)
        case .concurrency(let subject, let parallel):
            let configuration = plan.subjects[subject].configuration
            return state.records.contains { record in
                switch record {
                case .concurrency(let found): found.parallel == parallel && found.configuration == configuration
                case .skipped(let skipped):
                    skipped.experiment == Self.concurrencyName(parallel) && skipped.configuration == configuration
                default: false
                }
            }
        case .idleMemory(let subject, let round):
            return state.records.contains {
                if case .idleMemory(plan.subjects[subject].configuration, round, _, _) = $0 { true } else { false }
            }
        case .density(let subject):
            return state.records.contains {
                if case .density(let found) = $0 {
                    found.configuration == plan.subjects[subject].configuration
                } else {
                    false
                }
            }
        }
    }

    /// Whether a cell took the time that it may take. One run is made in any case.
    private func isOverBudget(_ cell: BenchmarkState.Cell) -> Bool {
        guard let limit = budget(of: cell), state.count(cell) > 0 else { return false }
        return state.seconds[cell, default: 0] >= limit
    }

    /// Seconds. Hello, which everything is compared by, has more.
    private func budget(of cell: BenchmarkState.Cell) -> Double? {
        let factor = cell.experiment == Experiment.hello.name ? Self.helloFactor : 1
        return plan.settings.secondsPerCell.map { $0 * factor }
    }

    private static let helloFactor = 5.0

    private func isSkipped(_ cell: BenchmarkState.Cell) -> Bool {
        state.records.contains {
            if case .skipped(let skipped) = $0 {
                skipped.experiment == cell.experiment && skipped.configuration == cell.configuration
            } else {
                false
            }
        }
    }

    private static func concurrencyName(_ parallel: Int) -> String { "concurrency-\(parallel)" }

    /// Seconds that the steps will take if each takes what its like took.
    private func secondsLeft(_ steps: ArraySlice<BenchmarkPlan.Step>) -> Double {
        let counts = state.seconds.keys.map { state.count($0) }.reduce(0, +)
        let average = counts > 0 ? Array(state.seconds.values).sum / Double(counts) : 1
        var left: [BenchmarkState.Cell: Double] = [:]
        var seconds = 0.0
        for step in steps {
            guard case .run(let experiment, let subject, _, let underLoad) = step else {
                seconds += 2 * average
                continue
            }
            let cell = cell(experiment, subject, underLoad: underLoad)
            guard !isSkippedAhead(experiment, subject) else { continue }
            let count = state.count(cell)
            left[cell, default: 0] += count > 0 ? state.seconds[cell, default: 0] / Double(count) : average
        }
        for (cell, time) in left {
            let budget = self.budget(of: cell).map { max(0, $0 - state.seconds[cell, default: 0]) }
            seconds += min(time, budget ?? .infinity)
        }
        return seconds
    }

    private func isSkippedAhead(_ experiment: Int, _ subject: Int) -> Bool {
        plan.subjects[subject].refusal(of: plan.experiments[experiment]) != nil
    }

    // MARK: doing it

    private func perform(_ step: BenchmarkPlan.Step) async throws {
        switch step {
        case .run(let experiment, let subject, let round, let underLoad):
            try await run(experiment, plan.subjects[subject], cell(experiment, subject, underLoad: underLoad), round)
        case .concurrency(let subject, let parallel): try await concurrency(plan.subjects[subject], parallel)
        case .idleMemory(let subject, let round):
            let subject = plan.subjects[subject]
            let crowd = SandboxCrowd(subject)
            let count = subject.report.isolation == .virtualMachine ? min(2, plan.idleSandboxes) : plan.idleSandboxes
            let bytes = try? await crowd.memoryEach(count)
            try state.add(.idleMemory(subject.configuration, round: round, sandboxes: count, bytesEach: bytes))
        case .density(let subject):
            try state.add(.density(await SandboxCrowd(plan.subjects[subject]).density(atMost: plan.densityLimit)))
        }
    }

    private func run(
        _ index: Int, _ subject: BenchmarkSubject, _ cell: BenchmarkState.Cell, _ round: Int
    ) async throws {
        let experiment = plan.experiments[index]
        if let reason = subject.refusal(of: experiment) {
            return try skip(cell.experiment, subject, reason)
        }
        if let reason = slowness(before: index, subject) { return try skip(cell.experiment, subject, reason) }
        let load = cell.experiment.hasSuffix(BenchmarkPlan.underLoad) ? try CPUBurners(program) : nil
        defer { load?.end() }
        let start = ContinuousClock.now
        var stages: [String: Double]?
        var failure: String?
        do { stages = try await SandboxRun.measure(experiment, in: subject, program) } catch { failure = "\(error)" }
        let seconds = (ContinuousClock.now - start).inSeconds
        try state.add(.run(cell: cell, round: round, seconds: seconds, stages: stages, failure: failure))
    }

    /// Why an experiment is not even begun in a configuration: a smaller one of its kind took far too long there.
    private func slowness(before index: Int, _ subject: BenchmarkSubject) -> String? {
        guard let limit = plan.settings.secondsPerCell else { return nil }
        for smaller in plan.experiments[..<index] where smaller.kind == plan.experiments[index].kind {
            let cell = BenchmarkState.Cell(experiment: smaller.name, configuration: subject.configuration)
            let seconds = state.seconds[cell, default: 0] / Double(max(1, state.count(cell)))
            if seconds > Self.patience * limit { return "\(smaller.name) took \(Int(seconds)) s already" }
        }
        return nil
    }

    /// How many times the time of a cell a single run may take before larger ones of its kind are left out.
    private static let patience = 3.0

    private func skip(_ experiment: String, _ subject: BenchmarkSubject, _ reason: String) throws {
        let configuration = subject.configuration
        try state.add(
            .skipped(
                .init(
                    experiment: experiment, backend: configuration.backend, image: configuration.image,
                    storage: configuration.storage, reason: reason)))
    }

    private func concurrency(_ subject: BenchmarkSubject, _ parallel: Int) async throws {
        let hello = BenchmarkState.Cell(experiment: Experiment.hello.name, configuration: subject.configuration)
        let runs = max(2 * parallel, 8)
        // What one takes alone, on as many CPUs as there are.
        let alone = state.seconds[hello, default: 0] / Double(max(1, state.count(hello)))
        let expected = alone * Double(runs) / Double(min(parallel, ProcessInfo.processInfo.activeProcessorCount))
        if let limit = plan.settings.secondsPerCell, expected > Self.patience * limit {
            let reason = "\(runs) runs would take about \(Int(expected)) s"
            return try skip(Self.concurrencyName(parallel), subject, reason)
        }
        try state.add(.concurrency(await SandboxCrowd(subject).concurrency(parallel, runs: runs, program)))
    }
}

extension BenchmarkReport.Concurrency {
    var configuration: BenchmarkReport.Configuration { .init(backend: backend, image: image, storage: storage) }
}

extension BenchmarkReport.Density {
    var configuration: BenchmarkReport.Configuration { .init(backend: backend, image: image, storage: storage) }
}

extension BenchmarkReport.Skipped {
    var configuration: BenchmarkReport.Configuration { .init(backend: backend, image: image, storage: storage) }
}

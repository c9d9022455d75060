import Foundation

/// Makes the report of what a plan found.
struct ReportBuilder {
    private let plan: BenchmarkPlan
    private let records: [BenchmarkState.Record]
    private let assay: String
    private let directory: String

    init(plan: BenchmarkPlan, records: [BenchmarkState.Record], assay: String, directory: String) {
        self.plan = plan
        self.records = records
        self.assay = assay
        self.directory = directory
    }

    func report(overhead: BenchmarkReport.Figures) -> BenchmarkReport {
        var machine = MachineFacts.current(assay: assay, directory: directory)
        machine.loadAfter = machine.loadBefore
        for case .loadBefore(let load) in records { machine.loadBefore = load }
        var report = BenchmarkReport(kind: .backends, machine: machine, settings: plan.settings)
        for subject in plan.subjects
        where !report.backends.contains(where: { $0.name == subject.configuration.backend }) {
            report.backends.append(subject.summary)
        }
        report.overhead = overhead
        report.experiments = entries()
        for record in records {
            switch record {
            case .concurrency(let found): report.concurrency.append(found)
            case .density(let found): report.density.append(found)
            case .skipped(let found): report.skipped.append(found)
            default: break
            }
        }
        report.idleMemory = idleMemory()
        report.targets = BenchmarkGoals.found(in: report)
        return report
    }

    private func entries() -> [BenchmarkReport.Entry] {
        var order: [BenchmarkState.Cell] = []
        var runs: [BenchmarkState.Cell: [(round: Int, stages: [String: Double]?, failure: String?)]] = [:]
        for case .run(let cell, let round, _, let stages, let failure) in records {
            if runs[cell] == nil { order.append(cell) }
            runs[cell, default: []].append((round, stages, failure))
        }
        return order.map { cell in
            let all = runs[cell, default: []]
            var counted = all.filter { $0.round >= plan.settings.warmUps }
            // A cell that was too slow for more has its warm-up only.
            if counted.isEmpty { counted = all }
            var stages: [String: [Double]] = [:]
            for run in counted.compactMap(\.stages) {
                for (name, value) in run { stages[name, default: []].append(value) }
            }
            return BenchmarkReport.Entry(
                experiment: cell.experiment, backend: cell.configuration.backend, image: cell.configuration.image,
                storage: cell.configuration.storage, stages: stages,
                total: Summary(BenchmarkReport.Entry.totals(stages)),
                failures: counted.count { $0.failure != nil }, failure: counted.compactMap(\.failure).last)
        }
    }

    private func idleMemory() -> [BenchmarkReport.IdleMemory] {
        var found: [BenchmarkReport.IdleMemory] = []
        for case .idleMemory(let configuration, _, let sandboxes, let bytes?) in records {
            let index = found.firstIndex {
                $0.backend == configuration.backend && $0.image == configuration.image
                    && $0.storage == configuration.storage
            }
            if let index {
                found[index].bytesEach.append(bytes)
            } else {
                found.append(
                    .init(
                        backend: configuration.backend, image: configuration.image, storage: configuration.storage,
                        sandboxes: sandboxes, bytesEach: [bytes]))
            }
        }
        return found
    }
}

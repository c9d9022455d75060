/// The pictures of a report, each with a name that can be a file's.
package struct ReportPictures: Sendable {
    package struct Picture: Sendable {
        package var name: String
        package var svg: String
    }

    private let report: BenchmarkReport

    package init(_ report: BenchmarkReport) { self.report = report }

    /// Names of the experiments, in the order in which they were first made.
    var experiments: [String] {
        var names: [String] = []
        for entry in report.experiments where !names.contains(entry.experiment) { names.append(entry.experiment) }
        return names
    }

    package var all: [Picture] {
        experiments.flatMap { [boxes($0), bars($0)].compactMap { $0 } + [published($0)].compactMap { $0 } } + extras
    }

    func pictures(of experiment: String) -> [Picture] {
        [boxes(experiment), bars(experiment), published(experiment)].compactMap { $0 }
    }

    private func entries(_ experiment: String) -> [BenchmarkReport.Entry] {
        report.experiments.filter { $0.experiment == experiment && $0.total != nil }
            .sorted { ($0.total?.median ?? 0) < ($1.total?.median ?? 0) }
    }

    private func boxes(_ experiment: String) -> Picture? {
        let rows = entries(experiment).map { BoxPlot.Row(label: label($0.configuration), samples: $0.totals) }
        guard !rows.isEmpty else { return nil }
        return Picture(
            name: experiment + "-boxes", svg: BoxPlot(title: "\(experiment): whole life cycle", rows: rows).svg)
    }

    private func bars(_ experiment: String) -> Picture? {
        guard report.kind == .backends else { return nil }
        let rows = entries(experiment).map { entry in
            StageBars.Row(
                label: label(entry.configuration),
                stages: Dictionary(uniqueKeysWithValues: Stage.allCases.map { ($0, entry.median($0)) }))
        }
        guard !rows.isEmpty else { return nil }
        return Picture(
            name: experiment + "-stages", svg: StageBars(title: "\(experiment): medians of the stages", rows: rows).svg)
    }

    /// The published medians of the same experiment: another machine, so a picture of its own.
    private func published(_ experiment: String) -> Picture? {
        guard report.kind == .backends, let name = PublishedMeasurements.name(of: experiment),
            let published = PublishedMeasurements.all
        else { return nil }
        let rows = PublishedMeasurements.shown.compactMap { wanted -> StageBars.Row? in
            let configuration = published.configurations.first { $0.name == wanted }
            guard let times = configuration?.experiments[name], times.count >= 3 else { return nil }
            return StageBars.Row(
                label: wanted,
                stages: Dictionary(uniqueKeysWithValues: zip(PublishedMeasurements.stages, times.prefix(3))))
        }
        guard !rows.isEmpty else { return nil }
        let bars = StageBars(
            title: "\(experiment): ANOTHER MACHINE, published 2020 (no stop, no clean)", rows: rows,
            stages: PublishedMeasurements.stages)
        return Picture(name: experiment + "-published", svg: bars.svg)
    }

    /// Many sandboxes at the same time.
    var extras: [Picture] {
        Set(report.concurrency.map(\.parallel)).sorted().compactMap { parallel in
            let found = report.concurrency.filter { $0.parallel == parallel && !$0.wall.samples.isEmpty }
                .sorted { $0.wall.samples.median < $1.wall.samples.median }
            guard parallel > 1, !found.isEmpty else { return nil }
            let rows = found.map {
                BoxPlot.Row(
                    label: label(.init(backend: $0.backend, image: $0.image, storage: $0.storage)),
                    samples: $0.wall.samples)
            }
            let title = "hello, \(parallel) at the same time: from request to answer"
            return Picture(name: "concurrency-\(parallel)-boxes", svg: BoxPlot(title: title, rows: rows).svg)
        }
    }

    /// What all configurations have in common need not be said of each.
    private func label(_ configuration: BenchmarkReport.Configuration) -> String {
        let images = Set(report.experiments.map(\.image)), storages = Set(report.experiments.map(\.storage))
        return [
            configuration.backend, images.count > 1 ? configuration.image : "",
            storages.count > 1 ? configuration.storage : "",
        ].filter { !$0.isEmpty }.joined(separator: " · ")
    }
}

import Core
import Foundation
import Testing

@testable import Benchmarking

@Suite struct ReportTests {
    static func report(_ factor: Double = 1, names: [String] = ["native", "docker+runc"]) -> BenchmarkReport {
        let machine = MachineFacts.current(assay: "0", directory: "/tmp")
        let settings = BenchmarkReport.Settings(runs: 10, warmUps: 1, seed: 9, memoryPerSandbox: 1 << 30)
        var report = BenchmarkReport(kind: .backends, machine: machine, settings: settings)
        for (index, name) in names.enumerated() {
            let base = index == 0 ? factor : 150 * factor
            report.backends.append(
                .init(name: name, version: "1", isolation: "container", enforcesLimits: true, status: "available"))
            let stages = Dictionary(
                uniqueKeysWithValues: Stage.allCases.map { stage in
                    (stage.rawValue, (0..<10).map { base * (1 + Double($0 % 4) / 100) / 5 })
                })
            report.experiments.append(
                .init(
                    experiment: "hello", backend: name, image: "host", storage: "tmpfs", stages: stages,
                    total: Summary(BenchmarkReport.Entry.totals(stages)), failures: 0))
        }
        return report
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let report = Self.report()
        let again = try BenchmarkReport(json: report.json)
        #expect(again.experiments == report.experiments)
        #expect(again.machine == report.machine)
        #expect(again.settings == report.settings)
    }

    @Test func aLifeIsAllItsStages() {
        let entry = Self.report().experiments[0]
        #expect(entry.totals.count == 10)
        #expect(abs(entry.totals[0] - 1) < 1e-9)
    }

    @Test func goalsCompareTheWholeLife() {
        let targets = BenchmarkGoals.found(in: Self.report())
        #expect(targets.count == 4)
        #expect(targets[0].isMet && targets[0].found.hasPrefix("150.0 ×"), "\(targets)")
        // The other that enforces limits is the same one.
        #expect(targets[1].isMet)
        #expect(BenchmarkGoals.found(in: Self.report(names: ["native", "crun"])).count == 2)
    }

    @Test func comparingTellsChangeFromChance() {
        let same = Comparison(Self.report(), Self.report())
        #expect(same.rows.count == 2)
        #expect(same.rows.allSatisfy { $0.ratio == 1 && !$0.isSignificant })
        let slower = Comparison(Self.report(), Self.report(1.5))
        #expect(slower.rows.allSatisfy { abs($0.ratio - 1.5) < 1e-9 && $0.isSignificant && $0.low > 1.4 })
        let other = Comparison(Self.report(), Self.report(names: ["native", "crun"]))
        #expect(other.unmatched.count == 2)
    }

    @Test func thePageHoldsEverything() throws {
        let page = HTMLReport(Self.report()).page
        #expect(page.contains("docker+runc"))
        #expect(page.components(separatedBy: "<svg").count == 4)
        #expect(page.contains("ANOTHER MACHINE"))
        #expect(page.contains("i5-2410M"))
        for outside in ["http://www.w3.org/2000/svg"] { #expect(page.contains(outside)) }
        #expect(!page.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "").contains("http"))
        #expect(!page.contains("<script"))
    }

    @Test func picturesAreWellFormed() throws {
        for picture in ReportPictures(Self.report(names: ["native", "a<b>&\"c\""])).all {
            let parser = XMLCheck(picture.svg)
            #expect(parser.isWellFormed, "\(picture.name)")
        }
    }

    @Test func thePublishedFiguresAreThere() throws {
        let published = try #require(PublishedMeasurements.all)
        #expect(published.configurations.count == 73)
        for name in PublishedMeasurements.shown {
            #expect(published.configurations.contains { $0.name == name }, "\(name)")
        }
        for experiment in Experiment.all(data: "/data") {
            let name = try #require(PublishedMeasurements.name(of: experiment.name), "\(experiment.name)")
            #expect(published.configurations[0].experiments[name] != nil, "\(name)")
        }
    }

    @Test(arguments: [
        (0.0002, "0"), (0.25, "250 µs"), (1.5, "1.50 ms"), (12.34, "12.3 ms"), (250, "250 ms"), (12345, "12.3 s"),
    ])
    func timesAreWrittenShort(_ milliseconds: Double, _ text: String) {
        #expect(TimeText.of(milliseconds) == text)
    }
}

/// Whether every element that is opened is closed, in order.
private struct XMLCheck {
    let isWellFormed: Bool

    init(_ text: String) {
        var open: [Substring] = []
        var isGood = true
        for part in text.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
            let tag = part.prefix { $0 != ">" }
            guard part.contains(">") else {
                isGood = false
                break
            }
            if tag.hasPrefix("/") {
                if open.popLast() != tag.dropFirst() { isGood = false }
            } else if !tag.hasSuffix("/") {
                open.append(tag.prefix { $0 != " " })
            }
        }
        isWellFormed = isGood && open.isEmpty
    }
}

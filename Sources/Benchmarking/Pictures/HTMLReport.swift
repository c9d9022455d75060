import Foundation

/// A report as one HTML page with everything in it: it needs no network and no other file.
package struct HTMLReport: Sendable {
    private let report: BenchmarkReport

    package init(_ report: BenchmarkReport) { self.report = report }

    package var page: String {
        let title = report.kind == .backends ? "Assay: sandbox backends" : "Assay: the native sandbox"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(title)</h1>
            \(machine)
            \(targets)
            \(backends)
            \(experiments)
            \(crowds)
            \(rates)
            \(skipped)
            </main>
            </body>
            </html>

            """
    }

    private static let style = """
        body { font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1b1f24; background: #fff; margin: 0 }
        main { max-width: 1080px; margin: 0 auto; padding: 24px }
        table { border-collapse: collapse; margin: 12px 0 24px; font-variant-numeric: tabular-nums }
        th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid #dfe3e8; text-align: left; vertical-align: top }
        td.number, th.number { text-align: right }
        figure { margin: 16px 0; overflow-x: auto } svg { max-width: 100%; height: auto }
        .quiet { color: #6b7480 } .good { color: #1a6e3c } .bad { color: #a3261d }
        .other { background: #f6f3ec; padding: 8px }
        """

    // MARK: parts

    private var machine: String {
        let facts = report.machine
        let load =
            String(format: "%.1f before", facts.loadBefore)
            + (facts.loadAfter.map { String(format: ", %.1f after", $0) } ?? "")
        var rows = [
            ["when", report.created], ["processor", "\(facts.cpu), \(facts.cpus) CPUs"],
            ["memory", bytes(facts.memoryBytes)],
            ["system", "\(facts.system), Linux \(facts.kernel), \(facts.architecture)"],
            ["control groups", facts.cgroups], ["file system", facts.fileSystem], ["load average", load],
            ["assay", "\(facts.assay), \(facts.build) build"],
            [
                "runs",
                "\(report.settings.runs) after \(report.settings.warmUps) to warm up, in turns, seed \(report.settings.seed)",
            ],
            [
                "each sandbox",
                "\(report.settings.cpusPerSandbox) CPU, \(bytes(report.settings.memoryPerSandbox))",
            ],
        ]
        if let seconds = report.settings.secondsPerCell {
            rows.append(["shortened", "after \(Int(seconds)) s of one experiment in one configuration"])
        }
        if let overhead = report.overhead?.summary {
            let times = "\(TimeText.of(overhead.median)) (p90 \(TimeText.of(overhead.p90)))"
            rows.append(["harness", "\(times) for a run in which nothing happens"])
        }
        return section("Machine", table([], rows))
    }

    private var targets: String {
        guard !report.targets.isEmpty else { return "" }
        let rows = report.targets.map { target in
            [target.name, target.goal, target.found, target.isMet ? "met" : "missed"]
        }
        return section("Goals", table(["what", "goal", "found", ""], rows))
    }

    private var backends: String {
        let rows = report.backends.map {
            [$0.name, $0.version, $0.isolation, $0.enforcesLimits ? "yes" : "no", $0.status]
        }
        guard !rows.isEmpty else { return "" }
        return section("Backends", table(["name", "version", "isolation", "limits", "status"], rows))
    }

    private var experiments: String {
        let pictures = ReportPictures(report)
        return pictures.experiments.map { experiment in
            let figures = pictures.pictures(of: experiment).map { picture in
                let isOther = picture.name.hasSuffix("-published")
                let note = isOther ? "<p class=\"quiet\">\(source)</p>" : ""
                return "<figure\(isOther ? " class=\"other\"" : "")>\(note)\(picture.svg)</figure>"
            }
            return section(experiment, figures.joined() + self.figures(of: experiment))
        }.joined()
    }

    private var source: String {
        guard let published = PublishedMeasurements.all else { return "" }
        return SVG.escaped("Another machine: \(published.machine). Source: \(published.source).")
    }

    private func figures(of experiment: String) -> String {
        let rows = report.experiments.filter { $0.experiment == experiment }.map { entry -> [String] in
            guard let total = entry.total else {
                return [entry.configuration.label, "0", "failed: \(entry.failure ?? "no run")"]
            }
            let response = entry.stages[Stage.response].map { TimeText.of($0.median) } ?? ""
            return [
                entry.configuration.label, "\(total.count)" + (entry.failures > 0 ? " (\(entry.failures) failed)" : ""),
                TimeText.of(total.median), "\(TimeText.of(total.medianLow)) – \(TimeText.of(total.medianHigh))",
                TimeText.of(total.p10), TimeText.of(total.p90), TimeText.of(total.minimum), TimeText.of(total.maximum),
            ] + Stage.allCases.map { entry.stages[$0.rawValue] == nil ? "" : TimeText.of(entry.median($0)) } + [
                response
            ]
        }
        let head =
            ["configuration", "runs", "median", "95 % confidence", "p10", "p90", "min", "max"]
            + Stage.allCases.map(\.rawValue) + ["response"]
        return table(head, rows)
    }

    private var crowds: String {
        var text = ""
        if !report.concurrency.isEmpty {
            let rows = report.concurrency.map { found in
                let median = found.wall.summary.map { TimeText.of($0.median) } ?? ""
                let p90 = found.wall.summary.map { TimeText.of($0.p90) } ?? ""
                return [
                    found.configuration.label, "\(found.parallel)", String(format: "%.1f", found.runsPerSecond), median,
                    p90,
                    "\(found.failures)",
                ]
            }
            text += section(
                "At the same time",
                table(["configuration", "at once", "runs/s", "median", "p90", "failed"], rows)
                    + ReportPictures(report).extras.map { "<figure>\($0.svg)</figure>" }.joined())
        }
        if !report.idleMemory.isEmpty {
            let rows = report.idleMemory.map {
                [
                    BenchmarkReport.Configuration(backend: $0.backend, image: $0.image, storage: $0.storage).label,
                    "\($0.sandboxes)", bytes(Int($0.bytesEach.map(Double.init).median)),
                ]
            }
            text += section("Memory of a sandbox that waits", table(["configuration", "sandboxes", "each"], rows))
        }
        if !report.density.isEmpty {
            let rows = report.density.map { [$0.configuration.label, "\($0.reached)", $0.stoppedBy] }
            text += section("Sandboxes at the same time", table(["configuration", "reached", "stopped by"], rows))
        }
        return text
    }

    private var rates: String {
        guard !report.rates.isEmpty else { return "" }
        let rows = report.rates.map {
            [$0.name, String(format: "%.0f", $0.perSecond), $0.target.map { String(format: "≥ %.0f", $0) } ?? ""]
        }
        return section("Runs per second", table(["what", "found", "goal"], rows))
    }

    private var skipped: String {
        guard !report.skipped.isEmpty else { return "" }
        let rows = report.skipped.map { [$0.experiment, $0.configuration.label, $0.reason] }
        return section("Not measured", table(["experiment", "configuration", "reason"], rows))
    }

    // MARK: elements

    private func section(_ title: String, _ body: String) -> String {
        "<section><h2>\(SVG.escaped(title))</h2>\n\(body)</section>\n"
    }

    private func table(_ head: [String], _ rows: [[String]]) -> String {
        let first = head.isEmpty ? "" : "<tr>" + head.map { "<th>\(SVG.escaped($0))</th>" }.joined() + "</tr>"
        let lines = rows.map { row in
            "<tr>" + row.map { "<td>\(SVG.escaped($0))</td>" }.joined() + "</tr>"
        }
        return "<table>\(first)\(lines.joined(separator: "\n"))</table>"
    }

    private func bytes(_ count: Int) -> String {
        count >= 1 << 30
            ? String(format: "%.1f GiB", Double(count) / 1_073_741_824)
            : String(format: "%.1f MiB", Double(count) / 1_048_576)
    }
}

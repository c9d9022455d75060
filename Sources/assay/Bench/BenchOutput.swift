import Benchmarking
import Foundation

/// What a benchmark leaves: a JSON file, a page, and the pictures in a directory beside them.
struct BenchOutput {
    private let report: BenchmarkReport
    private let json: URL

    init(_ report: BenchmarkReport, path: String) {
        self.report = report
        json = URL(fileURLWithPath: path)
    }

    /// To be said before anything is measured.
    static func warnIfFavoured() {
        guard MachineFacts.isFavoured else { return }
        TerminalOutput.error(
            "warning: this session goes before others (/proc/self/autogroup), so removing sandboxes will look slow")
    }

    func write() throws {
        try report.json.write(to: json)
        let stem = json.deletingPathExtension()
        try Data(HTMLReport(report).page.utf8).write(to: stem.appendingPathExtension("html"))
        let directory = stem.appendingPathExtension("pictures")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for picture in ReportPictures(report).all {
            let file = directory.appendingPathComponent(picture.name + ".svg")
            try Data(picture.svg.utf8).write(to: file)
            if RasterPicture.isAvailable {
                try RasterPicture.convert(file, to: directory.appendingPathComponent(picture.name + ".png"))
            }
        }
        if !RasterPicture.isAvailable { TerminalOutput.error(RasterPicture.remedy) }
    }

    /// What is most worth knowing, for the terminal.
    static func table(_ report: BenchmarkReport) -> String {
        var rows = [["EXPERIMENT", "CONFIGURATION", "RUNS", "MEDIAN ms", "95 % CONFIDENCE", "P10", "P90"]]
        for entry in report.experiments {
            guard let total = entry.total else {
                rows.append([entry.experiment, entry.configuration.label, "0", entry.failure ?? "no run"])
                continue
            }
            rows.append([
                entry.experiment, entry.configuration.label, "\(total.count)", text(total.median),
                "\(text(total.medianLow)) – \(text(total.medianHigh))", text(total.p10), text(total.p90),
            ])
        }
        var lines = [TerminalOutput.table(rows)]
        for target in report.targets {
            lines.append("\(TerminalOutput.mark(target.isMet)) \(target.name): \(target.found), goal \(target.goal)")
        }
        for rate in report.rates { lines.append("\(rate.name): \(Int(rate.perSecond)) runs/s") }
        if let overhead = report.overhead?.summary {
            lines.append("the harness itself takes \(text(overhead.median)) ms a run (p90 \(text(overhead.p90)))")
        }
        return lines.joined(separator: "\n")
    }

    static func text(_ milliseconds: Double) -> String { String(format: "%.3f", milliseconds) }
}

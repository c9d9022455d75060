import Core
import Foundation
import Grading

/// A report in the form that build servers read.
struct JUnitReport {
    let report: Report
    let task: String

    init(_ report: Report, task: String) {
        self.report = report
        self.task = task
    }

    var xml: String {
        // A submission without tests is one test: the whole.
        let tests =
            report.tests.isEmpty
            ? [
                TestResult(
                    name: "submission", verdict: report.verdict, points: report.score,
                    maximumPoints: report.maximumScore, message: report.message)
            ] : report.tests
        let failures = tests.filter {
            $0.verdict != .accepted && $0.verdict != .skipped && $0.verdict != .internalError
        }
        let errors = tests.filter { $0.verdict == .internalError }
        let skipped = tests.filter { $0.verdict == .skipped }
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<testsuite name=\(quoted(task)) tests=\"\(tests.count)\" failures=\"\(failures.count)\" "
                + "errors=\"\(errors.count)\" skipped=\"\(skipped.count)\" "
                + "time=\"\(String(format: "%.3f", report.cpuTime.inSeconds))\">",
        ]
        for test in tests {
            let time = String(format: "%.3f", (test.outcome?.cpuTime ?? .zero).inSeconds)
            lines.append(
                "  <testcase name=\(quoted(test.name)) classname=\(quoted(test.group ?? task)) time=\"\(time)\">")
            let message = [test.verdict.rawValue, test.message, test.feedback].compactMap { $0 }.joined(separator: ": ")
            switch test.verdict {
            case .accepted: break
            case .skipped: lines.append("    <skipped/>")
            case .internalError: lines.append("    <error message=\(quoted(message))/>")
            default: lines.append("    <failure type=\(quoted(test.verdict.rawValue)) message=\(quoted(message))/>")
            }
            lines.append("  </testcase>")
        }
        lines.append("</testsuite>")
        return lines.joined(separator: "\n") + "\n"
    }

    /// What XML cannot hold at all becomes a question mark.
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t", "\r": result += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xfffe || scalar.value == 0xffff: result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

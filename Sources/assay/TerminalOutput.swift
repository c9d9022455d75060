import Core
import Foundation
import Glibc

/// What commands print for people.
enum TerminalOutput {
    static func error(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// In green or red where `stream` is a terminal.
    static func verdict(_ verdict: Verdict, on stream: Int32 = STDERR_FILENO) -> String {
        guard isatty(stream) == 1, ProcessInfo.processInfo.environment["NO_COLOR"] == nil else {
            return verdict.rawValue
        }
        return "\u{1b}[1;\(verdict == .accepted ? 32 : 31)m\(verdict.rawValue)\u{1b}[0m"
    }

    /// A tick or a cross, coloured where standard output is a terminal.
    static func mark(_ isGood: Bool) -> String {
        let mark = isGood ? "✓" : "✗"
        guard isatty(STDOUT_FILENO) == 1, ProcessInfo.processInfo.environment["NO_COLOR"] == nil else { return mark }
        return "\u{1b}[\(isGood ? 32 : 31)m\(mark)\u{1b}[0m"
    }

    /// Rows in columns as wide as their widest cell; the last column is as it is.
    static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.compactMap { column < $0.count ? $0[column].count : nil }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell.padding(toLength: widths[column], withPad: " ", startingAt: 0)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

import ArgumentParser
import Benchmarking
import Foundation

struct BenchCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare two reports of the same benchmark.",
        discussion: "A ratio above 1 says that the second is slower. A star marks what is more than chance.")

    @Argument(help: "The first report.")
    var first: String

    @Argument(help: "The second report.")
    var second: String

    func run() throws {
        let comparison = Comparison(try BenchmarkReport.read(first), try BenchmarkReport.read(second))
        var rows = [["EXPERIMENT", "CONFIGURATION", "A ms", "B ms", "B ÷ A", "95 % CONFIDENCE", ""]]
        for row in comparison.rows {
            rows.append([
                row.experiment, row.configuration, BenchOutput.text(row.first), BenchOutput.text(row.second),
                ratio(row.ratio), "\(ratio(row.low)) – \(ratio(row.high))", row.isSignificant ? "*" : "",
            ])
        }
        print(TerminalOutput.table(rows))
        for line in comparison.unmatched { print(line) }
    }

    private func ratio(_ value: Double) -> String { String(format: "%.3f", value) }
}

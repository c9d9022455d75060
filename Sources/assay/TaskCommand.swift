import ArgumentParser
import Core
import Foundation
import Grading
import TaskFormats

struct TaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Work with tasks.", subcommands: [TaskCheckCommand.self])
}

struct TaskCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check tasks of any format by what their authors gave.",
        discussion: """
            Each solution must get the verdict that its directory names, each input must be accepted by the input \
            validators, each answer by the output validator, each recorded test must come out as recorded. The exit \
            code is 0 when everything is as expected, 1 when something is not, 2 when a task cannot be read or the \
            service failed. Needs root.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "Directories or archives (zip, tar, tar.gz) of tasks.")
    var tasks: [String]

    @Flag(name: .long, help: "Print the results as JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "Show only what is not as expected.")
    var quiet = false

    func run() async throws {
        var configuration = try options.load()
        if options.logLevel == nil { configuration.logLevel = .error }
        let logger = LogOutput.logger(configuration.logLevel)
        var packages: [(path: String, package: TaskPackage)] = []
        for path in tasks { packages.append((path, try LocalTask.load(path))) }
        let languages = try LocalTask.languages(of: packages.map(\.package), configuration)
        let node = try await Node.start(configuration, languages: languages, pool: 2, logger: logger)
        var results: [(path: String, package: TaskPackage, result: TaskCheck.Result)] = []
        do {
            let check = TaskCheck(context: node.context, logger: logger)
            for (path, package) in packages {
                let bar = ProgressBar(title: package.title)
                let result = try await check.run(package) { done, total, name in bar.show(done, of: total, name) }
                bar.clear()
                results.append((path, package, result))
                if !json { show(path, package, result) }
            }
        } catch {
            await node.shutdown()
            TerminalOutput.error("assay: \(error)")
            throw ExitCode(2)
        }
        await node.shutdown()
        if json { try printJSON(results) }
        if !results.allSatisfy(\.result.isPassed) { throw ExitCode(1) }
    }

    private func show(_ path: String, _ package: TaskPackage, _ result: TaskCheck.Result) {
        let passed = result.items.filter(\.isPassed).count
        print("\(path): \(package.title) (\(package.format.title))")
        for warning in result.warnings { print("  warning: \(warning)") }
        let rows = result.items.filter { !quiet || !$0.isPassed }.map { item in
            [
                "  " + TerminalOutput.mark(item.isPassed), item.kind.rawValue, item.name, item.expected, item.found,
                item.time.map { String(format: "%.3f s", $0.inSeconds) } ?? "",
                (item.note ?? "").split(separator: "\n").first.map(String.init) ?? "",
            ]
        }
        let header = ["   ", "what", "name", "expected", "found", "CPU", ""]
        if !rows.isEmpty { print(TerminalOutput.table([header] + rows)) }
        print("  \(passed) of \(result.items.count) as expected\n")
    }

    private struct ItemWire: Encodable {
        let kind: String
        let name: String
        let expected: String
        let found: String
        let passed: Bool
        let cpu: Double?
        let note: String?
    }

    private struct TaskWire: Encodable {
        let path: String
        let title: String
        let format: String
        let passed: Bool
        let warnings: [String]
        let items: [ItemWire]
    }

    private func printJSON(_ results: [(path: String, package: TaskPackage, result: TaskCheck.Result)]) throws {
        let wires = results.map { path, package, result in
            TaskWire(
                path: path, title: package.title, format: package.format.rawValue, passed: result.isPassed,
                warnings: result.warnings,
                items: result.items.map { item in
                    ItemWire(
                        kind: item.kind.rawValue, name: item.name, expected: item.expected, found: item.found,
                        passed: item.isPassed, cpu: item.time?.inSeconds, note: item.note)
                })
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(wires), as: UTF8.self))
    }
}

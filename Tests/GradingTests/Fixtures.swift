import Core
import Grading
import TaskFormats

/// Values that several suites begin with.
enum Fixtures {
    static let script = Language(
        name: "script", title: "Script", aliases: ["sh"], extensions: ["sh"], entryFile: try! RelativePath("main.sh"),
        versionCommand: ["script", "--version"], package: "script", run: ["script", "{entry}"])

    static let compiled = Language(
        name: "compiled", title: "Compiled", extensions: ["x"], entryFile: try! RelativePath("main.x"),
        versionCommand: ["xc", "--version"], package: "xc", compile: ["xc", "{entry}"], run: ["./program"])

    static let missing = Language(
        name: "missing", title: "Missing", extensions: ["m"], entryFile: try! RelativePath("main.m"),
        versionCommand: ["m"], package: "missing-package", run: ["m", "{entry}"])

    static func context(_ backend: ScriptedBackend, capacity: ResourceDemand? = nil) async -> GradingContext {
        GradingContext(
            languages: LanguageCatalog([
                .init(language: script, availability: .available(version: "1")),
                .init(language: compiled, availability: .available(version: "1")),
                .init(language: missing, availability: .unavailable(reason: "m was not found")),
            ]),
            tasks: TaskCatalog(), backends: await BackendRegistry([backend], default: .native),
            policy: SubmissionPolicy(capacity: capacity ?? ResourceDemand(cpus: 2, memory: 8 << 30)))
    }

    static func draft(
        _ language: String = "script", files: [String: String] = ["main.sh": "echo"], entry: String? = nil,
        tests: [TestCase] = [TestCase(name: "run")], stopOnFirstFailure: Bool = false,
        limits: LimitsRequest = LimitsRequest()
    ) throws -> SubmissionDraft {
        SubmissionDraft(
            language: language,
            files: try files.sorted { $0.key < $1.key }.map { SourceFile(path: try RelativePath($0), text: $1) },
            entryFile: try entry.map { try RelativePath($0) },
            task: .inline(
                GradingTask(judging: .testCases(tests, .trimmed, stopOnFirstFailure: stopOnFirstFailure))),
            limits: limits)
    }
}

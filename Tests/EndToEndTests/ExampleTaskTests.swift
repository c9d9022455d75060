import Foundation
import Testing

/// Every task of Examples/ is checked by the command that its author would use: accepted, wrong, slow, crashing and
/// cheating solutions get the verdicts that their directories name.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct ExampleTaskTests {
    /// Directories that hold a task, below Examples/.
    static let tasks: [String] = {
        let markers: Set<String> = ["task.yaml", "problem.yaml", "run_autograder", "classroom"]
        let root = Checkout.root + "/Examples"
        guard let walk = FileManager.default.enumerator(atPath: root) else { return [] }
        var tasks: Set<String> = []
        for case let path as String in walk where markers.contains((path as NSString).lastPathComponent) {
            var directory = (path as NSString).deletingLastPathComponent
            if directory.hasSuffix("/.github") { directory = (directory as NSString).deletingLastPathComponent }
            if (directory as NSString).pathComponents.count >= 2 { tasks.insert(directory) }
        }
        return tasks.sorted()
    }()

    @Test(arguments: tasks) func isAsItsAuthorSays(_ task: String) async throws {
        let identity = AssayServer.Identity()
        try await withScratchDirectory { directory in
            let result = try await ChildProcess.run([
                Checkout.program("assay"), "task", "check", "--quiet", Checkout.root + "/Examples/" + task, "--set",
                "cgroup=\(identity.cgroup)", "--set", "uid-base=\(identity.userIDBase)", "--set",
                "data=\(directory)/data",
            ])
            #expect(result.status == 0, "\(result.output)\(result.errors)")
        }
    }

    @Test func thereIsATaskOfEachFormat() {
        let formats = Set(Self.tasks.map { String($0.prefix { $0 != "/" }) })
        #expect(formats == ["native", "contest", "inginious", "gradescope", "classroom"])
    }

    /// What every task must show, by the names of its solutions.
    private static var cells: [(cell: String, pattern: Regex<Substring>)] {
        [
            ("accepted", #/^accepted/#), ("wrong", #/^(?:wrong|partially)/#),
            ("slow", #/^time_limit_exceeded|endless/#), ("crashing", #/^run_time_error|crashes/#),
            ("reads the tests", #/cheating_reads_the_tests/#),
            ("prints the grader's success", #/cheating_prints_the_graders_success/#),
            ("writes to the grader's pipes", #/cheating_writes_to_the_graders_pipes/#),
            ("exits 0 early", #/cheating_exits_early_with_zero/#), ("exits 42 early", #/cheating_exits_early(?:\.|$)/#),
            ("tampers with files", #/cheating_tampers_with_files/#),
            ("outlives the grader", #/cheating_outlives_its_run/#),
        ]
    }
    /// What some tasks need not show: no program of a student's is run there, or the task is about its grader.
    private static let exceptions: [String: Set<String>] = [
        "inginious/course/commands": [
            "accepted", "wrong", "slow", "crashing", "reads the tests", "prints the grader's success",
            "writes to the grader's pipes", "exits 0 early", "exits 42 early", "tampers with files",
            "outlives the grader",
        ],
        "contest/answers": [
            "slow", "crashing", "reads the tests", "writes to the grader's pipes", "exits 0 early", "exits 42 early",
            "outlives the grader",
        ],
        "inginious/course/quiz": [
            "accepted", "wrong", "slow", "crashing", "reads the tests", "prints the grader's success",
            "writes to the grader's pipes", "exits 0 early", "exits 42 early", "tampers with files",
            "outlives the grader",
        ],
    ]

    @Test(arguments: tasks) func showsEveryKindOfSubmission(_ task: String) throws {
        let root = "\(Checkout.root)/Examples/\(task)"
        let names = ["solutions", "submissions"].flatMap { directory in
            FileManager.default.enumerator(atPath: "\(root)/\(directory)")?.compactMap { $0 as? String } ?? []
        }
        let missing = Self.cells.filter { cell in !names.contains { $0.contains(cell.pattern) } }.map(\.cell)
        #expect(Set(missing).subtracting(Self.exceptions[task] ?? []).isEmpty, "\(task) shows no \(missing)")
    }

    /// In a terminal, which `script` makes: a bar while it works, ticks in colour, and a table.
    @Test func commandsShowThemselvesInATerminal() async throws {
        let identity = AssayServer.Identity()
        let settings = "--set cgroup=\(identity.cgroup) --set uid-base=\(identity.userIDBase)"
        let sum = Checkout.root + "/Examples/native/sum"
        let program = Checkout.program("assay")
        func inTerminal(_ command: String, _ variables: [String] = []) async throws -> String {
            let line = "\(program) \(command) \(settings)"
            return try await ChildProcess.run(
                ["env", "-u", "NO_COLOR"] + variables + ["script", "-qec", line, "/dev/null"]
            ).output
        }
        let check = try await inTerminal("task check \(sum)")
        #expect(check.contains("█") && check.contains("░"), "a bar: \(check)")
        #expect(check.contains("\u{1b}[32m✓\u{1b}[0m") && check.contains("what "), "a table: \(check)")
        #expect(check.contains("12 of 12 as expected"))
        let grade = try await inTerminal("grade \(sum) \(sum)/solutions/accepted.py")
        #expect(grade.contains("\u{1b}[1;32maccepted\u{1b}[0m, 4 of 4 points"), "\(grade)")
        let wrong = try await inTerminal("grade \(sum) \(sum)/solutions/wrong-answer.c", ["NO_COLOR=1"])
        #expect(wrong.contains("wrong-answer") && !wrong.contains("\u{1b}[1;31m"), "\(wrong)")
    }

    @Test func aWrongTaskFailsTheCheck() async throws {
        try await withScratchDirectory { directory in
            try FileManager.default.copyItem(atPath: Checkout.root + "/Examples/native/sum", toPath: directory + "/sum")
            try FileManager.default.moveItem(
                atPath: directory + "/sum/solutions/wrong-answer.c", toPath: directory + "/sum/solutions/accepted-2.c")
            let identity = AssayServer.Identity()
            let settings = ["--set", "cgroup=\(identity.cgroup)", "--set", "uid-base=\(identity.userIDBase)"]
            let program = Checkout.program("assay")
            let checked = try await ChildProcess.run([program, "task", "check", directory + "/sum"] + settings)
            #expect(checked.status == 1)
            #expect(checked.output.contains("accepted-2.c"))
            let unreadable = try await ChildProcess.run([program, "task", "check", directory] + settings)
            #expect(unreadable.status != 0 && unreadable.errors.contains("is no task"))
            let solution = Checkout.root + "/Examples/native/sum/solutions/"
            let right = try await ChildProcess.run(
                [program, "grade", directory + "/sum", solution + "accepted.py", "--junit", directory + "/junit.xml"]
                    + settings)
            #expect(right.status == 0 && right.output.contains("accepted"))
            let xml = try String(contentsOfFile: directory + "/junit.xml", encoding: .utf8)
            #expect(xml.contains(#"failures="0" errors="0""#))
            let wrong = try await ChildProcess.run(
                [program, "grade", directory + "/sum", solution + "wrong-answer.c", "--json"] + settings)
            #expect(wrong.status == 1 && wrong.output.contains(#""verdict":"wrong-answer""#))
        }
    }
}

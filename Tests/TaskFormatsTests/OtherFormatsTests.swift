import Core
import Testing

@testable import TaskFormats

@Suite struct OtherFormatsTests {
    private func load(_ files: [String: String]) throws -> TaskPackage {
        try TaskPackage.load(
            FileTree(try files.map { SourceFile(path: try RelativePath($0), text: $1) }), name: "test")
    }

    private func script(_ package: TaskPackage) throws -> GradingScript {
        guard case .script(let script) = package.task.judging else { throw Missing() }
        return script
    }

    private struct Missing: Error {}

    @Test func formatsAreToldByTheirFiles() throws {
        #expect(throws: TaskFormatError.self) { try load(["readme.md": "x"]) }
        #expect(TaskFormat(recognising: FileTree()) == nil)
        func format(_ files: [String: String]) throws -> TaskFormat? {
            TaskFormat(recognising: FileTree(try files.map { SourceFile(path: try RelativePath($0), text: $1) }))
        }
        #expect(try format(["task.yaml": "title: T\ntests: [{}]\n"]) == .native)
        #expect(try format(["task.yaml": "problems: {}\n", "run": ""]) == .inginious)
        #expect(try format(["problem.yaml": ""]) == .contest)
        #expect(try format(["run_autograder": "", "setup.sh": ""]) == .gradescope)
        #expect(try format([".github/classroom/autograding.json": "{}"]) == .classroom)
    }

    @Test("INGInious: limits time, hard_time (default 3×), memory in MB") func inginiousLimits() throws {
        let yaml = "problems: { a: { type: code } }\nlimits: { time: 4, memory: 100 }\n"
        let script = try script(load(["task.yaml": yaml, "run": "#!/bin/bash\n"]))
        #expect(script.limits.cpuTime == .seconds(4))
        #expect(script.limits.wallTime == .seconds(12))
        #expect(script.limits.memory == 100_000_000)
        #expect(script.command == ["sh", "-c", "cd /task && exec ./run"])
        #expect(script.student == .files)
    }

    @Test("INGInious: run_cmd, then run, run.py, run.sh, then the course's") func inginiousRunFiles() throws {
        let yaml = "problems: { a: { type: code } }\n"
        func command(_ files: [String: String], _ yaml: String = yaml) throws -> String? {
            try script(load(files.merging(["task.yaml": yaml]) { $1 })).command.last
        }
        #expect(try command(["run": "", "run.py": ""]) == "cd /task && exec /bin/bash ./run")
        #expect(try command(["run.py": ""]) == "cd /task && exec /usr/bin/python3 ./run.py")
        #expect(try command(["$common/run": "#!/bin/sh\n"]) == "cd /task && exec /course/common/run")
        #expect(try command(["x": ""], yaml + "run_cmd: ./x\n") == "cd /task && ./x")
        #expect(
            try command(["x": ""], yaml + "environment_parameters: { run_cmd: ./x }\n") == "cd /task && ./x",
            "where newer tasks have it")
        #expect(try command(["$course/run.sh": "#!/bin/sh\n"]) == "cd /task && exec /course/run.sh")
        #expect(
            try command(["$course/run": "", "$common/run.py": ""])
                == "cd /task && exec /usr/bin/python3 /course/common/run.py")
        #expect(try script(load(["task.yaml": yaml, "run": ""])).runs == GradingScript.maximumRuns)
        #expect(throws: TaskFormatError.self) { try command(["other": ""]) }
    }

    @Test("INGInious: match and multiple_choice need no run file") func inginiousQuiz() throws {
        let yaml = """
            problems:
                a: { type: match, answer: x }
                b: { type: multiple_choice, choices: [{ text: p }, { text: q, valid: true }] }
            """
        guard case .inginious(let problems) = try script(load(["task.yaml": yaml])).result else { throw Missing() }
        #expect(problems.hasRunFile == false)
        #expect(problems.problems["b"] == .choice(right: [1], isMultiple: false, choices: 2))
    }

    @Test("INGInious: tests, solutions and secrets stay with the grader; .test files are replayed")
    func inginiousFiles() throws {
        let package = try load([
            "task.yaml": "problems: { a: { type: code } }\n", "run": "", "student/t.py": "s",
            "test/x.test":
                "input: { a: answer }\nresult: [success, text]\ngrade: 90\ntests: { t: true }\n",
            "submissions/accepted/y.py": "y", "$common/student/c": "c",
        ])
        let paths = try script(package).files.map(\.path.string)
        #expect(paths.contains("task/student/t.py") && paths.contains("course/common/student/c"))
        #expect(!paths.contains { $0.hasSuffix("x.test") || $0.hasSuffix("/y.py") })
        let replay = try #require(package.solutions.first { $0.name == "x.test" })
        #expect(replay.files == [SourceFile(path: try RelativePath("answers/a"), text: "answer")])
        #expect(replay.expectation.grader == GraderExpectation(result: "success", grade: 90, tags: ["t": true]))
    }

    @Test("Gradescope: 768 MB, 10 min; setup.sh runs once, with the whole zip beside it") func gradescope() throws {
        let script = try script(
            load(["run_autograder": "#!/bin/sh\n", "setup.sh": "#!/bin/bash\nset -e\n# nothing\n"]))
        #expect(script.limits.memory == 768 << 20)
        #expect(script.limits.wallTime == .seconds(600))
        #expect(script.submissionDirectory?.string == "autograder/submission")
        let paths = Set(script.files.map(\.path.string))
        #expect(
            paths.isSuperset(of: [
                "autograder/run_autograder", "autograder/source/run_autograder", "autograder/submission_metadata.json",
            ]))
        #expect(script.setUp == nil, "a script that does nothing is not run")
        let installing = try self.script(
            load([
                "run_autograder": "", "setup.sh": "apt-get install -y cowsay\n", "tests/1.txt": "1",
                "submissions/accepted/a.py": "x",
            ]))
        let setUp = try #require(installing.setUp)
        #expect(Set(setUp.files.map(\.path.string)) == ["run_autograder", "setup.sh", "tests/1.txt"])
        #expect(setUp.command == ["/bin/sh", "-c", "exec bash ./setup.sh"])
        #expect(try load(["run_autograder": ""]).task.hiddenFeedback == .score, "a hidden test is not shown at all")
    }

    @Test("Classroom: included, exact and regex; timeout in minutes") func classroom() throws {
        let json = #"""
            {"tests": [
              {"name": "a", "run": "./a", "output": "x", "comparison": "included", "timeout": 2, "points": 3},
              {"name": "b", "setup": "make", "run": "./b", "input": "1", "output": "y", "comparison": "exact"},
              {"name": "c", "run": "./c", "output": "^\\d$", "comparison": "regex"}, {"name": "d", "run": "./d"}]}
            """#
        guard case .plan(let plan) = try load(["autograding.json": json]).task.judging else { throw Missing() }
        #expect(plan.tests.map(\.checker) == [.contains, .trimmed, .pattern(isWhole: false), nil])
        #expect(plan.tests[0].limits?.wallTime == .seconds(120))
        #expect(plan.tests[1].setUp == ["bash", "-c", "make"])
        #expect(plan.tests[3].expectedOutput == nil)
        #expect(plan.maximumScore == 3)
        for bad in [
            #"{"tests": []}"#, #"{"tests": [{"name": "a"}]}"#, "{",
            #"{"tests": [{"name": "a", "run": "x", "output": "(", "comparison": "regex"}]}"#,
            #"{"tests": [{"name": "a", "run": "x", "comparison": "fuzzy"}]}"#,
        ] {
            #expect(throws: TaskFormatError.self, "\(bad)") { try load(["autograding.json": bad]) }
        }
    }

    @Test func nativeGroups() throws {
        let yaml = """
            title: T
            limits: { cpu: 1s }
            language_limits: { python3: { time: 3 } }
            hidden_feedback: groups
            files: given
            checker: { program: checker.py }
            groups:
              - { name: a, points: 30, scoring: all-or-nothing, visibility: sample, tests: [{ input: 1 }, { input: 2 }] }
              - { name: b, requires: [a], tests: [{ points: 5 }] }
            """
        let package = try load([
            "task.yaml": yaml, "checker.py": "c", "given/lib.py": "l", "solutions/accepted/s.py": "s",
        ])
        guard case .plan(let plan) = package.task.judging else { throw Missing() }
        #expect(plan.maximumScore == 35)
        #expect(plan.groups[0].tests.map(\.points) == [15, 15])
        #expect(plan.groups.map(\.visibility) == [.sample, .hidden])
        #expect(package.task.limits(for: "python3").cpuTime == .seconds(3))
        #expect(package.task.limits(for: "c").cpuTime == .seconds(1))
        #expect(package.task.files?.map(\.path.string) == ["lib.py"])
        #expect(package.solutions.map(\.name) == ["accepted/s.py"])
        for bad in [
            "requires: [c]", "visibility: open", "scoring: best", "points: -1",
        ] {
            let text = "title: T\ngroups:\n  - { name: a, tests: [{}], \(bad) }\n"
            #expect(throws: TaskFormatError.self, "\(bad)") { try load(["task.yaml": text]) }
        }
        #expect(throws: TaskFormatError.self, "interactive without a program") {
            try load(["task.yaml": "title: T\ninteractive: true\ntests: [{}]\n"])
        }
        #expect(throws: TaskFormatError.self, "a pattern that is none") {
            try load(["task.yaml": "title: T\nchecker: { pattern: whole }\ntests: [{ expected: '(' }]\n"])
        }
    }
}

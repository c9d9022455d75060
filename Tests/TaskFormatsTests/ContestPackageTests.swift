import Core
import Testing

@testable import TaskFormats

/// Each test quotes the rule that it is about.
@Suite struct ContestPackageTests {
    private func load(_ files: [String: String]) throws -> TaskPackage {
        var all = ["problem.yaml": "name: Test\n", "data/secret/1.in": "1\n", "data/secret/1.ans": "1\n"]
        for (path, text) in files { all[path] = text.isEmpty ? nil : text }
        return try TaskPackage.load(
            FileTree(try all.map { SourceFile(path: try RelativePath($0), text: $1) }), name: "test")
    }

    private func plan(_ files: [String: String]) throws -> TestPlan {
        guard case .plan(let plan) = try load(files).task.judging else { throw Missing() }
        return plan
    }

    private struct Missing: Error {}

    private let judge = "import sys\nsys.exit(42)\n"

    @Test("time_multiplier 5, time_safety_margin 2 (legacy); 2.0 and 1.5 (2025-09)") func timeRules() throws {
        #expect(try load([:]).timeRule == TimeRule(multiplier: 5, margin: 2))
        #expect(
            try load(["problem.yaml": "problem_format_version: 2025-09\nname: T\n"]).timeRule
                == TimeRule(multiplier: 2, margin: 1.5))
        let stated = "name: T\nlimits: { time_multiplier: 3, time_safety_margin: 4 }\n"
        #expect(try load(["problem.yaml": stated]).timeRule == TimeRule(multiplier: 3, margin: 4))
    }

    @Test("memory 2048 MiB, output 8 MiB") func limits() throws {
        let limits = try load([:]).task.limits
        #expect(limits.memory == 2048 << 20)
        #expect(limits.output == 8 << 20)
        #expect(limits.fileSize == 8 << 20)
    }

    @Test("a stated limit takes the rule's place: time_limit, domjudge-problem.ini, .timelimit") func timeLimits()
        throws
    {
        let stated = try load(["problem.yaml": "name: T\nlimits: { time_limit: 2.5 }\n"])
        #expect(stated.timeRule == nil)
        #expect(stated.task.limits.cpuTime == .milliseconds(2500))
        let domjudge = try load(["domjudge-problem.ini": "color='red'\ntimelimit='3'\n"])
        #expect(domjudge.task.limits.cpuTime == .seconds(3))
        #expect(try load([".timelimit": "4\n"]).task.limits.cpuTime == .seconds(4))
    }

    @Test("validator flags: case_sensitive, space_change_sensitive, float_*_tolerance") func flags() throws {
        let plan = try plan([
            "problem.yaml": "name: T\nvalidator_flags: case_sensitive float_tolerance 1e-6\n"
        ])
        #expect(plan.checker == .words(WordComparison(isCaseSensitive: true, absolute: 1e-6, relative: 1e-6)))
        let two = try self.plan([
            "problem.yaml":
                "name: T\nvalidator_flags: space_change_sensitive float_relative_tolerance 0.1 float_absolute_tolerance 2\n"
        ])
        #expect(two.checker == .words(WordComparison(isSpaceSensitive: true, absolute: 2, relative: 0.1)))
        #expect(throws: TaskFormatError.self) { try self.plan(["problem.yaml": "name: T\nvalidator_flags: fast\n"]) }
        #expect(throws: TaskFormatError.self) {
            try self.plan(["problem.yaml": "name: T\nvalidator_flags: float_tolerance\n"])
        }
    }

    @Test("samples are shown, secret data is not; both must be accepted") func samplesAndSecrets() throws {
        let plan = try plan(["data/sample/1.in": "s", "data/sample/1.ans": "s"])
        #expect(plan.groups.map(\.name) == ["sample", "secret"])
        #expect(plan.groups.map(\.visibility) == [.sample, .hidden])
        #expect(plan.groups.allSatisfy { $0.isCounted && $0.stopOnFailure })
        #expect(plan.maximumScore == 1)
    }

    @Test("test cases run in the order of their names") func order() throws {
        let plan = try plan([
            "data/secret/1.in": "", "data/secret/1.ans": "", "data/secret/b.in": "b", "data/secret/b.ans": "b",
            "data/secret/a/2.in": "2", "data/secret/a/2.ans": "2", "data/secret/c.in": "c", "data/secret/c.ans": "c",
        ])
        #expect(plan.tests.map(\.name) == ["secret/b", "secret/c", "secret/a/2"])
    }

    @Test("testdata.yaml: grader_flags, on_reject, accept_score, reject_score, range; directories below inherit")
    func legacyGroups() throws {
        let plan = try plan([
            "problem.yaml": "name: T\ntype: scoring\n",
            "data/testdata.yaml":
                "on_reject: continue\ngrader_flags: ignore_sample\naccept_score: 7\nreject_score: 1\n",
            "data/sample/1.in": "s", "data/sample/1.ans": "s", "data/secret/1.in": "", "data/secret/1.ans": "",
            "data/secret/testdata.yaml": "grader_flags: sum accept_if_any_accepted\nrange: 0 20\n",
            "data/secret/a/testdata.yaml":
                "on_reject: break\ngrader_flags: min first_error\naccept_score: 10\nrange: -inf 10\n",
            "data/secret/a/1.in": "1", "data/secret/a/1.ans": "1",
            "data/secret/b/1.in": "1", "data/secret/b/1.ans": "1",
            "data/secret/b/testdata.yaml": "grader_flags: avg always_accept\n",
        ])
        #expect(plan.scoring == .sum)
        #expect(plan.verdictRule == .any)
        #expect(plan.stopOnFailure == false)
        #expect(plan.groups.map(\.name) == ["sample", "secret/a", "secret/b"])
        #expect(plan.groups.map(\.isCounted) == [false, true, true])
        #expect(plan.groups[1].scoring == .minimum)
        #expect(plan.groups[1].verdictRule == .first)
        #expect(plan.groups[1].stopOnFailure)
        #expect(plan.groups[1].points == 10)
        #expect(plan.groups[1].tests[0].points == 10)
        #expect(plan.groups[2].scoring == .average)
        #expect(plan.groups[2].verdictRule == .always)
        #expect(plan.groups[2].stopOnFailure == false)
        #expect(plan.groups[2].tests[0].points == 7)
        #expect(plan.groups[2].tests[0].rejectedPoints == 1)
    }

    @Test("test_group.yaml: max_score, score_aggregation, require_pass") func currentGroups() throws {
        let base = [
            "problem.yaml": "problem_format_version: 2025-09\nname: T\ntype: scoring\nlimits: { time_limit: 1 }\n",
            "data/secret/1.in": "", "data/secret/1.ans": "",
            "data/secret/a/1.in": "1", "data/secret/a/1.ans": "1", "data/secret/a/2.in": "2",
            "data/secret/a/2.ans": "2",
            "data/secret/b/1.in": "1", "data/secret/b/1.ans": "1", "data/secret/b/2.in": "2",
            "data/secret/b/2.ans": "2",
            "data/secret/a/test_group.yaml": "max_score: 30\nscore_aggregation: min\n",
            "data/secret/b/test_group.yaml": "max_score: 70\nscore_aggregation: sum\nrequire_pass: [secret/a]\n",
        ]
        let plan = try plan(base)
        #expect(plan.maximumScore == 100)
        #expect(plan.groups.map(\.scoring) == [.minimum, .sum])
        #expect(plan.groups[0].tests.map(\.points) == [30, 30])
        #expect(plan.groups[1].tests.map(\.points) == [35, 35])
        #expect(plan.groups[1].requires == ["secret/a"])
        #expect(throws: TaskFormatError.self, "a group needs max_score") {
            try self.plan(base.merging(["data/secret/a/test_group.yaml": "score_aggregation: min\n"]) { $1 })
        }
        #expect(throws: TaskFormatError.self, "only a group before it") {
            try self.plan(
                base.merging(["data/secret/a/test_group.yaml": "max_score: 30\nrequire_pass: secret/b\n"]) { $1 })
        }
        #expect(throws: TaskFormatError.self, "the sums must agree") {
            try self.plan(base.merging(["data/secret/test_group.yaml": "max_score: 90\n"]) { $1 })
        }
    }

    @Test("interactive, multi-pass and submit-answer") func types() throws {
        let validator = ["output_validators/judge.py": judge]
        let interactive = try plan(
            validator.merging(["problem.yaml": "name: T\nvalidation: custom interactive\n", "data/secret/1.ans": ""]) {
                $1
            })
        #expect(interactive.conduct == .interactive)
        let passes = try plan(
            validator.merging([
                "problem.yaml":
                    "problem_format_version: 2025-09\nname: T\ntype: [multi-pass, interactive]\nlimits: { validation_passes: 5 }\n"
            ]) { $1 })
        #expect(passes.conduct == .multiPass(passes: 5, isInteractive: true))
        let answers = try plan(["problem.yaml": "problem_format_version: 2025-09\nname: T\ntype: submit-answer\n"])
        #expect(answers.tests[0].submittedOutput?.string == "1.out")
        #expect(throws: TaskFormatError.self) { try plan(["problem.yaml": "name: T\nvalidation: custom\n"]) }
        #expect(throws: TaskFormatError.self) { try plan(["problem.yaml": "name: T\ntype: interactive\n"]) }
        #expect(throws: TaskFormatError.self) {
            try plan(validator.merging(["problem.yaml": "name: T\ntype: [submit-answer, interactive]\n"]) { $1 })
        }
    }

    @Test(
        "what is unsupported is an error that names it",
        arguments: [
            ("problem.yaml", "name: T\nproblem_format_version: 2023-07-draft\n", "2023-07-draft"),
            ("problem.yaml", "name: T\ntype: quiz\n", "quiz"), ("graders/custom.py", "x", "graders"),
            ("data/secret/testdata.yaml", "grading: custom\n", "custom"),
            ("data/secret/testdata.yaml", "grader_flags: fastest\n", "fastest"),
            ("input_validators/check.ctd", "x", "checktestdata"), ("output_validators/v/build", "x", "build"),
            ("data/secret/a/b/1.in", "x", "groups within groups"), ("data/secret/2.in", "x", "2.ans"),
            ("submissions/odd/a.py", "x", "odd"), ("submissions/accepted/a.xyz", "x", "language"),
        ])
    func unsupported(_ path: String, _ text: String, _ named: String) throws {
        let error = #expect(throws: TaskFormatError.self) { try load([path: text]) }
        #expect(error?.description.contains(named) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("submissions: by directory, by @EXPECTED_RESULTS@, by submissions.yaml") func expectations() throws {
        let package = try load([
            "submissions/accepted/a.py": "x", "submissions/wrong_answer/b/main.c": "x",
            "submissions/wrong_answer/b/b.h": "x",
            "submissions/mixed/c.cpp": "// @EXPECTED_RESULTS@: TIMELIMIT, WRONG-ANSWER\n",
            "submissions/time_limit_exceeded/d.java": "x",
            "submissions/submissions.yaml":
                "accepted/*: { permitted: [AC], score: [1, 2] }\ntime_limit_exceeded/d.java: { permitted: [TLE, RTE], required: TLE }\n",
        ])
        let found = Dictionary(uniqueKeysWithValues: package.solutions.map { ($0.name, $0) })
        #expect(found["accepted/a.py"]?.expectation == Expectation(permitted: [.accepted], score: 1...2))
        #expect(found["wrong_answer/b"]?.language == "c")
        #expect(found["wrong_answer/b"]?.files.count == 2)
        #expect(found["mixed/c.cpp"]?.expectation.permitted == [.timeLimitExceeded, .wrongAnswer])
        #expect(found["time_limit_exceeded/d.java"]?.expectation.required == [.timeLimitExceeded])
    }

    @Test("data/*.args, .desc; output_validator_flags of a group") func testSettings() throws {
        let plan = try plan([
            "data/secret/1.args": "-v  7\n", "data/secret/1.desc": "about", "output_validators/judge.py": judge,
            "problem.yaml": "name: T\nvalidation: custom\nvalidator_flags: a b\n",
            "data/secret/testdata.yaml": "output_validator_flags: c\n",
        ])
        #expect(plan.tests[0].arguments == ["-v", "7"])
        #expect(plan.tests[0].detail == "about")
        guard case .program(let program) = plan.tests[0].checker else { throw Missing() }
        #expect(program.arguments == ["a", "b", "c"])
    }
}

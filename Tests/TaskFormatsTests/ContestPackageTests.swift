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
        #expect(throws: TaskFormatError.self, "one tolerance of each kind") {
            try self.plan([
                "problem.yaml": "name: T\nvalidator_flags: float_tolerance 1 float_absolute_tolerance 2\n"
            ])
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
        #expect(plan.tests.map(\.name) == ["secret/a/2", "secret/b", "secret/c"])
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
        let root = try #require(plan.tree)
        #expect(root.members.count == 2)
        guard case .group(let sample) = root.members[0], case .group(let secret) = root.members[1] else {
            throw Missing()
        }
        #expect(sample.isCounted == false, "ignore_sample")
        #expect(secret.scoring == .sum)
        #expect(secret.verdictRule == .any)
        #expect(secret.stopOnFailure == false)
        #expect(secret.points == 20)
        #expect(plan.maximumScore == 20)
        #expect(plan.groups.map(\.name) == ["sample", "secret/a", "secret/b"])
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
            "data/secret/c/1.in": "1", "data/secret/c/1.ans": "1",
            "data/secret/a/test_group.yaml": "max_score: 20\nscore_aggregation: pass-fail\n",
            "data/secret/b/test_group.yaml": "max_score: 70\nscore_aggregation: sum\nrequire_pass: [secret/a]\n",
            "data/secret/c/test_group.yaml": "max_score: 10\nscore_aggregation: min\n",
        ]
        let plan = try plan(base)
        #expect(plan.maximumScore == 100)
        #expect(plan.groups.map(\.scoring) == [.allOrNothing, .sum, .minimum])
        #expect(plan.groups.map { $0.tests.map(\.points) } == [[0, 0], [35, 35], [10]])
        #expect(plan.groups.map { $0.tests[0].scoreRule } == [.forbidden, .bounded, .bounded])
        #expect(plan.groups[1].requires == ["secret/a"])
        #expect(throws: TaskFormatError.self, "a group needs max_score") {
            try self.plan(base.merging(["data/secret/a/test_group.yaml": "score_aggregation: min\n"]) { $1 })
        }
        #expect(throws: TaskFormatError.self, "require_pass names what passes or fails") {
            try self.plan(
                base.merging(["data/secret/c/test_group.yaml": "max_score: 10\nrequire_pass: secret/b\n"]) { $1 })
        }
        #expect(throws: TaskFormatError.self, "secret that passes or fails has only such groups") {
            try self.plan(base.merging(["data/secret/test_group.yaml": "score_aggregation: pass-fail\n"]) { $1 })
        }
        #expect(throws: TaskFormatError.self, "only a group before it") {
            try self.plan(
                base.merging(["data/secret/a/test_group.yaml": "max_score: 20\nrequire_pass: secret/b\n"]) { $1 })
        }
        #expect(throws: TaskFormatError.self, "the groups' together may not be more") {
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
            ("problem.yaml", "name: T\ntype: quiz\n", "quiz"),
            ("problem.yaml", "name: T\nconstants: { n: 1 }\n", "constants"),
            ("data/secret/testdata.yaml", "grading: custom\n", "there is no grader"),
            ("data/secret/testdata.yaml", "output_validator_flags: { name: x }\n", "x"),
            ("data/secret/testdata.yaml", "grader_flags: fastest\n", "fastest"),
            (
                "input_validators/check.ctd", "x",
                "is written in checktestdata, which is not supported here: write it as"
            ),
            ("input_validators/check.viva", "x", "is written in VIVA, which is not supported here: write it as"),
            ("input_format_validators/v/check.ctd", "x", "input_format_validators/v/check.ctd"),
            ("submissions/accepted/v/build", "x", "build"), ("data/secret/2.in", "x", "2.ans"),
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
        let accepted = try #require(found["accepted/a.py"]).expectation
        #expect(accepted.permitted == [.accepted])
        #expect(accepted.rules == [TestRule(permitted: [.accepted], score: 1...2)])
        #expect(found["wrong_answer/b"]?.language == "c")
        #expect(found["wrong_answer/b"]?.files.count == 2)
        #expect(found["mixed/c.cpp"]?.expectation.permitted == [.timeLimitExceeded, .wrongAnswer])
        #expect(found["time_limit_exceeded/d.java"]?.expectation.rules.first?.required == [.timeLimitExceeded])
    }

    @Test("submissions.yaml: globs with braces, groups, message, use_for_time_limit, language and entrypoint")
    func moreExpectations() throws {
        let package = try load([
            "problem.yaml": "problem_format_version: 2025-09\nname: T\n",
            "submissions/accepted/a.py": "x", "submissions/accepted/b.cpp": "x", "submissions/wrong_answer/c.py": "x",
            "submissions/brute_force/d.py": "x", "submissions/own/e.py": "// @EXPECTED_RESULTS@: CORRECT\n",
            "submissions/submissions.yaml": """
            wrong_answer: { permitted: [AC, WA, TLE], required: [WA] }
            "{accepted/a,wrong_answer/c}.py":
                secret/*-easy: { permitted: [AC] }
                message: out of range
            accepted/b.cpp: { use_for_time_limit: false, language: python3, entrypoint: main.py }
            brute_force/d.py: { use_for_time_limit: upper }
            """,
        ])
        let found = Dictionary(uniqueKeysWithValues: package.solutions.map { ($0.name, $0) })
        let wrong = try #require(found["wrong_answer/c.py"]).expectation
        #expect(wrong.permitted.isEmpty, "the directory's own name takes the place of what it means")
        #expect(wrong.rules.map { $0.pattern?.text } == [nil, nil, "secret/*-easy"])
        #expect(wrong.rules[1].message == "out of range")
        #expect(found["accepted/a.py"]?.expectation.permitted == [.accepted], "another pattern adds to it")
        #expect(found["accepted/a.py"]?.expectation.boundsFromBelow == true)
        #expect(found["accepted/b.cpp"]?.expectation.boundsFromBelow == false)
        #expect(found["accepted/b.cpp"]?.language == "python3")
        #expect(found["accepted/b.cpp"]?.entryFile?.string == "main.py")
        #expect(found["brute_force/d.py"]?.expectation.boundsFromAbove == true)
        #expect(found["own/e.py"]?.expectation.permitted == [.accepted])
        #expect(NamePattern("secret/*-easy").fits("secret/1-easy"))
        #expect(NamePattern("secret/*-easy").fits("secret/1-easy/2"))
        #expect(!NamePattern("secret/*-easy").fits("secret/a/1-easy"))
        #expect(NamePattern("{a,b}/{c,d}.py").fits("b/c.py"))
    }

    @Test("limits: code 128 KiB, compilation_time, compilation_memory, time_resolution, validation_output")
    func moreLimits() throws {
        #expect(try load([:]).task.sourceBytes == 128 << 10)
        #expect(try load([:]).task.compileLimits == nil)
        let yaml = """
            problem_format_version: 2025-09
            name: T
            languages: [python3, cpp]
            limits:
                code: 64
                compilation_time: 20
                compilation_memory: 512
                time_resolution: 0.5
                validation_output: 16
            """
        let package = try load([
            "problem.yaml": yaml, "output_validator/v.py": judge, "output_validator/help.py": "x",
        ])
        #expect(package.task.sourceBytes == 64 << 10)
        #expect(package.task.compileLimits?.cpuTime == .seconds(20))
        #expect(package.task.compileLimits?.memory == 512 << 20)
        #expect(package.task.languages == ["python3", "cpp"])
        #expect(package.timeRule == TimeRule(multiplier: 2, margin: 1.5, resolution: 0.5))
        guard case .plan(let plan) = package.task.judging, case .program(let program) = plan.checker else {
            throw Missing()
        }
        #expect(program.limits.output == 16 << 20)
        #expect(program.files.count == 2, "the directory is the program itself")
    }

    @Test("graders: `grading: custom` with grader_flags; groups within groups to any depth") func customGraders()
        throws
    {
        let plan = try plan([
            "problem.yaml": "name: T\ntype: scoring\n", "graders/best.py": "x",
            "data/secret/1.in": "", "data/secret/1.ans": "",
            "data/secret/testdata.yaml": "grading: custom\ngrader_flags: best 2\non_reject: continue\n",
            "data/secret/a/testdata.yaml": "grading: default\ngrader_flags: max\naccept_score: 5\n",
            "data/secret/a/b/c/1.in": "1", "data/secret/a/b/c/1.ans": "1",
            "data/secret/a/b/2.in": "1", "data/secret/a/b/2.ans": "1",
            "data/secret/b.in": "1", "data/secret/b.ans": "1",
        ])
        #expect(plan.tests.map(\.name) == ["secret/a/b/2", "secret/a/b/c/1", "secret/b"])
        guard case .group(let secret) = try #require(plan.tree).members[0] else { throw Missing() }
        #expect(secret.grader?.arguments == ["best", "2"])
        #expect(secret.members.count == 2, "a group and a test")
        guard case .group(let a) = secret.members[0], case .group(let b) = a.members[0] else { throw Missing() }
        #expect(a.grader == nil && a.scoring == .maximum)
        #expect(b.name == "secret/a/b" && b.members.count == 2)
        #expect(plan.maximumScore == 5 + 1)
        #expect(plan.programs.map(\.name) == ["best"])
    }

    @Test("static_validator: static_validation_score is a test case of its own group, the others share the rest")
    func staticValidators() throws {
        let base = [
            "problem.yaml": "problem_format_version: 2025-09\nname: T\ntype: scoring\n",
            "static_validator/check.py": judge,
            "data/secret/test_group.yaml":
                "static_validation_score: 20\nstatic_validator_args: [short]\nmax_score: 100\n",
        ]
        let plan = try plan(base)
        #expect(plan.tests.map(\.name) == ["secret/static", "secret/1"])
        #expect(plan.tests.map(\.points) == [20, 80])
        #expect(plan.tests[0].staticValidator?.arguments == ["short"])
        #expect(plan.maximumScore == 100)
        for (file, text) in [
            ("static_validator/check.py", ""), ("data/secret/test_group.yaml", "static_validator_args: [short]\n"),
            (
                "data/secret/test_group.yaml",
                "static_validation_score: 20\nscore_aggregation: pass-fail\nmax_score: 5\n"
            ),
            ("problem.yaml", "problem_format_version: 2025-09\nname: T\ntype: submit-answer\n"),
        ] {
            #expect(throws: TaskFormatError.self, "\(text)") { try self.plan(base.merging([file: text]) { $1 }) }
        }
    }

    @Test("max_score: unbounded; the validator must say the score") func unbounded() throws {
        let plan = try plan([
            "problem.yaml": "problem_format_version: 2025-09\nname: T\ntype: scoring\n",
            "output_validator/v.py": judge, "data/secret/test_group.yaml": "max_score: unbounded\n",
        ])
        #expect(plan.tests[0].scoreRule == .required)
        #expect(throws: TaskFormatError.self, "a group that passes or fails has a bound") {
            try self.plan([
                "problem.yaml": "problem_format_version: 2025-09\nname: T\ntype: scoring\n",
                "data/secret/test_group.yaml": "max_score: unbounded\nscore_aggregation: pass-fail\n",
            ])
        }
    }

    @Test("2025-09: groups hold directories, but no groups; secret holds tests or groups; the sample holds no groups")
    func currentLayout() throws {
        let yaml = "problem_format_version: 2025-09\nname: T\n"
        let plan = try plan([
            "problem.yaml": yaml, "data/secret/1.in": "", "data/secret/1.ans": "",
            "data/secret/a/x/1.in": "1", "data/secret/a/x/1.ans": "1", "data/secret/a/x/1.files/d.txt": "d",
        ])
        #expect(plan.tests.map(\.name) == ["secret/a/x/1"])
        #expect(plan.tests[0].files?.map(\.path.string) == ["d.txt"])
        for (path, text) in [
            ("data/secret/a/x/test_group.yaml", "args: []\n"), ("data/secret/a/1.in", "1"),
            ("data/sample/a/1.in", "1"), ("data/secret/test_group.yaml", "max_score: 1\n"),
        ] {
            #expect(throws: TaskFormatError.self, "\(path)") {
                try self.plan([
                    "problem.yaml": yaml, "data/secret/a/1.ans": "1", "data/sample/a/1.ans": "1", path: text,
                ])
            }
        }
    }

    @Test("several output validators: all must accept; output_validator_flags may name one") func severalValidators()
        throws
    {
        let base = [
            "problem.yaml": "name: T\nvalidation: custom\n", "output_validators/a.py": judge,
            "output_validators/b.py": judge,
        ]
        guard case .program(let both) = try plan(base).checker else { throw Missing() }
        #expect(both.name == "a" && both.others?.map(\.name) == ["b"])
        let one = try plan(
            base.merging(["data/secret/testdata.yaml": "output_validator_flags: { name: b, flags: x y }\n"]) { $1 })
        guard case .program(let only) = one.tests[0].checker else { throw Missing() }
        #expect(only.name == "b" && only.others == nil && only.arguments == ["x", "y"])
        #expect(throws: TaskFormatError.self) {
            try plan(base.merging(["problem.yaml": "name: T\nvalidation: custom interactive\n"]) { $1 })
        }
    }

    @Test("validators and graders, but not submissions, may have build and run scripts") func scripts() throws {
        let plan = try plan([
            "problem.yaml": "name: T\nvalidation: custom\n", "output_validators/v/build": "#!/bin/sh\n",
            "output_validators/v/main.c": "x",
        ])
        guard case .program(let program) = plan.checker else { throw Missing() }
        #expect(program.language == Language.ownScripts.name)
        #expect(program.files.first { $0.path.string == "build" }?.isExecutable == true)
        let run = try load(["input_validators/v/run": "#!/bin/sh\n"])
        #expect(run.inputValidators[0].language == Language.ownRunScript.name)
    }

    @Test("input_validator_flags: for all, or by name; in 2025-09 the case's args follow") func inputFlags() throws {
        let legacy = try plan(["data/secret/testdata.yaml": "input_validator_flags: { name: v, flags: a b }\n"])
        #expect(legacy.tests[0].inputValidatorArguments == ["v": ["a", "b"]])
        let current = try plan([
            "problem.yaml": "problem_format_version: 2025-09\nname: T\n",
            "data/secret/test_group.yaml": "input_validator_args: { v: [a] }\n", "data/secret/1.yaml": "args: [c]\n",
        ])
        #expect(current.tests[0].inputValidatorArguments == ["v": ["a", "c"], "": ["c"]])
        #expect(current.tests[0].arguments == ["c"])
    }

    @Test("include/LANGUAGE: copied over the submission's files, by its language; include/default for all")
    func included() throws {
        let task = try load(["include/python3/driver.py": "p", "include/default/data.txt": "d"]).task
        #expect(task.files(for: "python3").map(\.path.string) == ["data.txt", "driver.py"])
        #expect(task.files(for: "c").map(\.path.string) == ["data.txt"])
    }

    @Test("invalid_input must be rejected, invalid_output too, valid_output accepted; the sample's .out as well")
    func counterexamples() throws {
        let package = try load([
            "problem.yaml": "problem_format_version: 2025-09\nname: T\n", "data/invalid_input/a.in": "x",
            "data/invalid_output/b.in": "1", "data/invalid_output/b.ans": "1", "data/invalid_output/b.out": "2",
            "data/valid_output/c.in": "1", "data/valid_output/c.ans": "1", "data/valid_output/c.out": " 1 ",
            "data/sample/1.in": "1", "data/sample/1.ans": "1", "data/sample/1.out": "1",
        ])
        #expect(package.dataCases.map(\.kind) == [.invalidInput, .invalidOutput, .validOutput, .validOutput])
        #expect(
            package.dataCases.map(\.test.name) == ["invalid_input/a", "invalid_output/b", "valid_output/c", "sample/1"])
        #expect(package.dataCases[1].output == Array("2".utf8))
        #expect(throws: TaskFormatError.self) {
            try load([
                "problem.yaml": "problem_format_version: 2025-09\nname: T\n", "data/invalid_output/b.in": "1",
                "data/invalid_output/b.ans": "1",
            ])
        }
    }

    @Test("submit-answer: solutions are files, not programs") func submittedAnswers() throws {
        let package = try load([
            "problem.yaml": "problem_format_version: 2025-09\nname: T\ntype: submit-answer\n",
            "submissions/accepted/right/1.out": "1", "submissions/wrong_answer/1.out": "2",
        ])
        #expect(package.solutions.map(\.name) == ["accepted/right", "wrong_answer/1.out"])
        #expect(package.task.takesFiles)
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

import Core
import Logging
import Sandboxing
import Synchronization
import Testing

@testable import Grading

@Suite struct GraderTests {
    private func grade(_ draft: SubmissionDraft, _ backend: ScriptedBackend) async throws -> Report {
        try await Grader(context: Fixtures.context(backend), logger: Logger(label: "test")).grade(draft, cpus: [])
    }

    @Test(arguments: [
        (Ending.exited(0), Verdict.accepted, TimeLimitKind?.none), (.exited(3), .runtimeError, nil),
        (.signalled(11), .runtimeError, nil), (.overCPUTime, .timeLimitExceeded, .cpu),
        (.overWallTime, .timeLimitExceeded, .wall), (.overMemory, .memoryLimitExceeded, nil),
        (.overOutput, .outputLimitExceeded, nil),
    ])
    func anEndingHasAVerdict(_ ending: Ending, _ verdict: Verdict, _ kind: TimeLimitKind?) async throws {
        let report = try await grade(Fixtures.draft(), ScriptedBackend { _, _ in Outcome(ending: ending) })
        #expect(report.verdict == verdict)
        #expect(report.tests[0].timeLimit == kind)
        #expect(report.score == (verdict == .accepted ? 1 : 0))
        #expect(report.maximumScore == 1)
    }

    @Test func outputIsComparedOnlyAfterAGoodEnd() async throws {
        let tests = [
            TestCase(name: "right", expectedOutput: Array("42".utf8), points: 2),
            TestCase(name: "wrong", expectedOutput: Array("43".utf8)),
        ]
        let backend = ScriptedBackend { _, _ in
            Outcome(ending: .exited(0), stdout: CapturedOutput(bytes: Array("42\n".utf8)))
        }
        let report = try await grade(Fixtures.draft(tests: tests), backend)
        #expect(report.tests.map(\.verdict) == [.accepted, .wrongAnswer])
        #expect(report.verdict == .wrongAnswer)
        #expect(report.score == 2)
        #expect(report.maximumScore == 3)
        let crash = ScriptedBackend { _, _ in
            Outcome(ending: .exited(1), stdout: CapturedOutput(bytes: Array("42\n".utf8)))
        }
        #expect(try await grade(Fixtures.draft(tests: tests), crash).verdict == .runtimeError)
    }

    @Test func compilesOnceAndRunsEachTestInASandboxOfItsOwn() async throws {
        let commands = Mutex<[[String]]>([])
        let backend = ScriptedBackend { command, _ in
            commands.withLock { $0.append(command.arguments) }
            return Outcome(ending: .exited(0))
        }
        let tests = (1...3).map { TestCase(name: "\($0)", arguments: ["\($0)"]) }
        let report = try await grade(Fixtures.draft("compiled", files: ["main.x": ""], tests: tests), backend)
        #expect(report.verdict == .accepted)
        #expect(report.compilation?.succeeded == true)
        #expect(
            commands.withLock { $0 } == [
                ["xc", "main.x"], ["./program", "1"], ["./program", "2"], ["./program", "3"],
            ])
        #expect(backend.made == 4)
        #expect(backend.destroyed == 4)
    }

    @Test(arguments: [Ending.exited(1), .signalled(9), .overCPUTime, .overMemory, .overWallTime, .overOutput])
    func aFailedCompilationIsTheVerdict(_ ending: Ending) async throws {
        let report = try await grade(
            Fixtures.draft("compiled", files: ["main.x": ""]), ScriptedBackend { _, _ in Outcome(ending: ending) })
        #expect(report.verdict == .compileError)
        #expect(report.compilation?.succeeded == false)
        #expect(report.tests.map(\.verdict) == [.skipped])
        #expect(report.maximumScore == 1)
    }

    @Test func stopsOnTheFirstFailureWhenAsked() async throws {
        let backend = ScriptedBackend { command, _ in
            Outcome(ending: command.arguments.last == "2" ? .exited(1) : .exited(0))
        }
        let tests = (1...3).map { TestCase(name: "\($0)", arguments: ["\($0)"]) }
        let stopped = try await grade(Fixtures.draft(tests: tests, stopOnFirstFailure: true), backend)
        #expect(stopped.tests.map(\.verdict) == [.accepted, .runtimeError, .skipped])
        let whole = try await grade(Fixtures.draft(tests: tests), backend)
        #expect(whole.tests.map(\.verdict) == [.accepted, .runtimeError, .accepted])
        #expect(whole.verdict == .runtimeError)
    }

    @Test func aBrokenSandboxIsAnErrorNotAVerdict() async throws {
        let backend = ScriptedBackend { _, _ throws(SandboxError) in throw .lost("gone") }
        await #expect(throws: SandboxError.lost("gone")) { try await grade(Fixtures.draft(), backend) }
        #expect(backend.destroyed == backend.made)
    }
}

import Core
import Testing

@testable import Grading

@Suite struct GradingPlanTests {
    private func places(
        of draft: SubmissionDraft, capacity: ResourceDemand? = nil
    ) async -> [SubmissionProblem.Place] {
        let context = await Fixtures.context(ScriptedBackend(), capacity: capacity)
        do {
            _ = try context.plan(for: draft)
            return []
        } catch {
            guard case .invalid(let problems) = error else { return [] }
            return problems.map(\.place)
        }
    }

    @Test func resolvesAliasesAndTheUsualEntry() async throws {
        let plan = try await Fixtures.context(ScriptedBackend()).plan(for: Fixtures.draft("sh"))
        #expect(plan.language.name == "script")
        #expect(plan.entryFile.string == "main.sh")
        #expect(plan.compileLimits == nil)
        #expect(plan.demand == ResourceDemand(cpus: 1, memory: Limits.default.memory))
    }

    @Test func theCompilersMemoryCounts() async throws {
        let draft = try Fixtures.draft("compiled", files: ["main.x": ""])
        let plan = try await Fixtures.context(ScriptedBackend()).plan(for: draft)
        #expect(plan.demand.memory == Language.compileLimits.memory)
    }

    @Test(arguments: [
        (["main.sh": "", "b.sh": ""], nil, "main.sh"), (["x.txt": ""], nil, "x.txt"),
        (["a.sh": "", "data.txt": ""], nil, "a.sh"), (["a.sh": "", "b.sh": ""], "b.sh", "b.sh"),
    ])
    func findsTheEntryFile(_ files: [String: String], _ entry: String?, _ found: String) async throws {
        let draft = try Fixtures.draft(files: files, entry: entry)
        #expect(try await Fixtures.context(ScriptedBackend()).plan(for: draft).entryFile.string == found)
    }

    @Test func namesEveryProblem() async throws {
        #expect(await places(of: try Fixtures.draft("pyton")) == [.language])
        #expect(await places(of: try Fixtures.draft("missing")) == [.language])
        #expect(await places(of: try Fixtures.draft(files: ["a.sh": "", "b.sh": ""])) == [.entryFile])
        #expect(await places(of: try Fixtures.draft(entry: "other.sh")) == [.entryFile])
        #expect(await places(of: try Fixtures.draft(files: [:])) == [.files, .entryFile])
        #expect(await places(of: try Fixtures.draft(files: ["main.sh": "", "main.sh/x": ""])) == [.file("main.sh/x")])
        #expect(await places(of: try Fixtures.draft(tests: [])) == [.tests])
        var draft = try Fixtures.draft()
        draft.backend = "vm"
        #expect(await places(of: draft) == [.backend])
        draft = try Fixtures.draft()
        draft.task = .catalog("nothing")
        #expect(await places(of: draft) == [.task])
        draft = try Fixtures.draft()
        draft.task = .inline(
            GradingTask(
                network: .loopback, judging: .testCases([TestCase(name: "1")], .exact, stopOnFirstFailure: false)))
        #expect(await places(of: draft) == [.network])
        draft.task = .inline(
            GradingTask(
                languages: ["c"], judging: .testCases([TestCase(name: "1")], .exact, stopOnFirstFailure: false)))
        #expect(await places(of: draft) == [.language])
    }

    @Test func limitsMustLieWithinBoundsAndCapacity() async throws {
        var limits = LimitsRequest()
        limits.cpuTime = .seconds(-1)
        limits.memory = 1 << 50
        #expect(
            Set(await places(of: try Fixtures.draft(limits: limits)))
                == [.limit(.cpuTime), .limit(.memory)])
        limits = LimitsRequest()
        limits.memory = 1 << 30
        limits.cpus = 2
        let draft = try Fixtures.draft(limits: limits)
        #expect(await places(of: draft, capacity: ResourceDemand(cpus: 2, memory: 1 << 30)).isEmpty)
        #expect(
            Set(await places(of: draft, capacity: ResourceDemand(cpus: 1, memory: 1 << 30 - 1)))
                == [.limit(.cpus), .limit(.memory)])
    }

    @Test func filesAreBoundedTogether() async throws {
        let half = String(repeating: "x", count: SubmissionPolicy.defaultSourceBytes / 2)
        #expect(await places(of: try Fixtures.draft(files: ["main.sh": half, "b": half])).isEmpty)
        #expect(await places(of: try Fixtures.draft(files: ["main.sh": half, "b": half + "x"])) == [.files])
    }
}

import Core
import Sandboxing
import Testing

@testable import Grading

/// What a submission runs in, when its task, its language and the configuration may all have a wish.
@Suite struct SandboxChoiceTests {
    /// A backend that is only asked what it is.
    private struct Named: SandboxBackend {
        var name: BackendName
        let statistics = StageStatistics()
        var isAvailable = true
        var storages: [StorageStrategy] = [.bind]

        func probe() async -> BackendReport {
            var report = BackendReport(
                name: name, version: "1",
                availability: isAvailable ? .available : .unavailable(reason: "it is away", remedy: "fetch it"),
                isolation: .container,
                capabilities: .init(
                    cpuTime: true, memory: true, processes: true, output: true, disk: true, cpuPinning: true,
                    networkModes: ["none"], isRootless: false))
            report.storages = storages.map { StorageReport($0) }
            report.storages.append(
                StorageReport(.btrfs, .unavailable(reason: "there are no loop devices", remedy: "modprobe loop")))
            report.storage = storages[0]
            return report
        }

        func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox {
            throw .unavailable(backend: name, reason: "storage \(configuration.storage?.rawValue ?? "none")")
        }

        func poolReport() async -> BackendReport.Pool? { nil }
        func forget(_ image: SandboxImage) -> Bool { true }

        func shutdown() async {}
    }

    private func plan(
        _ submission: SandboxChoice = SandboxChoice(), task: SandboxChoice? = nil, language: SandboxChoice? = nil
    ) async throws -> GradingPlan {
        let backends: [any SandboxBackend] = [
            Named(name: .native), Named(name: .runc, storages: [.bind, .overlay]),
            Named(name: .qemu, isAvailable: false), Named(name: .docker, storages: [.engine]),
        ]
        var script = Fixtures.script
        script.sandbox = language
        let context = GradingContext(
            languages: LanguageCatalog([.init(language: script, availability: .available(version: "1"))]),
            tasks: .init(), backends: await BackendRegistry(backends, default: .native),
            policy: SubmissionPolicy(capacity: ResourceDemand(cpus: 2, memory: 8 << 30)))
        var draft = try Fixtures.draft()
        draft.backend = submission.backends?.first
        draft.backendFallback = submission.backends.map { Array($0.dropFirst()) }
        draft.storage = submission.storage
        if case .inline(var given) = draft.task {
            given.sandbox = task
            draft.task = .inline(given)
        }
        return try context.plan(for: draft)
    }

    private func problems(_ choice: SandboxChoice) async throws -> [SubmissionProblem.Place] {
        do {
            _ = try await plan(choice)
            return []
        } catch SubmissionError.invalid(let problems) { return problems.map(\.place) }
    }

    @Test func theNearestWishCounts() async throws {
        let (runc, docker) = (SandboxChoice(backends: [.runc]), SandboxChoice(backends: [.docker]))
        #expect(try await plan().backend.name == .native)
        #expect(try await plan(language: runc).backend.name == .runc)
        #expect(try await plan(task: docker, language: runc).backend.name == .docker)
        #expect(
            try await plan(SandboxChoice(backends: [.native]), task: docker, language: runc).backend.name == .native)
        let mixed = try await plan(task: SandboxChoice(storage: .overlay), language: runc)
        #expect(mixed.backend.name == .runc && mixed.storage == .overlay)
    }

    @Test func onlyWhoIsListedStandsIn() async throws {
        #expect(try await problems(SandboxChoice(backends: [.qemu])) == [.backend])
        #expect(try await plan(SandboxChoice(backends: [.qemu, .runc])).backend.name == .runc)
        #expect(try await plan(task: SandboxChoice(backends: [.qemu, "absent", .docker])).backend.name == .docker)
        #expect(try await problems(SandboxChoice(backends: [.qemu, "absent"])) == [.backend])
    }

    @Test func storageIsTheBackendsOrRefused() async throws {
        #expect(try await plan().storage == .bind)
        #expect(try await plan(SandboxChoice(backends: [.docker])).storage == .engine)
        let chosen = try await plan(SandboxChoice(backends: [.runc], storage: .overlay))
        #expect(chosen.storage == .overlay)
        await #expect(throws: SandboxError.unavailable(backend: .runc, reason: "storage overlay")) {
            try await chosen.backend.makeSandbox(SandboxConfiguration(limits: .default))
        }
        #expect(try await problems(SandboxChoice(storage: .overlay)) == [.storage])
        #expect(try await problems(SandboxChoice(backends: [.runc], storage: .btrfs)) == [.storage])
    }
}

import Core
import Testing

@testable import Grading

struct ImagePolicyTests {
    private let policy = ImagePolicy(directory: "/images", standard: .named("usual"))

    @Test func aLanguageFileNamesAnyAndElseTheConfigurationDoes() throws {
        var language = Fixtures.script
        #expect(policy.image(of: language) == .directory("/images/usual"))
        language.image = .host
        #expect(policy.image(of: language) == .host)
        language.image = .directory("/srv/other")
        #expect(policy.image(of: language) == .directory("/srv/other"))
    }

    @Test func aTaskNamesOnlyImagesOfTheService() throws {
        #expect(try policy.image(of: ImageReference.named("a")) == .directory("/images/a"))
        #expect(try policy.image(of: ImageReference.directory("/images/a")) == .directory("/images/a"))
        #expect(try policy.image(of: ImageReference.host) == .host)
        for path in ["/etc", "/root", "/images", "/imagesx/a"] {
            #expect(throws: SubmissionProblem.self) { try policy.image(of: ImageReference.directory(path)) }
        }
        #expect(throws: SubmissionProblem.self) { try ImagePolicy().image(of: ImageReference.directory("/a")) }
    }

    @Test func aBackendWithoutImagesIsRefusedBeforehand() async throws {
        var draft = try Fixtures.draft()
        guard case .inline(var task) = draft.task else { return }
        task.image = .directory("/images/a")
        draft.task = .inline(task)
        var context = await Fixtures.context(ScriptedBackend())
        #expect(throws: SubmissionError.self) { try context.plan(for: draft) }
        context = GradingContext(
            languages: context.languages, tasks: context.tasks,
            backends: await BackendRegistry([ScriptedBackend(offersImages: true)], default: .native),
            policy: SubmissionPolicy(capacity: ResourceDemand(cpus: 4, memory: 4 << 30), images: policy))
        #expect(try context.plan(for: draft).image == .directory("/images/a"))
        #expect(try context.plan(for: try Fixtures.draft()).graderImage == .directory("/images/usual"))
    }
}

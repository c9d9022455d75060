import Core
import Foundation
package import Grading
package import HTTPServer
package import Storage

/// The interface of Jobe, the job engine behind Moodle's CodeRunner. Every run is a submission like any other; only its
/// words are Jobe's.
package struct Jobe: Sendable {
    let submissions: Submissions
    let context: GradingContext
    let access: Access
    let files: any FileCache
    let configuration: Configuration

    static let name = "jobe"
    static let prefix = "/jobe/index.php/restapi"
    /// The field that carries a client's key.
    static let keyField = "X-API-KEY"

    package struct Configuration: Sendable {
        /// The most CPU time that a run may ask for.
        package var longestCPUTime = Duration.seconds(120)
        /// How long a run may wait for a free place before the answer is that there is too much to do.
        package var patience = Duration.seconds(10)
        /// Bytes of a body, base 64 included.
        package var bodyLimit = 24 << 20

        package init() {}
    }

    package init(
        submissions: Submissions, context: GradingContext, access: Access, files: any FileCache,
        configuration: Configuration
    ) {
        self.access = access
        self.submissions = submissions
        self.context = context
        self.files = files
        self.configuration = configuration
    }

    package func register(on router: inout Router) {
        let limit = configuration.bodyLimit
        func on(_ path: String, _ method: Method, _ roles: [Role], _ handler: @escaping Handler) {
            for pattern in [path, path + "/"] {
                router.on(method, Self.prefix + pattern, bodyLimit: limit) { await answer($0, roles, handler) }
                router.on(.options, Self.prefix + pattern, bodyLimit: limit) { _ in Self.preflight }
            }
        }
        on("/languages", .get, [.submit, .read]) { _, _ throws(JobeRefusal) in listLanguages() }
        on("/runs", .post, [.submit]) { request, principal throws(JobeRefusal) in try await run(request, principal) }
        on("/files/{id}", .put, [.submit]) { request, principal throws(JobeRefusal) in
            try await keep(request, principal)
        }
        on("/files/{id}", .head, [.submit]) { request, principal throws(JobeRefusal) in
            try await look(request, principal)
        }
    }

    private typealias Handler = @Sendable (Request, Principal) async throws(JobeRefusal) -> Response

    /// Jobe is called from pages of other origins, so every answer may be read by them.
    private static let preflight = CrossOrigin.preflight(
        methods: "GET, POST, PUT, HEAD, OPTIONS",
        fields: "Content-Type, Accept, X-API-KEY, X-CodeRunner-Job-Id")

    private func answer(_ request: Request, _ roles: [Role], _ handler: Handler) async -> Response {
        await access.answer(request.presenting(tokenIn: Self.keyField), roles, handler)
    }

    private func listLanguages() -> Response {
        let found = JobeLanguage.all.compactMap { language in
            JobeLanguage.available(language.id, in: context.languages).map { [language.id, $0.version] }
        }
        return JSON.response(.ok, found.sorted { $0[0] < $1[0] })
    }

    private func run(_ request: Request, _ principal: Principal) async throws(JobeRefusal) -> Response {
        let run = try JobeRun(request.body)
        if run.isOverloadProbe { return JSON.response(.ok, JobeResult.overload) }
        let attachments = try await attachments(of: run, owner: owner(of: request, principal))
        guard let (language, _) = JobeLanguage.available(run.languageID, in: context.languages) else {
            throw JobeRefusal(.badRequest, "Language '\(run.languageID.prefix(64))' is not known")
        }
        var metadata = [Submission.frontEndNote: Self.name]
        if let job = request.headers["X-CodeRunner-Job-Id"] { metadata["coderunner-job"] = String(job.prefix(128)) }
        var ceiling = context.policy.ceiling
        ceiling.memory = min(ceiling.memory, context.policy.capacity.memory)
        var draft = try run.draft(
            language, attachments: attachments, ceiling: ceiling, longestCPUTime: configuration.longestCPUTime,
            metadata: metadata)
        guard let owner = principal.owner else { throw JobeRefusal(.forbidden, Principal.ambiguousCourse) }
        draft.owner = owner
        draft.priority = principal.usualPriority
        do {
            guard let submission = try await submissions.grade(draft, patience: configuration.patience) else {
                return JSON.response(.ok, JobeResult.overload)
            }
            return JSON.response(.ok, JobeResult(submission))
        } catch {
            switch error {
            case .invalid: throw JobeRefusal(.badRequest, "\(error)")
            default:
                var refusal = JobeRefusal(.serviceUnavailable, "\(error)")
                refusal.headers = Refusal.retry(error)
                throw refusal
            }
        }
    }

    private func attachments(of run: JobeRun, owner: String) async throws(JobeRefusal) -> [SourceFile] {
        let missing = JobeRefusal(.notFound, "One or more of the specified files is missing/unavailable")
        var attachments: [SourceFile] = []
        for file in run.files {
            let path = try JobeRun.path(file.name)
            guard let key = FileCacheKey(owner: owner, id: file.id) else { throw missing }
            let found: [UInt8]?
            do { found = try await files.contents(of: key) } catch {
                throw JobeRefusal(.serviceUnavailable, "the file cannot be read: \(error)")
            }
            guard let contents = found else { throw missing }
            attachments.removeAll { $0.path == path }
            attachments.append(SourceFile(path: path, contents: contents))
        }
        return attachments
    }

    private func keep(_ request: Request, _ principal: Principal) async throws(JobeRefusal) -> Response {
        guard let key = FileCacheKey(owner: owner(of: request, principal), id: request.parameters["id"] ?? "") else {
            throw JobeRefusal(
                .badRequest, "a file id must be at least \(FileCacheKey.minimumLength) letters or digits")
        }
        guard let document = try? JSON.decode(JSONValue.self, from: request.body),
            let text = document["file_contents"]?.string
        else { throw JobeRefusal(.badRequest, "put: missing file_contents parameter") }
        guard let contents = Data(base64Encoded: text.filter { !$0.isNewline }) else {
            throw JobeRefusal(.badRequest, "put: contents of file \(key.id) are not valid base-64")
        }
        do { try await files.keep(Array(contents), as: key) } catch {
            switch error {
            case .tooLarge: throw JobeRefusal(.contentTooLarge, "put: \(error)")
            case .unavailable: throw JobeRefusal(.serviceUnavailable, "put: the file cannot be kept: \(error)")
            }
        }
        return Response(status: .noContent)
    }

    private func look(_ request: Request, _ principal: Principal) async throws(JobeRefusal) -> Response {
        guard let key = FileCacheKey(owner: owner(of: request, principal), id: request.parameters["id"] ?? ""),
            await files.contains(key)
        else { return Response(status: .notFound) }
        return Response(status: .noContent)
    }

    /// Each key has its own files, so that no client can put other contents under a name that another one uses.
    private func owner(of request: Request, _ principal: Principal) -> String {
        principal.token ?? request.headers["Authorization"] ?? ""
    }
}

extension JobeResult {
    init(_ submission: Submission) {
        switch submission.state {
        case .finished(let report, _, _): self.init(report, runID: submission.id.string)
        case .cancelled:
            self.init(runID: submission.id.string, outcome: .internalError, stderr: "the run was cancelled")
        case .queued, .running:
            self.init(runID: submission.id.string, outcome: .internalError, stderr: "the run did not end in time")
        }
    }
}

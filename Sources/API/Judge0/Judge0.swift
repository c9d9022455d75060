import Core
package import Grading
package import HTTPServer
import Storage

/// The interface of Judge0 CE 1.13.1. Every submission is one like any other; only its words are Judge0's. A token is the
/// submission's id, written as a UUID.
package struct Judge0: Sendable {
    let submissions: Submissions
    let context: GradingContext
    let access: Access
    let capacity: Capacity
    let configuration: Configuration
    let bounds = Judge0Bounds()

    static let version = "1.13.1"
    /// The fields that carry a client's token, and an operator's.
    static let tokenField = "X-Auth-Token"
    static let userField = "X-Auth-User"

    package struct Configuration: Sendable {
        /// Where it is served; empty is the root.
        package var prefixes = ["/judge0"]
        /// Bytes of a body.
        package var bodyLimit = 24 << 20
        /// Text of `GET /license`, of this service.
        package var license = ""
        /// This service's version, for `GET /isolate` and `/system_info`.
        package var serviceVersion = ""
        /// Whether callbacks may go to addresses that are not public: this machine's and its networks'.
        package var allowsPrivateCallbacks = false

        package init() {}
    }

    package init(
        submissions: Submissions, context: GradingContext, access: Access, capacity: Capacity,
        configuration: Configuration
    ) {
        self.access = access
        self.submissions = submissions
        self.context = context
        self.capacity = capacity
        self.configuration = configuration
    }

    typealias Handler = @Sendable (Request, Principal) async throws(Judge0Refusal) -> Response

    package func register(on router: inout Router) {
        for prefix in configuration.prefixes { register(on: &router, below: prefix) }
    }

    private func register(on router: inout Router, below prefix: String) {
        let limit = configuration.bodyLimit
        func on(_ method: Method, _ path: String, _ roles: [Role], _ handler: @escaping Handler) {
            for pattern in [prefix + path, prefix + path + "/"] {
                router.on(method, pattern, bodyLimit: limit) { await answer($0, roles, handler) }
                router.on(.options, pattern, bodyLimit: limit) { _ in Self.preflight }
            }
        }
        // The literal path first: a token is never called batch.
        on(.post, "/submissions/batch", [.submit]) { request, principal throws(Judge0Refusal) in
            try await createBatch(request, principal)
        }
        on(.get, "/submissions/batch", [.submit, .read]) { request, principal throws(Judge0Refusal) in
            try await readBatch(request, principal)
        }
        on(.post, "/submissions", [.submit]) { request, principal throws(Judge0Refusal) in
            try await create(request, principal)
        }
        on(.get, "/submissions", [.read]) { request, principal throws(Judge0Refusal) in
            try await list(request, principal)
        }
        on(.get, "/submissions/{token}", [.submit, .read]) { request, principal throws(Judge0Refusal) in
            try await read(request, principal)
        }
        on(.delete, "/submissions/{token}", [.submit, .teacher]) { request, principal throws(Judge0Refusal) in
            try await remove(request, principal)
        }
        registerFacts(on)
        for pattern in [prefix + "/authorize", prefix + "/authorize/"] {
            router.on(.post, pattern) {
                await answer($0.presenting(tokenIn: Self.userField), [.admin]) { _, _ in Response() }
            }
            router.on(.options, pattern) { _ in Self.preflight }
        }
    }

    private static let preflight = CrossOrigin.preflight(
        methods: "GET, POST, DELETE, OPTIONS",
        fields: "Content-Type, Accept, Authorization, \(tokenField), \(userField)")

    private func answer(_ request: Request, _ roles: [Role], _ handler: Handler) async -> Response {
        await access.answer(request.presenting(tokenIn: Self.tokenField), roles, handler)
    }

    // MARK: - One submission

    private func create(_ request: Request, _ principal: Principal) async throws(Judge0Refusal) -> Response {
        let query = try Judge0Query(request)
        let fields = query.isWaiting ? try Judge0Field.chosen(query.fields) : []
        let submission = try await submit(try Self.document(request), principal, base64: query.isBase64)
        guard query.isWaiting else {
            return JSON.response(.created, JSONValue.object(["token": .string(submission.id.uuid)]))
        }
        let ended: Submission
        do { ended = try await submissions.ended(submission.id, within: Submissions.longestGrading) } catch {
            throw Judge0Refusal(error, nil)
        }
        return JSON.response(.created, try shown(ended, fields, base64: query.isBase64))
    }

    private func read(_ request: Request, _ principal: Principal) async throws(Judge0Refusal) -> Response {
        let query = try Judge0Query(request)
        let fields = try Judge0Field.chosen(query.fields)
        guard let submission = try await submission(request.parameters["token"] ?? "", principal) else {
            throw Self.missing
        }
        return JSON.response(.ok, try shown(submission, fields, base64: query.isBase64))
    }

    private func remove(_ request: Request, _ principal: Principal) async throws(Judge0Refusal) -> Response {
        let query = try Judge0Query(request)
        let fields = try Judge0Field.chosen(query.fields)
        guard let submission = try await submission(request.parameters["token"] ?? "", principal) else {
            throw Self.missing
        }
        // What cannot be shown is not removed either.
        let answer = try shown(submission, fields, base64: query.isBase64)
        let result: RemoveResult
        do { result = try await submissions.remove(submission.id) } catch { throw Judge0Refusal(error, nil) }
        switch result {
        case .removed: return JSON.response(.ok, answer)
        case .notFinal(let submission):
            let status: Judge0Status = if case .queued = submission.state { .inQueue } else { .processing }
            throw Judge0Refusal(
                .badRequest,
                "submission cannot be deleted because its status is \(status.rawValue) (\(status.description))")
        case .notFound: throw Self.missing
        }
    }

    private static let missing = Judge0Refusal(.notFound, "there is no submission with this token")

    /// The submission of `token`, if it came through this interface and `principal` may see it.
    private func submission(_ token: String, _ principal: Principal) async throws(Judge0Refusal) -> Submission? {
        guard let id = SubmissionID(uuid: token) else { return nil }
        let submission: Submission
        do { submission = try await submissions.submission(id) } catch {
            if case .notFound = error { return nil }
            throw Judge0Refusal(error, nil)
        }
        return submission.judge0Settings != nil && principal.maySee(submission) ? submission : nil
    }

    private func submit(_ document: JSONValue, _ principal: Principal, base64: Bool) async throws(Judge0Refusal)
        -> Submission
    {
        let wanted: Judge0Request
        do { wanted = try Judge0Request(document, base64: base64, bounds: bounds) } catch { throw Judge0Refusal(error) }
        guard let language = Judge0Language.named(wanted.settings.languageID) else {
            preconditionFailure("a checked request has an unknown language")
        }
        guard let entry = Judge0LanguageEntry(language, in: context.languages) else {
            throw Judge0Refusal(
                Judge0Errors("language_id", "language with id \(language.id) (\(language.title)) is not installed here")
            )
        }
        var draft: SubmissionDraft
        do { draft = try wanted.draft(entry, bounds: bounds) } catch { throw Judge0Refusal(error) }
        guard let owner = principal.owner else { throw Judge0Refusal(.forbidden, Principal.ambiguousCourse) }
        draft.owner = owner
        draft.priority = principal.usualPriority
        let url = wanted.settings.callbackURL.flatMap { OutboundRequest.Target($0) == nil ? nil : $0 }
        do { return try await submissions.submit(draft, webhook: url).submission } catch {
            throw Judge0Refusal(error, language)
        }
    }

    func shown(_ submission: Submission, _ fields: [Judge0Field], base64: Bool) throws(Judge0Refusal) -> JSONValue {
        guard let settings = submission.judge0Settings else { throw Self.missing }
        let language = Judge0Language.named(settings.languageID)
        let title = language.flatMap { Judge0LanguageEntry($0, in: context.languages)?.title ?? $0.title } ?? ""
        return try Judge0Submission(
            submission: submission, settings: settings, result: Judge0Result(submission, settings),
            languageTitle: title
        ).json(fields, base64: base64)
    }

    private static func document(_ request: Request) throws(Judge0Refusal) -> JSONValue {
        guard let document = try? JSON.decode(JSONValue.self, from: request.body), case .object = document else {
            throw Judge0Refusal(.badRequest, "the body is not a JSON object")
        }
        return document
    }

    // MARK: - Several

    private func createBatch(_ request: Request, _ principal: Principal) async throws(Judge0Refusal) -> Response {
        let query = try Judge0Query(request)
        guard let documents = try Self.document(request)["submissions"]?.array else {
            throw Judge0Refusal(.badRequest, "submissions must be an array")
        }
        try checkBatch(documents.count)
        var answers: [JSONValue] = []
        var taken = 0
        for document in documents {
            do {
                let submission = try await submit(document, principal, base64: query.isBase64)
                answers.append(["token": .string(submission.id.uuid)])
                taken += 1
            } catch {
                // A service that cannot take the first one can take none.
                if error.status != .unprocessableContent, taken == 0 { throw error }
                answers.append(error.body)
            }
        }
        return JSON.response(taken > 0 ? .created : .unprocessableContent, JSONValue.array(answers))
    }

    private func readBatch(_ request: Request, _ principal: Principal) async throws(Judge0Refusal) -> Response {
        let query = try Judge0Query(request)
        let fields = try Judge0Field.chosen(query.fields)
        let tokens = query["tokens"]?.split(separator: ",").map(String.init) ?? []
        try checkBatch(tokens.count)
        var found: [JSONValue] = []
        for token in tokens {
            guard let submission = try await submission(token, principal) else {
                found.append(.null)
                continue
            }
            found.append(try shown(submission, fields, base64: query.isBase64))
        }
        return JSON.response(.ok, JSONValue.object(["submissions": .array(found)]))
    }

    private func checkBatch(_ count: Int) throws(Judge0Refusal) {
        guard count > 0 else {
            throw Judge0Refusal(.badRequest, "there should be at least one submission in a batch")
        }
        guard count <= bounds.batch else {
            throw Judge0Refusal(
                .badRequest, "number of submissions in a batch should be less than or equal to \(bounds.batch)")
        }
    }

    /// Rows of a page when nothing is asked for.
    static let usualPage = 20
    /// The most rows of a page.
    static let largestPage = 100

    private func list(_ request: Request, _ principal: Principal) async throws(Judge0Refusal) -> Response {
        let query = try Judge0Query(request)
        let fields = try Judge0Field.chosen(query.fields)
        let page = try query.positive("page") ?? 1
        let rows = min(try query.positive("per_page") ?? Self.usualPage, Self.largestPage)
        var filter = SubmissionFilter(metadata: [Submission.frontEndNote: Judge0Request.frontEnd])
        if !principal.courses.isEmpty { filter.courses = principal.courses }
        var shown: [JSONValue] = []
        let total: Int
        do {
            total = try await submissions.count(filter)
            let (skip, overflow) = (page - 1).multipliedReportingOverflow(by: rows)
            let found = overflow ? [] : try await submissions.list(filter, skip: skip, limit: rows)
            for summary in found {
                // It may have been removed since.
                guard let submission = try? await submissions.submission(summary.id), principal.maySee(submission)
                else {
                    continue
                }
                shown.append(try self.shown(submission, fields, base64: query.isBase64))
            }
        } catch let refusal as Judge0Refusal {
            throw refusal
        } catch let error as SubmissionError {
            throw Judge0Refusal(error, nil)
        } catch { throw Judge0Refusal(.internalServerError, "the list cannot be read") }
        let pages = (total + rows - 1) / rows
        return JSON.response(
            .ok,
            JSONValue.object([
                "submissions": .array(shown),
                "meta": [
                    "current_page": .integer(page), "next_page": page < pages ? .integer(page + 1) : .null,
                    "prev_page": page > 1 ? .integer(page - 1) : .null, "total_pages": .integer(pages),
                    "total_count": .integer(total),
                ],
            ]))
    }
}

/// The parameters that several of Judge0's paths have. Others are ignored.
struct Judge0Query: Sendable {
    private let values: [String: String]

    init(_ request: Request) throws(Judge0Refusal) {
        values = Dictionary(request.query.map { ($0.name, $0.value) }) { $1 }
    }

    subscript(name: String) -> String? { values[name] }

    var isBase64: Bool { values["base64_encoded"] == "true" }
    var isWaiting: Bool { values["wait"] == "true" }
    var fields: String? { values["fields"] }

    func positive(_ name: String) throws(Judge0Refusal) -> Int? {
        guard let text = values[name], !text.isEmpty else { return nil }
        guard let value = Int(text), value > 0 else {
            throw Judge0Refusal(.badRequest, "invalid \(name): \(text.prefix(32))")
        }
        return value
    }
}

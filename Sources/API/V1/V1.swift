import Core
package import Grading
package import HTTPServer
import Storage

/// The service's own dialect: `/v1`.
package struct V1: Sendable {
    let submissions: Submissions
    let context: GradingContext
    let access: Access
    /// Bytes of the body of a submission; base 64 and JSON make it larger than its files.
    let bodyLimit: Int
    /// What is sent to webhooks; `nil` where none are.
    let webhooks: V1Webhooks?

    /// Longest wait that a request may ask for.
    static let longestWait = Duration.seconds(60)
    /// Rows in a page when nothing is asked for.
    static let defaultPage = 50
    /// The most rows in a page.
    static let largestPage = 200

    package init(
        submissions: Submissions, context: GradingContext, access: Access, bodyLimit: Int, webhooks: V1Webhooks?
    ) {
        self.webhooks = webhooks
        self.access = access
        self.submissions = submissions
        self.context = context
        self.bodyLimit = bodyLimit
    }

    package func register(on router: inout Router) {
        router.on(.post, "/v1/submissions", bodyLimit: bodyLimit) { await answer($0, [.submit], submit) }
        router.on(.get, "/v1/submissions") { await answer($0, [.read], list) }
        router.on(.delete, "/v1/submissions") { await answer($0, [.admin], purge) }
        router.on(.post, "/v1/submissions/batch", bodyLimit: bodyLimit) { await answer($0, [.submit], submitBatch) }
        router.on(.post, "/v1/submissions/rejudge") { await answer($0, [.teacher], rejudgeSelection) }
        router.on(.post, "/v1/submissions/cancel") { await answer($0, [.teacher], cancelSelection) }
        router.on(.get, "/v1/submissions/{id}") { await answer($0, [.submit, .read], read) }
        router.on(.delete, "/v1/submissions/{id}") { await answer($0, [.submit, .teacher], cancel) }
        router.on(.get, "/v1/submissions/{id}/events") { await answer($0, [.submit, .read], events) }
        router.on(.get, "/v1/submissions/{id}/history") { await answer($0, [.submit, .read], history) }
        router.on(.post, "/v1/submissions/{id}/rejudge") { await answer($0, [.teacher], rejudge) }
        router.on(.get, "/v1/webhooks/dead") { await answer($0, [.admin], deadDeliveries) }
        router.on(.post, "/v1/webhooks/dead/{id}/retry") { await answer($0, [.admin], retryDeliveries) }
        router.on(.get, "/v1/languages") { request in
            await answer(request, [.submit, .read]) { _, _ in
                JSON.response(.ok, LanguageListWire(context.languages))
            }
        }
        router.on(.get, "/v1/backends") { request in
            await answer(request, [.submit, .read]) { _, _ in
                let pools = await context.backends.pools()
                return JSON.response(.ok, BackendListWire(context.backends, pools: pools))
            }
        }
        router.on(.get, "/v1/me") { request in
            await answer(request, []) { _, principal in JSON.response(.ok, PrincipalWire(principal)) }
        }
    }

    private func read(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        let query = try QueryParameters(request, allowing: ["wait"])
        let timeout = try query.wait()
        let id = try await visibleID(request, principal)
        do {
            let submission = try await submissions.submission(id, waiting: timeout)
            return JSON.response(.ok, await wire(submission, principal))
        } catch { throw Refusal(error) }
    }

    private func list(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        let query = try QueryParameters(request, allowing: SubmissionFilter.parameters.union(["limit", "cursor"]))
        let filter = try SubmissionFilter(query, for: principal)
        let limit = try query.integer("limit", in: 1...Self.largestPage) ?? Self.defaultPage
        let cursor = try query.submissionID("cursor")
        do {
            // One row more than asked for tells whether there is another page.
            let rows = try await submissions.list(filter, before: cursor, limit: limit + 1)
            let page = rows.prefix(limit)
            // The order of the queue is looked up for the page together, and only if something of it waits or runs.
            let outlook = page.contains { $0.finishedAt == nil } ? await submissions.forecast.outlook() : nil
            return JSON.response(
                .ok,
                SubmissionPageWire(
                    submissions: page.map { SubmissionSummaryWire(summary: $0, place: outlook?.place(of: $0)) },
                    nextCursor: rows.count > limit ? page.last?.id : nil))
        } catch { throw Refusal(error) }
    }

    private func cancel(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        let query = try QueryParameters(request, allowing: ["purge"])
        let id = try await visibleID(request, principal)
        if try query.flag("purge") { return try await remove(id, principal) }
        let result: CancelResult
        do { result = try await submissions.cancel(id) } catch { throw Refusal(error) }
        switch result {
        case .cancelled(let submission):
            return JSON.response(.ok, SubmissionWire(submission: submission, for: principal))
        case .asked(let submission):
            return JSON.response(.accepted, await wire(submission, principal))
        case .alreadyFinal(let submission):
            throw Refusal(
                Problem(
                    .conflict, "already-ended", title: "The submission has already ended",
                    detail: "It is \(submission.state.status.rawValue)."))
        case .notFound: throw Refusal(.noSuchSubmission)
        }
    }

    /// `submission` as v1 shows it, with its place while it has not ended.
    func wire(_ submission: Submission, _ principal: Principal) async -> SubmissionWire {
        SubmissionWire(submission: submission, for: principal, at: await submissions.place(of: submission))
    }

    /// The id in the path, if it is of a submission that `principal` may see. What they may not see is not there.
    func visibleID(_ request: Request, _ principal: Principal) async throws(Refusal) -> SubmissionID {
        guard let id = SubmissionID(request.parameters["id"] ?? "") else { throw Refusal(.noSuchSubmission) }
        guard principal != .anyone else { return id }
        let submission: Submission
        do { submission = try await submissions.submission(id) } catch { throw Refusal(error) }
        guard principal.maySee(submission) else { throw Refusal(.noSuchSubmission) }
        return id
    }

    /// Lets those in who have one of `roles` (anybody with a token where there are none), and turns refusals into
    /// answers.
    func answer(
        _ request: Request, _ roles: [Role], _ handler: (Request, Principal) async throws(Refusal) -> Response
    ) async -> Response {
        do { return try await handler(request, try await access.principal(of: request, any: roles)) } catch {
            return error.response
        }
    }
}

extension SandboxChooser {
    func includes(_ principal: Principal) -> Bool {
        switch self {
        case .everyone: true
        case .teachers: principal.may(.teacher)
        case .nobody: false
        }
    }
}

extension Request {
    /// Whether the body says that it is JSON. Other types are refused: a page in a browser could send those from
    /// anywhere without asking.
    var isJSON: Bool {
        guard let type = headers["Content-Type"] else { return false }
        let essence = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        return essence == "application/json" || essence.hasSuffix("+json") && essence.hasPrefix("application/")
    }
}

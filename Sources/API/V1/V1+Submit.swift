import Core
import Grading
import HTTPServer
import Storage

/// `POST /v1/submissions` and `POST /v1/submissions/batch`.
extension V1 {
    func submit(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        let query = try QueryParameters(request, allowing: ["wait"])
        let timeout = try query.wait()
        guard request.isJSON else { throw Refusal(.unsupportedMediaType) }
        let key = try IdempotencyKey(request, of: principal)
        // A repeated request is answered however full the queue is.
        if key == nil { try refuseWhenFull() }
        let wanted = try Self.decode(SubmissionRequest.self, request.body)
        let draft = try draft(of: wanted, principal)
        do {
            let receipt = try await submissions.submit(draft, once: key, webhook: wanted.webhook)
            var submission = receipt.submission
            if timeout > .zero { submission = try await submissions.submission(submission.id, waiting: timeout) }
            var headers: Headers = receipt.isRepeat ? ["Idempotency-Replayed": "true"] : [:]
            let wire = await wire(submission, principal)
            guard !submission.state.isFinal else { return JSON.response(.ok, wire, headers: headers) }
            headers["Location"] = "/v1/submissions/\(submission.id)"
            return JSON.response(.accepted, wire, headers: headers)
        } catch { throw Refusal(error) }
    }

    /// Each submission of a batch is taken or refused for itself; a full queue refuses them all.
    func submitBatch(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        guard request.isJSON else { throw Refusal(.unsupportedMediaType) }
        let key = try IdempotencyKey(request, of: principal)
        if key == nil { try refuseWhenFull() }
        let batch = try Self.decode(BatchRequest.self, request.body)
        guard (1...SubmissionRequest.Bound.batch).contains(batch.submissions.count) else {
            let detail = "1 to \(SubmissionRequest.Bound.batch) submissions are taken at once"
            throw Refusal(.malformed([Problem.FieldError(field: "submissions", detail: detail)]))
        }
        var refusals: [Int: Refusal] = [:]
        var drafts: [SubmissionDraft] = []
        for (index, wanted) in batch.submissions.enumerated() {
            do throws(Refusal) {
                guard wanted.webhook == batch.submissions[0].webhook else { throw Refusal(.oneWebhook) }
                drafts.append(try draft(of: wanted, principal))
            } catch { refusals[index] = error }
        }
        var results: [Result<Submissions.Receipt, SubmissionError>]
        do {
            results = try await submissions.submit(
                all: drafts, once: key, webhook: batch.submissions[0].webhook)
        } catch { throw Refusal(error) }
        results.reverse()
        var items: [BatchItemWire] = []
        var isRepeat = false
        for index in batch.submissions.indices {
            if let refusal = refusals[index] {
                items.append(.problem(refusal.problem))
                continue
            }
            switch results.removeLast() {
            case .success(let receipt):
                isRepeat = isRepeat || receipt.isRepeat
                items.append(.submission(await wire(receipt.submission, principal)))
            case .failure(let error): items.append(.problem(Refusal(error).problem))
            }
        }
        return JSON.response(
            .accepted, BatchWire(submissions: items), headers: isRepeat ? ["Idempotency-Replayed": "true"] : [:])
    }

    private func refuseWhenFull() throws(Refusal) {
        do { try submissions.checkRoom() } catch { throw Refusal(error) }
    }

    private func draft(of wanted: SubmissionRequest, _ principal: Principal) throws(Refusal) -> SubmissionDraft {
        var draft: SubmissionDraft
        do { draft = try wanted.draft(usualPriority: principal.usualPriority) } catch {
            throw Refusal(.invalidSubmission(error.list))
        }
        draft.owner.token = principal.token
        guard principal.covers(draft.owner.course) else { throw Refusal(.otherCourse) }
        guard principal.mayUse(draft.priority) else { throw Refusal(.examOnly) }
        guard draft.sandbox.isEmpty || context.policy.sandboxChooser.includes(principal) else {
            throw Refusal(.sandboxChoice)
        }
        guard draft.sandbox.isEmpty || context.policy.sandboxChooser.includes(principal) else {
            throw Refusal(.sandboxChoice)
        }
        if wanted.webhook != nil, webhooks == nil { throw Refusal(.noWebhooks) }
        return draft
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws(Refusal) -> Value {
        do { return try JSON.decode(type, from: body) } catch {
            throw Refusal(.malformed([Problem.FieldError(field: error.field, detail: error.detail)]))
        }
    }
}

extension IdempotencyKey {
    /// Characters of a key.
    static let lengths = 1...255

    /// The key that `request` names, if it names one: a string in quotes, as the draft standard writes it, or without.
    init?(_ request: Request, of principal: Principal) throws(Refusal) {
        guard var key = request.headers["Idempotency-Key"] else { return nil }
        if key.utf8.count >= 2, key.hasPrefix("\""), key.hasSuffix("\"") { key = String(key.dropFirst().dropLast()) }
        guard Self.lengths.contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x22 })
        else {
            throw QueryParameters.refusal(
                "Idempotency-Key", "expected 1 to \(Self.lengths.upperBound) visible ASCII characters")
        }
        // The same document is the same request, in whatever order a client writes its fields.
        let document = (try? JSON.decode(JSONValue.self, from: request.body)).map(JSON.encode) ?? request.body
        self.init(
            scope: principal.token ?? "", key: key,
            fingerprint: BlobDigest(of: Array(request.path.utf8) + [0] + document).bytes)
    }
}

/// The body of `POST /v1/submissions/batch`.
struct BatchRequest: Sendable, Decodable {
    var submissions: [SubmissionRequest]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case submissions
    }

    init(from decoder: any Decoder) throws {
        submissions = try decoder.strictContainer(keyedBy: CodingKeys.self).decode(
            [SubmissionRequest].self, forKey: .submissions)
    }
}

/// What a batch came to, in the order of its submissions.
struct BatchWire: Sendable, Encodable {
    let submissions: [BatchItemWire]
}

enum BatchItemWire: Sendable, Encodable {
    case submission(SubmissionWire)
    case problem(Problem)

    private enum CodingKeys: String, CodingKey {
        case submission, problem
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .submission(let submission): try container.encode(submission, forKey: .submission)
        case .problem(let problem): try container.encode(problem, forKey: .problem)
        }
    }
}

extension Problem {
    static let oneWebhook = Problem.invalidSubmission([
        FieldError(field: "webhook", detail: "must be the same in all submissions of a batch")
    ])

    static let noWebhooks = Problem.invalidSubmission([
        FieldError(field: "webhook", detail: "this service sends none: it has no webhook-secret")
    ])
}

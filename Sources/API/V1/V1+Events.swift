import Core
import Grading
import HTTPServer

/// `GET /v1/submissions/{id}/events`: what happens to a submission, as server-sent events.
extension V1 {
    func events(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        let id = try await visibleID(request, principal)
        do { _ = try await submissions.submission(id) } catch { throw Refusal(error) }
        return .events(for: request) { stream in try await tell(id, principal, to: stream) }
    }

    /// Sends the state now and every change of it until the submission has ended.
    private func tell(_ id: SubmissionID, _ principal: Principal, to stream: EventStream) async throws {
        let subscription = submissions.hub.subscribe(to: id)
        defer { subscription.cancel() }
        var last = try await sendState(of: id, principal, unless: nil, to: stream)
        guard !last.isFinal else { return }
        for await change in subscription.changes {
            switch change {
            case .progress(let done, let total):
                try await stream.send(event("progress", ["done": done, "total": total]))
            case .status, .look:
                last = try await sendState(of: id, principal, unless: last, to: stream)
                if last.isFinal { return }
            }
        }
    }

    /// Sends the submission's state if it is another than `known`.
    private func sendState(
        of id: SubmissionID, _ principal: Principal, unless known: SubmissionStatus?, to stream: EventStream
    ) async throws -> SubmissionStatus {
        let submission = try await submissions.submission(id)
        let status = submission.state.status
        guard status != known else { return status }
        switch status {
        case .queued, .running: try await stream.send(event(status.rawValue, [String: Int]()))
        case .finished, .cancelled:
            try await stream.send(event("done", SubmissionWire(submission: submission, for: principal)))
        }
        return status
    }

    private func event(_ name: String, _ data: some Encodable) -> ServerSentEvent {
        ServerSentEvent(String(decoding: JSON.encode(data).dropLast(), as: UTF8.self), name: name)
    }
}

extension SubmissionStatus {
    fileprivate var isFinal: Bool { self == .finished || self == .cancelled }
}

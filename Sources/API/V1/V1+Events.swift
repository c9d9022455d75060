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
        var last = try await sendState(of: id, principal, to: stream)
        guard !last.isFinal else { return }
        for await change in subscription.changes {
            switch change {
            case .progress(let done, let total):
                try await stream.send(event("progress", ["done": done, "total": total]))
            case .place(let place):
                if last == .queued { try await stream.send(event("queued", PlaceWire(place))) }
            case .status(let status):
                guard status != last else { continue }
                last = try await sendState(of: id, principal, to: stream)
                if last.isFinal { return }
            }
        }
    }

    /// Sends the submission's state as it is kept now.
    private func sendState(
        of id: SubmissionID, _ principal: Principal, to stream: EventStream
    ) async throws -> SubmissionStatus {
        let submission = try await submissions.submission(id)
        let status = submission.state.status
        switch status {
        case .queued, .running:
            let place = await submissions.place(of: submission)
            try await stream.send(event(status.rawValue, place.map(PlaceWire.init) ?? PlaceWire()))
        case .finished, .cancelled:
            try await stream.send(event("done", SubmissionWire(submission: submission, for: principal)))
        }
        return status
    }

    private func event(_ name: String, _ data: some Encodable) -> ServerSentEvent {
        ServerSentEvent(String(decoding: JSON.encode(data).dropLast(), as: UTF8.self), name: name)
    }
}

/// Where a submission stands while it has not ended.
struct PlaceWire: Sendable, Encodable {
    var position: Int?
    var eta: Double?

    init() {}

    init(_ place: QueueForecast.Place) {
        position = place.position
        eta = place.wait.roundedSeconds
    }

    private enum CodingKeys: String, CodingKey {
        case position
        case eta = "eta_seconds"
    }
}

extension SubmissionStatus {
    fileprivate var isFinal: Bool { self == .finished || self == .cancelled }
}

import Core
import Grading
import HTTPServer

/// `GET /v1/submissions/{id}/events`: what happens to a submission, as server-sent events.
extension V1 {
    /// Between two comments that keep a quiet connection from being taken for a dead one.
    static let heartbeat = Duration.seconds(15)

    func events(_ request: Request) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        let id = try submissionID(request)
        do { _ = try await submissions.submission(id) } catch { throw Refusal(error) }
        return Response(
            headers: ["Content-Type": "text/event-stream", "Cache-Control": "no-store"],
            body: .stream { writer in try await tell(id, to: writer) })
    }

    private enum Item: Sendable {
        case change(ChangeHub.Change)
        case heartbeat
        case end
    }

    /// Writes the state now and every change of it, until the submission has ended, the service stops or the client is
    /// gone. Heartbeats and changes come through one stream, so that no two events are written into each other.
    private func tell(_ id: SubmissionID, to writer: any BodyWriter) async throws {
        let subscription = submissions.hub.subscribe(to: id)
        defer { subscription.cancel() }
        let (items, source) = AsyncStream.makeStream(of: Item.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await change in subscription.changes { source.yield(.change(change)) }
                source.yield(.end)
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.heartbeat)
                    source.yield(.heartbeat)
                }
            }
            defer { group.cancelAll() }
            var last = try await writeState(of: id, unless: nil, to: writer)
            guard !last.isFinal else { return }
            for await item in items {
                switch item {
                case .heartbeat: try await writer.write(Array(": still here\n\n".utf8))
                case .end: return
                case .change(.progress(let done, let total)):
                    try await write("progress", ["done": done, "total": total], to: writer)
                case .change(.status), .change(.look):
                    last = try await writeState(of: id, unless: last, to: writer)
                    if last.isFinal { return }
                }
            }
        }
    }

    /// Writes the submission's state if it is another than `known`.
    private func writeState(
        of id: SubmissionID, unless known: SubmissionStatus?, to writer: any BodyWriter
    ) async throws -> SubmissionStatus {
        let submission = try await submissions.submission(id)
        let status = submission.state.status
        guard status != known else { return status }
        switch status {
        case .queued, .running: try await write(status.rawValue, [String: Int](), to: writer)
        case .finished, .cancelled: try await write("done", SubmissionWire(submission: submission), to: writer)
        }
        return status
    }

    private func write(_ event: String, _ data: some Encodable, to writer: any BodyWriter) async throws {
        // JSON is one line, and ends with one line feed; the empty line ends the event.
        try await writer.write(Array("event: \(event)\ndata: ".utf8) + JSON.encode(data) + [UInt8(ascii: "\n")])
    }
}

extension SubmissionStatus {
    fileprivate var isFinal: Bool { self == .finished || self == .cancelled }
}

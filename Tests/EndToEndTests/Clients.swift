import Foundation
import Synchronization
import Testing

/// Clients that do not give up: what was not answered they send again, under the same key.
final class Clients: Sendable {
    private let fronts: @Sendable () async -> [AssayServer]
    private let ids = Mutex<Set<String>>([])

    /// Posts at the same time.
    private static let concurrency = 12
    /// How long a request is repeated before that is a failure: everything else has come back by then.
    private static let patience = Duration.seconds(120)

    /// `fronts` gives where submissions are taken at the moment.
    init(fronts: @escaping @Sendable () async -> [AssayServer]) { self.fronts = fronts }

    /// Ids of all posts that were answered.
    var acknowledged: Set<String> { ids.withLock { $0 } }

    func post(_ numbers: [Int]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, number) in numbers.enumerated() {
                if index >= Self.concurrency { try await group.next() }
                group.addTask { try await self.post(number) }
            }
            try await group.waitForAll()
        }
    }

    private func post(_ number: Int) async throws {
        let answer = try await repeating("POST", "/v1/submissions", CrashTests.request(number), key: "chaos-\(number)")
        let id = try #require(answer["id"].string, "\(answer.text)")
        ids.withLock { _ = $0.insert(id) }
    }

    func page(_ query: String) async throws -> [JSONValue] {
        try await repeating("GET", "/v1/submissions?limit=200&" + query)["submissions"].items
    }

    func submission(_ id: String) async throws -> JSONValue {
        try await repeating("GET", "/v1/submissions/\(id)").json
    }

    func nodes() async throws -> [JSONValue] { try await repeating("GET", "/v1/nodes")["nodes"].items }

    /// Every submission, when all have ended.
    func allWhenEnded() async throws -> [JSONValue] {
        let start = ContinuousClock.now
        while true {
            let open = try await page("status=queued") + page("status=running")
            if open.isEmpty { break }
            try #require(ContinuousClock.now - start < Self.patience, "these never end: \(open)")
            try await Task.sleep(for: .milliseconds(200))
        }
        var (all, cursor) = ([JSONValue](), "")
        repeat {
            let page = try await repeating("GET", "/v1/submissions?limit=200\(cursor)")
            all += page["submissions"].items
            cursor = page["next_cursor"].string.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        return all
    }

    /// Asks one front after another until one answers with success.
    private func repeating(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = nil
    ) async throws -> AssayServer.Exchange {
        let deadline = ContinuousClock.now + Self.patience
        var last = "nobody answers"
        while ContinuousClock.now < deadline {
            for front in await fronts().shuffled() {
                do {
                    let answer = try await front.send(
                        method, path, body, headers: key.map { ["Idempotency-Key": $0] } ?? [:])
                    if (200..<300).contains(answer.status) { return answer }
                    last = "\(answer.status) \(answer.text)"
                    try #require(answer.status == 429 || answer.status >= 500, "\(last)")
                } catch let error as ExpectationFailedError { throw error } catch {
                    last = "\(error)"
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Silence(reason: last)
    }
}

struct Silence: Error {
    let reason: String
}

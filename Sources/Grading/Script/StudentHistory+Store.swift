import Core
import Storage

extension StudentHistory {
    /// How many earlier submissions are looked at.
    static let maximumAttempts = 50
    /// Bytes of all earlier results that an autograder is given; the oldest go first.
    static let maximumBytes = 4 << 20

    /// What a grader of `format` is told of what came before `submission`.
    static func of(
        _ submission: Submission, for format: GradingScript.ResultFormat, in store: Store
    ) async throws(StorageError) -> StudentHistory {
        switch format {
        case .assay: StudentHistory()
        case .inginious:
            StudentHistory(
                count: try await store.countEarlier(than: submission),
                state: try await latestState(before: submission, in: store))
        case .gradescope: try await results(before: submission, in: store)
        }
    }

    private static func latestState(
        before submission: Submission, in store: Store
    ) async throws(StorageError) -> String {
        // One report after the other: each may hold files.
        for earlier in try await store.earlier(than: submission, limit: maximumAttempts) {
            if let state = try await store.report(of: earlier.id)?.feedback?.state { return state }
        }
        return ""
    }

    private static func results(
        before submission: Submission, in store: Store
    ) async throws(StorageError) -> StudentHistory {
        var (attempts, bytes): ([Attempt], Int) = ([], 0)
        for earlier in try await store.earlier(than: submission, limit: maximumAttempts) {
            let isInternalError = earlier.verdict == .internalError
            var result: String?
            if !isInternalError, bytes < maximumBytes {
                result = try await store.report(of: earlier.id)?.feedback?.original
                bytes += result?.utf8.count ?? 0
                if bytes > maximumBytes { result = nil }
            }
            attempts.append(
                Attempt(
                    submittedAt: earlier.createdAt, score: earlier.score, isInternalError: isInternalError,
                    result: result))
        }
        return StudentHistory(count: attempts.count, attempts: attempts.reversed())
    }
}

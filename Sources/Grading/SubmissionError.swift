package import Core
package import Storage

/// Why a submission was not taken, or an operation on one not done.
package enum SubmissionError: Error, Sendable, Hashable {
    /// The submitter's mistakes, each with its place.
    case invalid([SubmissionProblem])
    /// The queue, or the share of it that the submitter may have, is full; come back in `retryAfter`.
    case queueFull(QueueBound, retryAfter: Duration)
    /// The idempotency key was used before, for another request.
    case keyReused
    /// The service cannot store or read now.
    case unavailable(reason: String, retryAfter: Duration)
    case notFound

    /// After how long another attempt is sensible; `nil` when it would end the same way.
    package var retryAfter: Duration? {
        switch self {
        case .queueFull(_, let wait), .unavailable(_, let wait): wait
        case .invalid, .keyReused, .notFound: nil
        }
    }
}

/// One mistake in a draft.
package struct SubmissionProblem: Error, Sendable, Hashable {
    package let place: Place
    package let detail: String

    package init(_ place: Place, _ detail: String) {
        self.place = place
        self.detail = detail
    }

    /// Where a mistake is; each dialect has its own names for these.
    package enum Place: Sendable, Hashable {
        case language, files, entryFile, task, backend, storage, network, tests
        case file(String)
        case limit(LimitName)
    }
}

extension SubmissionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalid(let problems): problems.map(\.detail).joined(separator: "; ")
        case .queueFull(let bound, _): "\(StorageError.queueFull(bound))"
        case .keyReused: "\(StorageError.keyReused)"
        case .unavailable(let reason, _): reason
        case .notFound: "there is no such submission"
        }
    }
}

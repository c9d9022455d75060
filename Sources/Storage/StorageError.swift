/// Why the store could not do what was asked.
package enum StorageError: Error, Sendable, Hashable {
    /// The database cannot be used now: disk full, read-only, I/O error, no connection. Worth trying again later.
    case unavailable(String)
    /// What is stored is damaged or is no database of ours. Trying again does not help; a person must look.
    case corrupt(String)
    /// The database was made by a newer version of this program.
    case tooNew(found: Int, known: Int)
    /// The queue holds as much as it may.
    case queueFull(QueueBound)
    /// The idempotency key was used before, for something else.
    case keyReused
    /// The database refused a statement: a mistake in this program.
    case refused(String)
    /// `close()` was called.
    case closed
}

/// Which bound of `QueueLimits` was met.
package enum QueueBound: String, Sendable, Hashable, CaseIterable {
    case submissions, bytes
    /// Too much of the same user, or course, waits: the others may still hand in.
    case user, course
}

extension StorageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let reason): "the database is not available: \(reason)"
        case .corrupt(let reason): "the database is damaged or not ours: \(reason)"
        case .tooNew(let found, let known):
            "the database has schema version \(found), but this program knows only versions up to \(known)"
        case .queueFull(.submissions): "the queue holds as many submissions as it may"
        case .queueFull(.bytes): "the queue holds as many bytes as it may"
        case .queueFull(.user): "too many submissions of this user wait"
        case .queueFull(.course): "too many submissions of this course wait"
        case .keyReused: "the idempotency key was used before, for another request"
        case .refused(let reason): "the database refused a statement: \(reason)"
        case .closed: "the database was closed"
        }
    }
}

package import struct Foundation.Date

/// A task that was uploaded, with those of its versions that are kept.
package struct TaskRecord: Sendable, Hashable {
    package var id: String
    /// The course that it belongs to.
    package var course: String?
    /// The last one is in force.
    package var versions: [TaskVersion]

    package var current: TaskVersion? { versions.last }

    package init(id: String, course: String?, versions: [TaskVersion]) {
        self.id = id
        self.course = course
        self.versions = versions
    }
}

/// One version of a task.
package struct TaskVersion: Sendable, Hashable {
    package var number: Int
    package var archive: BlobDigest
    package var createdAt: Date
    package var title: String
    package var format: String
    /// Bytes of the archive.
    package var size: Int
    /// Seconds of CPU time, where that followed from the solutions when it was checked.
    package var timeLimit: Double?

    package init(
        number: Int, archive: BlobDigest, createdAt: Date, title: String, format: String, size: Int, timeLimit: Double?
    ) {
        self.number = number
        self.archive = archive
        self.createdAt = createdAt
        self.title = title
        self.format = format
        self.size = size
        self.timeLimit = timeLimit
    }
}

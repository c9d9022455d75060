package import struct Foundation.Date

/// What somebody hands in, validated, before it has an id.
package struct SubmissionDraft: Sendable, Hashable, Codable {
    package var language: String
    package var files: [SourceFile]
    /// The file that the program starts from; `nil` takes the language's usual one.
    package var entryFile: RelativePath?
    package var task: TaskReference
    /// What the submission itself asks for, on top of its task's limits.
    package var limits: LimitsRequest
    /// `nil` takes the task's, the language's or the configured default.
    package var backend: BackendName?
    /// Backends that may stand in for it, in this order, where it is unavailable.
    package var backendFallback: [BackendName]?
    /// `nil` takes the task's, the language's or the backend's default.
    package var storage: StorageStrategy?
    /// The front-end's own notes, kept and given back unread; submissions can be found by them.
    package var metadata: [String: String]
    package var owner: Owner
    package var priority: PriorityClass
    package var options: ProgramOptions
    /// `nil` for the service's own interface, which needs none.
    package var notes: FrontEndNotes?
    /// Names the request that it was handed in with, in logs and in the report; `nil` if it came by no request.
    package var requestID: String? = CurrentRequest.id

    package init(
        language: String, files: [SourceFile], entryFile: RelativePath? = nil, task: TaskReference,
        limits: LimitsRequest = LimitsRequest(), backend: BackendName? = nil, metadata: [String: String] = [:],
        owner: Owner = Owner(), priority: PriorityClass = .interactive, options: ProgramOptions = ProgramOptions(),
        notes: FrontEndNotes? = nil, backendFallback: [BackendName]? = nil, storage: StorageStrategy? = nil
    ) {
        self.language = language
        self.files = files
        self.entryFile = entryFile
        self.task = task
        self.limits = limits
        self.backend = backend
        self.metadata = metadata
        self.owner = owner
        self.priority = priority
        self.options = options
        self.notes = notes
        self.backendFallback = backendFallback
        self.storage = storage
    }

    /// What the submission itself wants to run in.
    package var sandbox: SandboxChoice {
        SandboxChoice(backends: backend.map { [$0] + (backendFallback ?? []) }, storage: storage)
    }
}

/// A submission as it is kept.
package struct Submission: Sendable, Hashable {
    package let id: SubmissionID
    package let draft: SubmissionDraft
    package let createdAt: Date
    /// CPUs and memory that must be free before it starts.
    package let demand: ResourceDemand
    package var state: SubmissionState

    package init(
        id: SubmissionID, draft: SubmissionDraft, createdAt: Date, demand: ResourceDemand, state: SubmissionState
    ) {
        self.id = id
        self.draft = draft
        self.createdAt = createdAt
        self.demand = demand
        self.state = state
    }
}

/// Where a submission stands. `queued → running → finished`; a lost lease leads back to `queued`, with the attempt kept.
package enum SubmissionState: Sendable, Hashable {
    /// Waits; `attempts` were lost before.
    case queued(attempts: Int)
    case running(attempt: Int, node: String, since: Date, isCancellationAsked: Bool)
    case finished(Report, startedAt: Date, finishedAt: Date)
    case cancelled(at: Date)

    package var isFinal: Bool {
        switch self {
        case .queued, .running: false
        case .finished, .cancelled: true
        }
    }

    package var status: SubmissionStatus {
        switch self {
        case .queued: .queued
        case .running: .running
        case .finished: .finished
        case .cancelled: .cancelled
        }
    }
}

/// `SubmissionState` without its payload, to filter and count by.
package enum SubmissionStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case queued, running, finished, cancelled
}

/// What a submission occupies on a node while it is graded.
package struct ResourceDemand: Sendable, Hashable, Codable {
    /// CPU slots.
    package var cpus: Int
    /// Bytes.
    package var memory: Int

    package init(cpus: Int, memory: Int) {
        self.cpus = cpus
        self.memory = memory
    }
}

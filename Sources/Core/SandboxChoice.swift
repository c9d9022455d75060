/// What a submission, a task or a language wants to run in.
package struct SandboxChoice: Sendable, Hashable, Codable {
    /// The first is wanted; the others may stand in for it, in this order, where it is unavailable. `nil` has no wish.
    package var backends: [BackendName]?
    /// How the root is made; `nil` has no wish. Nothing stands in for it.
    package var storage: StorageStrategy?

    package init(backends: [BackendName]? = nil, storage: StorageStrategy? = nil) {
        self.backends = backends
        self.storage = storage
    }

    package var isEmpty: Bool { backends == nil && storage == nil }

    /// This, and `other` where it has no wish.
    package func completed(by other: SandboxChoice?) -> SandboxChoice {
        SandboxChoice(backends: backends ?? other?.backends, storage: storage ?? other?.storage)
    }
}

/// Who may choose the backend and the storage of a single submission.
package enum SandboxChooser: String, Sendable, Hashable, Codable, CaseIterable {
    case everyone, teachers, nobody
}

import Core

extension SandboxChoice {
    /// Reads `backend: qemu`, or `backend: [qemu, runsc]` where the later ones may stand in for the first, and
    /// `storage: overlay`; `nil` where there is neither.
    init?(_ fields: inout YAMLFields) throws(TaskFormatError) {
        var choice = SandboxChoice()
        if let value = fields.take("backend") {
            let names = value.isSequence ? try value.texts() : [try value.text()]
            guard !names.isEmpty, !names.contains("") else { throw value.error("names no backend") }
            choice.backends = names.map(BackendName.init(rawValue:))
        }
        if let value = fields.take("storage") {
            guard let storage = StorageStrategy(rawValue: try value.text()) else {
                throw value.error("expected " + StorageStrategy.allCases.map(\.rawValue).joined(separator: ", "))
            }
            choice.storage = storage
        }
        guard !choice.isEmpty else { return nil }
        self = choice
    }
}

package import Core

extension PriorityClass {
    /// How long a submission of this class may wait before it gets a part of what more urgent ones would take
    /// (`ClaimOffer.agedShare`).
    package var patience: Duration {
        switch self {
        case .exam: .seconds(60)
        case .interactive: .seconds(120)
        case .homework: .seconds(600)
        case .rejudge: .seconds(3600)
        }
    }

    /// The most urgent first.
    var stored: Int {
        switch self {
        case .exam: 0
        case .interactive: 1
        case .homework: 2
        case .rejudge: 3
        }
    }

    init(stored: Int64, of owner: String) throws(StorageError) {
        guard let found = Self.allCases.first(where: { $0.stored == Int(stored) }) else {
            throw .corrupt("submission \(owner) has the unknown class \(stored)")
        }
        self = found
    }
}

package import Core

/// A way to keep root file systems, and whether this host has it.
package struct StorageReport: Sendable, Hashable, Codable {
    /// A `StorageStrategy`, or what engines call a driver of theirs.
    package var name: String
    package var availability: BackendReport.Availability
    /// What is known beyond that: `reflink`, or the engine's driver.
    package var detail: String

    package init(_ name: String, _ availability: BackendReport.Availability = .available, detail: String = "") {
        self.name = name
        self.availability = availability
        self.detail = detail
    }

    package init(
        _ strategy: StorageStrategy, _ availability: BackendReport.Availability = .available, detail: String = ""
    ) {
        self.init(strategy.rawValue, availability, detail: detail)
    }

    package var isAvailable: Bool { availability == .available }
}

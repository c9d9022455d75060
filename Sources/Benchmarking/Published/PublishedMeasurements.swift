import Foundation

/// Medians that were published of other machines, to be shown beside ours and never mixed with them.
package struct PublishedMeasurements: Sendable, Decodable {
    package var source: String
    package var machine: String
    package var configurations: [Configuration]

    package struct Configuration: Sendable, Decodable {
        package var name: String
        /// Milliseconds of create, start and execute; the HTTP server's fourth is its first response. Ping has one.
        package var experiments: [String: [Double]]
    }

    /// As they come with this program.
    package static let all: PublishedMeasurements? = try? JSONDecoder().decode(
        PublishedMeasurements.self, from: Data(PackageResources.published_json))

    /// Those that are shown beside ours: one of each technology, on the storage that it is mostly used with.
    static let shown = [
        "docker-alpine-runc-overlay", "docker-alpine-crun-overlay", "podman-alpine-crun-overlay",
        "podman-alpine-crun-overlay-rootless", "lxd-alpine-lxc-btrfs", "contingious-alpine-crun-None",
        "docker-alpine-kata-runtime-overlay", "docker-alpine-kata-fc-devicemapper",
    ]

    /// What was called so there; `nil` where they measured nothing like it.
    static func name(of experiment: String) -> String? {
        let sizes = ["10": "xs", "100": "sm", "1000": "md", "10000": "lg", "100000": "xl"]
        let parts = experiment.split(separator: "-").map(String.init)
        switch (parts.count, parts.prefix(2).joined(separator: "-")) {
        case (1, "hello"): return "Hello World"
        case (1, "http"): return "Http server"
        case (1, "ping"): return "Ping"
        case (3, "files-read"): return sizes[parts[2]].map { "IO read \($0)" }
        case (3, "files-write"): return sizes[parts[2]].map { "IO write \($0)" }
        case (3, "db-read"): return "Database read \(parts[2])"
        case (3, "db-write"): return "Database write \(parts[2])"
        default: return nil
        }
    }

    /// The stages that the published figures have.
    static let stages: [Stage] = [.create, .launch, .execute]
}

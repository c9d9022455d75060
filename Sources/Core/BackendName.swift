/// The name of a sandbox backend, as it is written in requests, reports and metrics.
package struct BackendName: Sendable, Hashable, Codable, RawRepresentable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
    package init(stringLiteral value: String) { rawValue = value }

    package init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    package var description: String { rawValue }

    /// Our own namespaces and cgroups.
    package static let native: BackendName = "native"
}

extension BackendName {
    /// Namespaces of bubblewrap.
    package static let bubblewrap: BackendName = "bubblewrap"
    /// OCI runtimes, driven directly.
    package static let runc: BackendName = "runc"
    package static let crun: BackendName = "crun"
    /// gVisor: an OCI runtime with a kernel of its own in user space.
    package static let runsc: BackendName = "runsc"
    /// Engines, over their sockets.
    package static let docker: BackendName = "docker"
    package static let podman: BackendName = "podman"
    /// The engine of a user who is not root.
    package static let podmanRootless: BackendName = "podman-rootless"
    /// An engine with a runtime that makes a virtual machine of each container.
    package static let kata: BackendName = "kata"
    package static let lxc: BackendName = "lxc"
    /// Virtual machines.
    package static let qemu: BackendName = "qemu"
    package static let firecracker: BackendName = "firecracker"
}

/// What the programs of a sandbox find as their root.
package enum SandboxImage: Sendable, Hashable, Codable {
    /// The host's own programs and libraries, read-only.
    case host
    /// A directory that holds a root file system, shown read-only: its absolute path on the host.
    case directory(String)
    /// A directory that holds what a set-up script changed, laid over the host's programs: its absolute path.
    case layer(String)
}

extension SandboxImage: CustomStringConvertible {
    package var description: String {
        switch self {
        case .host: "host"
        case .directory(let path): ImageReference.directoryPrefix + path
        case .layer(let path): "layer:" + path
        }
    }
}

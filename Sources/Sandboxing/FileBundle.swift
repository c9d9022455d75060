package import Core
import Synchronization

/// Files on their way into sandboxes, or out of one. A class, so that a backend may keep a packed form beside them and
/// an artefact that was compiled once is packed once for its many tests.
package final class FileBundle: Sendable {
    package let files: [SourceFile]
    /// The native backend's form of the same files: a sealed memory file, made at first use.
    private let packed: Mutex<Descriptor?>

    package convenience init(_ files: [SourceFile]) { self.init(files, packed: nil) }

    init(_ files: [SourceFile], packed: Descriptor?) {
        self.files = files
        self.packed = Mutex(packed)
    }

    /// Bytes of all files together.
    package var size: Int { files.reduce(0) { $0 + $1.contents.count } }

    /// The memory file for sandboxes of the native backend. A program never gets to see the descriptor.
    func packedFile() throws(SandboxError) -> Descriptor {
        if let file = packed.withLock({ $0 }) { return file }
        let file = try PackedBundle.pack(files)
        packed.withLock { $0 = file }
        return file
    }
}

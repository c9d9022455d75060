import CSandbox
import Glibc

/// A socket that keeps messages apart and carries descriptors: how the service speaks with a grader.
package final class MessageChannel: Sendable {
    private let socket: Descriptor

    package init(_ socket: Descriptor) { self.socket = socket }

    /// Reads on a thread of its own until the other end is closed or `shutdown` is called. A message that is longer than
    /// `limit` bytes, or brings too many descriptors, ends it too: nobody honest sends one.
    package func readOnThread(
        upTo limit: Int, message: @escaping @Sendable ([UInt8], [Descriptor]) -> Void,
        end: @escaping @Sendable () -> Void
    ) {
        startThread { [socket] in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 16)
            defer {
                buffer.deallocate()
                end()
            }
            while true {
                var numbers = [Int32](repeating: -1, count: Int(ASSAY_RECEIVED_DESCRIPTORS_MAX))
                let size = assay_receive(socket.number, buffer.baseAddress, buffer.count, &numbers)
                guard size > 0 else { return }
                message(Array(buffer[..<size]), numbers.filter { $0 >= 0 }.map { Descriptor($0) })
            }
        }
    }

    /// Sends without waiting. False if the other end is gone or does not read.
    @discardableResult
    package func send(_ bytes: [UInt8], _ descriptors: [Descriptor]) -> Bool {
        bytes.withUnsafeBytes {
            assay_send(
                socket.number, $0.baseAddress, $0.count, descriptors.map(\.number), UInt32(descriptors.count))
        }
    }

    /// Ends both directions; the reading thread notices.
    package func shutdown() { _ = Glibc.shutdown(socket.number, Int32(SHUT_RDWR)) }
}

extension Descriptor {
    /// A memory file that holds `bytes` and that nobody can change.
    package static func memoryFile(named name: String, holding bytes: [UInt8]) throws(SandboxError) -> Descriptor {
        try sealed(name, bytes)
    }

    /// Whether this is a pipe's end, in the direction that is asked for.
    package func isPipe(writable: Bool) -> Bool {
        var status = stat()
        let flags = fcntl(number, F_GETFL)
        guard fstat(number, &status) == 0, flags >= 0 else { return false }
        return status.st_mode & S_IFMT == S_IFIFO && flags & O_ACCMODE == (writable ? O_WRONLY : O_RDONLY)
    }

    package var isUnixSocket: Bool {
        var family: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(number, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 && family == AF_UNIX
    }

    /// Whether this is a memory file, or a file in memory whose name was removed.
    package var isMemoryFile: Bool {
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 0 else {
            return false
        }
        // F_GET_SEALS: only files in memory can be sealed at all.
        return fcntl(number, 1024 + 10) >= 0
    }
}

extension FileBundle {
    /// The files in a memory file that a grader made, at most `limit` bytes of it.
    package convenience init(memoryFile: Descriptor, limit: Int) throws(SandboxError) {
        guard memoryFile.isMemoryFile else { throw .invalidRequest("the files are in no memory file") }
        guard memoryFile.size <= limit else { throw .tooLarge(limit: limit) }
        self.init(try PackedBundle.unpack(memoryFile).files)
    }

    /// The files as a memory file that a grader reads.
    package func memoryFile() throws(SandboxError) -> Descriptor { try packedFile() }
}

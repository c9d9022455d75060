import CSandbox
import Glibc

/// Files in memory, by which bytes go in and out of sandboxes.
extension Descriptor {
    static func memoryFile(_ name: String) throws(SandboxError) -> Descriptor {
        let number = assay_memory_file(name)
        guard number >= 0 else { throw .setupFailed(step: "make memory file", errno: errno) }
        return Descriptor(number)
    }

    /// A memory file that holds `bytes` and that nobody can change.
    static func sealed(_ name: String, _ bytes: [UInt8]) throws(SandboxError) -> Descriptor {
        let file = try memoryFile(name)
        try file.append(bytes)
        guard lseek(file.number, 0, SEEK_SET) == 0, assay_seal(file.number) else {
            throw .setupFailed(step: "seal memory file", errno: errno)
        }
        return file
    }

    /// An empty memory file of `size` bytes, which take memory only when they are written.
    static func memoryFile(_ name: String, size: Int) throws(SandboxError) -> Descriptor {
        let file = try memoryFile(name)
        guard ftruncate(file.number, off_t(size)) == 0 else {
            throw .setupFailed(step: "size memory file", errno: errno)
        }
        return file
    }

    /// Another memory file with the same contents. Blocks for as long as copying takes.
    func memoryCopy(_ name: String) throws(SandboxError) -> Descriptor {
        let copy = try Self.memoryFile(name)
        let error = assay_copy_sparse(number, copy.number)
        guard error == 0 else { throw .setupFailed(step: "copy memory file", errno: error) }
        return copy
    }

    func append(_ bytes: [UInt8]) throws(SandboxError) {
        let failure = bytes.withUnsafeBytes { buffer -> Int32 in
            var offset = 0
            while offset < buffer.count {
                let written = Glibc.write(number, buffer.baseAddress! + offset, buffer.count - offset)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return errno }
                offset += written
            }
            return 0
        }
        if failure != 0 { throw .setupFailed(step: "write memory file", errno: failure) }
    }

    /// `count` bytes, the first ones unless another `start` is given.
    func contents(_ count: Int, from start: Int = 0) throws(SandboxError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let received = pread(number, buffer.baseAddress! + filled, count - filled, off_t(start + filled))
                if received < 0, errno == EINTR { continue }
                guard received > 0 else {
                    failure = received < 0 ? errno : EIO
                    return
                }
                filled += received
            }
        }
        if failure != 0 { throw .setupFailed(step: "read memory file", errno: failure) }
        return bytes
    }

    var size: Int {
        var status = stat()
        return fstat(number, &status) == 0 ? status.st_size : 0
    }
}

import Glibc

/// A tar archive of a root, which an engine makes an image of. The same root gives the same bytes.
struct EngineArchive {
    let body: UnixHTTPClient.Body

    /// How long archiving an image may take.
    private static let archivingTime = Duration.seconds(600)

    static func make(of layout: RootLayout) async throws(SandboxError) -> EngineArchive {
        guard let image = layout.image else {
            return EngineArchive(body: .bytes(try TarArchive(of: layout.skeleton).bytes))
        }
        let directory = layout.skeleton + "-engine"
        defer { HostFile.removeTree(directory) }
        let root = directory + "/root"
        try HostFile.makeDirectories(root)
        try await onThread { () throws(SandboxError) in
            var copy = TreeCopy()
            try copy.copy(image, to: root)
            // Our own tree is made anew by every service, so its times are none of the contents.
            copy.time = 0
            try copy.copy(layout.skeleton, to: root)
            utimensat(AT_FDCWD, root, [timespec(), timespec()], 0)
        }
        let path = directory + "/archive"
        let number = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .setupFailed(step: "create \(path)", errno: errno) }
        let file = Descriptor(number)
        guard let tar = ChildProcess.find("tar") else { throw .setupFailed(step: "find tar", errno: ENOENT) }
        let process = try ChildProcess.spawn(
            [tar, "--create", "--format=gnu", "--sort=name", "--numeric-owner", "--directory=\(root)", "."],
            output: file)
        guard let status = await process.wait(atMost: archivingTime) else {
            process.kill()
            await process.wait()
            throw .setupFailed(step: "archive \(image)", errno: ETIMEDOUT)
        }
        guard status == .exited(0) else { throw .lost("tar ended with \(status) for \(image)") }
        return EngineArchive(body: .file(file))
    }

    /// FNV-1a: names no secret, only tells one tree from another.
    func hash() throws(SandboxError) -> UInt64 {
        var hash = 0xcbf2_9ce4_8422_2325 as UInt64
        func add(_ bytes: ArraySlice<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        switch body {
        case .bytes(let bytes): add(bytes[...])
        case .file(let file):
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            var offset = 0
            while true {
                let count = pread(file.number, &buffer, buffer.count, off_t(offset))
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw .setupFailed(step: "read archive", errno: errno) }
                if count == 0 { break }
                add(buffer[..<count])
                offset += count
            }
        }
        return hash
    }
}

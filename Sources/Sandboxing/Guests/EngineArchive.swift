import Glibc

/// A tar archive of a root, which an engine makes an image of. The same root gives the same bytes.
struct EngineArchive {
    let body: Payload

    /// How long archiving an image may take.
    private static let archivingTime = Duration.seconds(600)

    static func make(of layout: RootLayout) async throws(SandboxError) -> EngineArchive {
        let directory = layout.skeleton + "-engine"
        let made: Result<EngineArchive, SandboxError>
        do throws(SandboxError) {
            made = .success(try await archive(layout.image, below: layout.skeleton, in: directory))
        } catch { made = .failure(error) }
        try await onThread { () throws(SandboxError) in HostFile.removeTree(directory) }
        return try made.get()
    }

    /// Archives our own tree, over an image if there is one. `directory` is for what is needed meanwhile.
    private static func archive(
        _ image: String?, below skeleton: String, in directory: String
    ) async throws(SandboxError) -> EngineArchive {
        let (root, source) = (directory + "/root", image ?? skeleton)
        try HostFile.makeDirectories(root)
        try await onThread { () throws(SandboxError) in
            var copy = TreeCopy()
            if let image { try copy.copy(image, to: root) }
            // Our own tree is made anew by every service, so its times are none of the contents.
            copy.time = 0
            try copy.copy(skeleton, to: root)
            utimensat(AT_FDCWD, root, [timespec(), timespec()], 0)
        }
        let path = directory + "/archive"
        let number = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .setupFailed(step: "create \(path)", errno: errno) }
        let file = Descriptor(number)
        guard let tar = ChildProcess.find("tar") else { throw .setupFailed(step: "find tar", errno: ENOENT) }
        // Our own tree is everybody's to read, whoever made it, and with whatever mask.
        let own = image == nil ? ["--owner=0", "--group=0", "--mode=u=rwX,go=rX"] : []
        let process = try ChildProcess.spawn(
            [tar, "--create", "--format=gnu", "--sort=name", "--numeric-owner"] + own + ["--directory=\(root)", "."],
            output: file)
        guard let status = await process.wait(atMost: archivingTime) else {
            process.kill()
            await process.wait()
            throw .setupFailed(step: "archive \(source)", errno: ETIMEDOUT)
        }
        guard status == .exited(0) else { throw .lost("tar ended with \(status) for \(source)") }
        return EngineArchive(body: .file(file))
    }

    /// FNV-1a: names no secret, only tells one tree from another.
    func hash() async throws(SandboxError) -> UInt64 {
        try await onThread { () throws(SandboxError) in
            var hash = 0xcbf2_9ce4_8422_2325 as UInt64
            let isWhole = body.parts { part in
                for byte in part { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
                return true
            }
            guard isWhole else { throw .setupFailed(step: "read archive", errno: errno) }
            return hash
        }
    }
}

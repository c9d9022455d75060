import Glibc

/// What all machines boot from, made at first use: the kernel itself, the initial RAM file system, and the host's
/// programs as they are then.
actor MachineBoot {
    struct Files: Sendable {
        var kernel: String
        var archive: String
        var programs: String
    }

    private let image: MachineImage?
    private let programs: ProgramsImage
    private let place: SandboxPlace
    private var making: Task<Files, any Error>?

    init(_ image: MachineImage?, programs: ProgramsImage, at place: SandboxPlace) {
        self.image = image
        self.programs = programs
        self.place = place
    }

    func files(for site: GuestSite) async throws(SandboxError) -> Files {
        let making = making ?? Task { [self] in try await make(site) }
        self.making = making
        do {
            let files = try await making.value
            // Another service may have removed it, after it made one of newer programs.
            if access(files.programs, R_OK) == 0 { return files }
            self.making = nil
            throw SandboxError.lost("\(files.programs) was removed")
        } catch {
            self.making = nil
            throw error as? SandboxError ?? .lost("\(error)")
        }
    }

    private func make(_ site: GuestSite) async throws(SandboxError) -> Files {
        guard let image else { throw .setupFailed(step: "find a kernel", errno: ENOENT) }
        try HostFile.makeDirectories(place.path)
        let files = Files(
            kernel: place.path + "/kernel", archive: place.path + "/root.cpio", programs: try await programs.make())
        try await PackedKernel(path: image.kernel).unpack(to: files.kernel)
        try image.writeArchive(site.layout, program: site.program, to: files.archive)
        return files
    }

    func remove() async {
        _ = try? await making?.value
        making = nil
        place.remove()
    }
}

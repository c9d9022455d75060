import Core
import Glibc

/// Where one sandbox finds its root.
struct SandboxRoot: Sendable {
    let strategy: StorageStrategy
    /// The root on the host, with a mount point for everything that is mounted over it.
    let path: String
    /// What is mounted over it.
    let binds: [RootLayout.Bind]
}

/// Makes roots by every strategy, and takes them away again. Each backend has one, in its own directory.
actor RootStorage {
    private let directory: String
    private var btrfs: Task<Btrfs, any Error>?
    /// Subvolumes that snapshots are made of, by layout.
    private var origins: [String: Task<String, any Error>] = [:]

    init(directory: String) { self.directory = directory }

    /// What each strategy is on this host.
    nonisolated var reports: [StorageReport] {
        try? HostFile.makeDirectories(directory)
        return HostStorage.strategies(in: directory)
    }

    /// Makes the root of a sandbox whose directory is `place`.
    func make(
        _ strategy: StorageStrategy, of layout: RootLayout, for place: SandboxPlace
    ) async throws(SandboxError) -> SandboxRoot {
        let path = place.path + "/root"
        switch strategy {
        case .bind: return SandboxRoot(strategy: strategy, path: layout.skeleton, binds: layout.binds)
        // The engine has a copy of everything, which it shows by its own means.
        case .engine: return SandboxRoot(strategy: strategy, path: layout.skeleton, binds: layout.bindsOverCopy)
        case .overlay: try Self.mountOverlay(of: layout, at: path, in: place)
        case .copy:
            try HostFile.makeDirectories(path)
            try await Self.copy(layout, to: path)
        case .btrfs: return try await makeSnapshot(of: layout, for: place)
        }
        return SandboxRoot(strategy: strategy, path: path, binds: layout.bindsOverCopy)
    }

    /// Takes away the root that the sandbox at `place` had; its directory is removed afterwards.
    func remove(_ root: SandboxRoot, of place: SandboxPlace) async {
        switch root.strategy {
        case .bind, .engine, .copy: break
        case .overlay: MountTable.detach(below: root.path)
        case .btrfs: if let pool = try? await btrfs?.value { pool.remove(place.name) }
        }
    }

    /// Ends everything that the strategies keep between sandboxes.
    func shutdown() async {
        guard let pool = try? await btrfs?.value else { return }
        btrfs = nil
        for origin in origins.values {
            if let path = try? await origin.value { pool.remove(String(path.split(separator: "/").last!)) }
        }
        origins = [:]
        pool.close()
        storagePlace.remove()
    }

    private static func mountOverlay(
        of layout: RootLayout, at path: String, in place: SandboxPlace
    ) throws(SandboxError) {
        for name in ["root", "upper", "scratch"] { try HostFile.makeDirectories("\(place.path)/\(name)") }
        let lower = [layout.skeleton, layout.image].compactMap { $0 }.map(escaped).joined(separator: ":")
        // What is written there lives as long as the sandbox: nothing of it need reach a disk.
        let options =
            "lowerdir=\(lower),upperdir=\(place.path)/upper,workdir=\(place.path)/scratch,volatile"
        try MountTable.mount("assay", at: path, type: "overlay", options: options)
    }

    /// Options of a mount are separated by commas, and lower directories by colons.
    private static func escaped(_ path: String) -> String {
        path.map { ":,\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    private static func copy(_ layout: RootLayout, to path: String) async throws(SandboxError) {
        try await onThread { () throws(SandboxError) in
            var copy = TreeCopy()
            if let image = layout.image { try copy.copy(image, to: path) }
            // Ours comes last: its mount points and users count.
            try copy.copy(layout.skeleton, to: path)
        }
    }

    private var storagePlace: SandboxPlace { SandboxPlace.ours("storage", in: directory) }

    private func makeSnapshot(of layout: RootLayout, for place: SandboxPlace) async throws(SandboxError) -> SandboxRoot
    {
        let pool = try await openedBtrfs()
        // Whoever comes while it is being filled waits for the same one.
        let number = origins.count
        let filling =
            origins[layout.skeleton]
            ?? Task {
                let path = try pool.makeSubvolume("origin-\(number)")
                try await Self.copy(layout, to: path)
                return path
            }
        origins[layout.skeleton] = filling
        let origin: String
        do { origin = try await filling.value } catch { throw error as? SandboxError ?? .lost("\(error)") }
        let path = try pool.snapshot(origin, as: place.name)
        return SandboxRoot(strategy: .btrfs, path: path, binds: layout.bindsOverCopy)
    }

    private func openedBtrfs() async throws(SandboxError) -> Btrfs {
        let path = storagePlace.path
        let opening = btrfs ?? Task { try await Btrfs.open(in: path) }
        btrfs = opening
        do { return try await opening.value } catch {
            btrfs = nil
            throw error as? SandboxError ?? .lost("\(error)")
        }
    }
}

/// Runs what blocks on a thread of its own.
func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(SandboxError) -> Value
) async throws(SandboxError) -> Value {
    let once = Once<Result<Value, SandboxError>>()
    startThread {
        do throws(SandboxError) { once.resolve(.success(try body())) } catch { once.resolve(.failure(error)) }
    }
    return try await once.value.get()
}

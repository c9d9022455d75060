package import Core
import Synchronization

/// A file cache in the database, the same for all nodes that share it: each content once, by its digest, and for each
/// name of a client's the content that it means.
package final class StoredFileCache: FileCache {
    private let store: Store
    private let limits: FileCacheLimits
    private let useInterval: Duration
    private let state = Mutex(State())

    private struct State {
        /// Bytes kept by this node since all were last added up.
        var added = 0
        var sweptAt: ContinuousClock.Instant?
    }

    /// How often old files are looked for, at most.
    private static let sweepInterval = Duration.seconds(600)
    /// When the quota is reached, this share of it stays: so that not every new file has to make room.
    private static let shareAfterMakingRoom = 0.9
    /// Bytes are added up again when a node has kept this share of the quota: that much more each node may keep.
    private static let shareBeforeLooking = 0.05
    /// Names removed in one transaction.
    private static let batch = 100

    /// A use within `useInterval` of the last one that was noted is not noted: reading a file again and again is not
    /// writing again and again.
    package init(store: Store, limits: FileCacheLimits = FileCacheLimits(), useInterval: Duration = .seconds(60)) {
        self.store = store
        self.limits = limits
        self.useInterval = useInterval
    }

    package func keep(_ contents: [UInt8], as key: FileCacheKey) async throws(FileCacheError) {
        guard contents.count <= limits.fileBytes else { throw .tooLarge(limit: limits.fileBytes) }
        do throws(StorageError) {
            try await store.keepFile(contents, as: key)
            try await makeRoom(after: contents.count)
        } catch { throw FileCacheError(error) }
    }

    package func contents(of key: FileCacheKey) async throws(FileCacheError) -> [UInt8]? {
        do throws(StorageError) {
            guard let contents = try await store.file(key) else { return nil }
            _ = try await store.useFile(key, notedAfter: useInterval)
            return contents
        } catch { throw FileCacheError(error) }
    }

    package func contains(_ key: FileCacheKey) async -> Bool {
        (try? await store.useFile(key, notedAfter: useInterval)) ?? false
    }

    private func makeRoom(after bytes: Int) async throws(StorageError) {
        let now = ContinuousClock.now
        let (sweeps, looks) = state.withLock { state in
            state.added += bytes
            let sweeps = state.sweptAt.map { now - $0 > Self.sweepInterval } ?? true
            if sweeps { state.sweptAt = now }
            let looks = sweeps || Double(state.added) >= Double(limits.bytes) * Self.shareBeforeLooking
            if looks { state.added = 0 }
            return (sweeps, looks)
        }
        if sweeps { try await store.removeFiles(unusedFor: limits.age) }
        guard looks, try await store.fileBytes() > limits.bytes else { return }
        let goal = Int(Double(limits.bytes) * Self.shareAfterMakingRoom)
        // The newest stays, however large it is.
        while try await store.fileBytes() > goal, try await store.removeOldestFiles(Self.batch, downTo: goal) > 0 {}
    }
}

extension FileCacheError {
    fileprivate init(_ error: StorageError) { self = .unavailable("\(error)") }
}

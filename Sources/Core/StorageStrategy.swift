/// How a sandbox gets its root file system. The work directory is always a file system in memory, whose size is the
/// limit of what a program may write.
package enum StorageStrategy: String, Sendable, Hashable, Codable, CaseIterable {
    /// The image is shown read-only where it lies.
    case bind
    /// A file system of the kernel lays an empty directory of the sandbox's over the image.
    case overlay
    /// Every file is copied, by reference where the file system can.
    case copy
    /// A snapshot of btrfs.
    case btrfs
    /// Whatever the technology has of its own: an engine's driver, a machine's initial RAM file system.
    case engine
}

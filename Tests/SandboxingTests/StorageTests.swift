import Core
import Foundation
import Glibc
import Testing

@testable import Sandboxing

/// A technology with a strategy.
struct StorageCase: Sendable, CustomTestStringConvertible {
    let name: BackendName
    let make: @Sendable (GuestConfiguration) -> GuestBackend
    let strategy: StorageStrategy

    var testDescription: String { "\(name), \(strategy.rawValue)" }

    /// A configuration with the strategy and a place of its own, whatever runs beside it.
    func configuration(for purpose: String) -> GuestConfiguration {
        var configuration = GuestHost.configuration
        configuration.directory += "-\(purpose)-\(name)-\(strategy.rawValue)"
        configuration.storage = strategy
        return configuration
    }

    private static let technologies: [(BackendName, @Sendable (GuestConfiguration) -> GuestBackend)] = [
        (.bubblewrap, { .bubblewrap($0, logger: GuestHost.logger) }), (.runc, { .runc($0, logger: GuestHost.logger) }),
        (.crun, { .crun($0, logger: GuestHost.logger) }), (.lxc, { .lxc($0, logger: GuestHost.logger) }),
        (.runsc, { .runsc($0, logger: GuestHost.logger) }),
    ]

    static let all = technologies.flatMap { name, make in
        [StorageStrategy.bind, .overlay, .copy, .btrfs].map { StorageCase(name: name, make: make, strategy: $0) }
    }
}

@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged })
struct StorageTests {
    @Test(arguments: StorageCase.all) func aRootIsMadeEachWay(_ item: StorageCase) async throws {
        let place = item.configuration(for: "storage")
        let backend = item.make(place)
        let report = await backend.probe()
        guard report.availability == .available else { return #expect(!GuestHost.isRequired(item.name)) }
        let offer = try #require(report.storages.first { $0.name == item.strategy.rawValue })
        #expect(report.storage == item.strategy)
        let script =
            "cat /etc/hostname; python3 -c 'print(6 * 7)'; (: > /etc/x) 2>/dev/null || echo kept; echo y > /work/y; cat /work/y"
        // Twice: a snapshot's origin is made for the first.
        for _ in 0..<2 where offer.isAvailable {
            let outcome = try await withSandbox(of: backend, SandboxConfiguration(limits: .default)) { sandbox in
                try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: .default))
            }
            #expect(outcome.stdout.text == "sandbox\n42\nkept\ny\n", "\(outcome.stderr.text)")
        }
        await backend.shutdown()
        let points = MountTable.points(HostFile.text("/proc/self/mountinfo"))
        #expect(points.filter { $0.hasPrefix(place.directory) }.isEmpty)
        #expect(HostFile.entries("\(place.directory)/\(item.name)") == (offer.isAvailable ? ["root"] : []))
        try? FileManager.default.removeItem(atPath: place.directory)
    }

    /// What the operator shows lies in a directory that the image has, too, but not with that in it. Nothing is made in the image.
    @Test(arguments: StorageCase.all.filter { $0.strategy != .btrfs })
    func whatIsShownIsSeenInAnImage(_ item: StorageCase) async throws {
        let busybox = try BusyboxImage()
        let given = "/var/tmp/assay-given-\(UUID().uuidString)"
        defer {
            busybox.remove()
            HostFile.removeTree(given)
        }
        try HostFile.makeDirectories(busybox.directory + "/var/tmp/deep")
        try HostFile.create(busybox.directory + "/var/tmp/deep/file", Array("image\n".utf8))
        symlink("deep", busybox.directory + "/var/tmp/link")
        try HostFile.makeDirectories(given)
        try HostFile.create(given + "/file", Array("given\n".utf8))
        var place = item.configuration(for: "shown")
        place.extraBinds = [given]
        let backend = item.make(place)
        let report = await backend.probe()
        guard report.availability == .available else { return #expect(!GuestHost.isRequired(item.name)) }
        let script = "cat \(given)/file /var/tmp/link/file /opt/f; touch \(given)/new /var/tmp/new || echo kept"
        let configuration = SandboxConfiguration(limits: .default, image: busybox.image)
        let outcome = try await withSandbox(of: backend, configuration) { sandbox in
            try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: .default))
        }
        await backend.shutdown()
        #expect(outcome.stdout.text == "given\nimage\n1\nkept\n", "\(outcome.stderr.text)")
        #expect(HostFile.entries(busybox.directory + "/var/tmp") == ["deep", "link"])
        #expect(HostFile.entries(given) == ["file"])
        try? FileManager.default.removeItem(atPath: place.directory)
    }

    @Test func everyStrategyIsOfferedWhereItsToolsAre() async throws {
        let offers = try await GuestHost.bubblewrap.report.storages
        #expect(offers.map(\.name) == ["bind", "overlay", "copy", "btrfs"])
        #expect(offers.first { $0.name == "copy" }?.detail.isEmpty == false)
        for offer in offers + HostStorage.drivers() {
            if case .unavailable(let reason, let remedy) = offer.availability {
                #expect(!reason.isEmpty && !remedy.isEmpty, "\(offer.name)")
            }
        }
        #expect(HostStorage.drivers().map(\.name) == ["zfs", "devicemapper", "lvm", "aufs"])
    }

    @Test func aStrategyThatIsNotOfferedIsRefused() async throws {
        #expect(await NativeHost.backend.probe().storages.map(\.name) == ["bind"])
        await #expect(throws: SandboxError.cannotEnforce("storage overlay")) {
            try await NativeHost.backend.makeSandbox(SandboxConfiguration(limits: .default, storage: .overlay))
        }
        await #expect(throws: SandboxError.cannotEnforce("storage engine")) {
            try await GuestHost.runc.backend.makeSandbox(SandboxConfiguration(limits: .default, storage: .engine))
        }
    }
}

struct TreeCopyTests {
    @Test func aTreeIsCopiedAsItIs() throws {
        let directory = "\(NSTemporaryDirectory())assay-tree-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (source, target) = (directory + "/a", directory + "/b")
        for path in [source + "/deep/er", target] { try HostFile.makeDirectories(path) }
        try HostFile.create(source + "/deep/er/file", Array(repeating: 7, count: 300_000), mode: 0o640)
        try HostFile.create(source + "/program", [1, 2], mode: 0o755)
        let old = timespec(tv_sec: 1_000_000_000, tv_nsec: 5)
        for path in ["/program", "/deep"] { utimensat(AT_FDCWD, source + path, [old, old], 0) }
        symlink("/nowhere", source + "/link")
        utimensat(AT_FDCWD, source + "/link", [old, old], AT_SYMLINK_NOFOLLOW)
        mkfifo(source + "/pipe", 0o600)
        try HostFile.create(target + "/program", [9], mode: 0o600)
        var copy = TreeCopy()
        try copy.copy(source, to: target)
        #expect(copy.cloned + copy.copied == 2)
        #expect(HostFile.entries(target) == ["deep", "link", "program"])
        #expect(HostFile.linkTarget(target + "/link") == "/nowhere")
        #expect(FileManager.default.contents(atPath: target + "/program") == Data([1, 2]))
        #expect(FileManager.default.contents(atPath: target + "/deep/er/file")?.count == 300_000)
        var status = stat()
        #expect(stat(target + "/program", &status) == 0 && status.st_mode & 0o777 == 0o755)
        #expect(status.st_mtim.tv_sec == old.tv_sec && status.st_mtim.tv_nsec == old.tv_nsec)
        #expect(stat(target + "/deep", &status) == 0 && status.st_mtim.tv_sec == old.tv_sec)
        #expect(lstat(target + "/link", &status) == 0 && status.st_mtim.tv_sec == old.tv_sec)
        #expect(stat(target + "/deep/er/file", &status) == 0 && status.st_mode & 0o777 == 0o640)
    }

    @Test(.enabled("btrfs needs root and its tools") { TreeCopyTests.canMakeBtrfs })
    func filesAreClonedWhereTheFileSystemCan() async throws {
        let directory = "\(NSTemporaryDirectory())assay-clone-\(UUID().uuidString)"
        try HostFile.makeDirectories(directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let pool = try await Btrfs.open(in: directory)
        defer { pool.close() }
        #expect(TreeCopy.clones(in: pool.directory))
        for name in ["a", "b"] { try HostFile.makeDirectories("\(pool.directory)/\(name)") }
        try HostFile.create(pool.directory + "/a/file", Array(repeating: 7, count: 300_000))
        var copy = TreeCopy()
        try copy.copy(pool.directory + "/a", to: pool.directory + "/b")
        #expect(copy.cloned == 1 && copy.copied == 0)
    }

    private static var canMakeBtrfs: Bool {
        NativeHost.isPrivileged && Btrfs.problem(in: NSTemporaryDirectory()) == .available
    }
}

struct MountTableTests {
    @Test func namesAreReadAsTheyAre() {
        let text = """
            36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw
            37 35 0:9 / /with\\040space\\134and rw - tmpfs none rw
            broken
            """
        #expect(MountTable.points(text) == ["/mnt2", "/with space\\and"])
    }
}

import Core
import Glibc

/// What this host can keep root file systems with, and why not what it cannot.
package enum HostStorage {
    /// The strategies of sandboxes that lie in `directory`.
    static func strategies(in directory: String) -> [StorageReport] {
        [
            StorageReport(.bind),
            StorageReport(.overlay, overlay()),
            StorageReport(.copy, detail: TreeCopy.clones(in: directory) ? "reflink" : "plain copy"),
            StorageReport(.btrfs, Btrfs.problem(in: directory)),
        ]
    }

    private static func overlay() -> BackendReport.Availability {
        HostFile.text("/proc/filesystems").contains("\toverlay\n")
            ? .available : .unavailable(reason: "the kernel has no overlay", remedy: "modprobe overlay")
    }

    /// Drivers that engines know and we have no use for: whether an engine on this host could take them.
    package static func drivers() -> [StorageReport] {
        [
            StorageReport("zfs", zfs()), StorageReport("devicemapper", deviceMapper()), StorageReport("lvm", lvm()),
            StorageReport("aufs", aufs()),
        ]
    }

    private static func zfs() -> BackendReport.Availability {
        guard access("/dev/zfs", F_OK) == 0 else {
            return .unavailable(
                reason: "the kernel has no zfs: /dev/zfs is missing",
                remedy: "apt-get install zfs-dkms zfsutils-linux (Debian's contrib section), and modprobe zfs")
        }
        guard ChildProcess.find("zfs") != nil else {
            return .unavailable(reason: "the program zfs is missing", remedy: "apt-get install zfsutils-linux")
        }
        return .available
    }

    private static func deviceMapper() -> BackendReport.Availability {
        HostFile.text("/proc/misc").contains("device-mapper")
            ? .available
            : .unavailable(
                reason: "the kernel has no device mapper",
                remedy: "modprobe dm_mod; Docker 25 and later know this driver no more")
    }

    private static func lvm() -> BackendReport.Availability {
        if case .unavailable(let reason, _) = deviceMapper() {
            return .unavailable(reason: reason, remedy: "modprobe dm_mod, and apt-get install lvm2")
        }
        return ChildProcess.find("lvm") != nil
            ? .available : .unavailable(reason: "the program lvm is missing", remedy: "apt-get install lvm2")
    }

    private static func aufs() -> BackendReport.Availability {
        HostFile.text("/proc/filesystems").contains("\taufs\n")
            ? .available
            : .unavailable(
                reason: "the kernel has no aufs, which Linux never took in", remedy: "use overlay, which succeeded it")
    }
}

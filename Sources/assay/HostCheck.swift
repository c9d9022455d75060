import Core
import Foundation
import Glibc

/// One line of `assay doctor`: a fact of this host, and how to mend it.
struct HostCheck: Sendable {
    enum Result: String, Sendable {
        case good = "ok"
        /// Works, but measurements or comfort suffer.
        case warning = "warning"
        /// Programs cannot be graded, or a limit cannot be enforced.
        case failure = "FAILED"
    }

    let subject: String
    let result: Result
    let detail: String
    /// What to do about it; empty when nothing needs doing.
    let remedy: String

    init(_ subject: String, _ result: Result, _ detail: String, remedy: String = "") {
        self.subject = subject
        self.result = result
        self.detail = detail
        self.remedy = result == .good ? "" : remedy
    }

    /// The checks that need no backend: kernel, descriptors, and what spoils measurements.
    static func host() -> [HostCheck] {
        [
            kernel(), privilege(), openFiles(), swap(), simultaneousThreads(), governor(), hugePages(),
            addressRandomness(),
        ]
    }

    /// The oldest kernel with every call that sandboxes use (mount_setattr came with 5.12).
    private static let oldestKernel = (major: 5, minor: 12)

    private static func kernel() -> HostCheck {
        let release = read("/proc/sys/kernel/osrelease") ?? "unknown"
        let numbers = release.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
        let isNewEnough =
            numbers.count == 2 && (numbers[0], numbers[1]) >= (oldestKernel.major, oldestKernel.minor)
        return HostCheck(
            "kernel", isNewEnough ? .good : .failure, "Linux \(release)",
            remedy: "Boot Linux \(oldestKernel.major).\(oldestKernel.minor) or later.")
    }

    private static func privilege() -> HostCheck {
        HostCheck(
            "privilege", geteuid() == 0 ? .good : .warning,
            geteuid() == 0 ? "root" : "user \(geteuid()): sandboxes are made in its user namespaces",
            remedy:
                "Run as root (sudo; assay serve --user gives it up), or set launcher-socket to a launcher that does.")
    }

    /// Descriptors for a thousand waiting clients and a full pool.
    private static let enoughOpenFiles = 4096

    private static func openFiles() -> HostCheck {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return HostCheck(
            "open files", limit.rlim_max >= enoughOpenFiles ? .good : .warning, "at most \(limit.rlim_max)",
            remedy: "Raise it: LimitNOFILE= of the unit, or ulimit -Hn \(enoughOpenFiles * 4).")
    }

    private static func swap() -> HostCheck {
        let lines = read("/proc/swaps")?.split(separator: "\n").count ?? 1
        return HostCheck(
            "swap", lines <= 1 ? .good : .warning, lines <= 1 ? "off" : "on",
            remedy: "Swapping makes times unreliable: swapoff -a.")
    }

    private static func simultaneousThreads() -> HostCheck {
        let isActive = read("/sys/devices/system/cpu/smt/active") == "1"
        return HostCheck(
            "hyper-threading", isActive ? .warning : .good, isActive ? "on" : "off or not there",
            remedy: "Two slots on one core slow each other: echo off > /sys/devices/system/cpu/smt/control.")
    }

    private static func governor() -> HostCheck {
        guard let governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") else {
            return HostCheck("CPU frequency", .good, "not controlled by this kernel")
        }
        return HostCheck(
            "CPU frequency", governor == "performance" ? .good : .warning, "governor \(governor)",
            remedy: "Times vary with the clock: cpupower frequency-set -g performance.")
    }

    private static func hugePages() -> HostCheck {
        let setting = read("/sys/kernel/mm/transparent_hugepage/enabled") ?? "not there"
        let isAlways = setting.contains("[always]")
        return HostCheck(
            "huge pages", isAlways ? .warning : .good, setting,
            remedy: "Memory use varies: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled.")
    }

    private static func addressRandomness() -> HostCheck {
        let value = read("/proc/sys/kernel/randomize_va_space") ?? "?"
        return HostCheck(
            "address randomness", .good,
            value == "0" ? "off: times vary least" : "on: safer; times vary a little")
    }

    /// The first line of a file of the kernel's.
    private static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map {
            String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

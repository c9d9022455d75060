import Foundation

/// The time since this machine was started, sleep included: the same for all its processes, and nobody sets it.
enum BootClock {
    static var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

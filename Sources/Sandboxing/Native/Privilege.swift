import Glibc

/// Gives up root for good.
package enum Privilege {
    /// Becomes the user and group for every thread of this process, without any other group.
    package static func drop(userID: UInt32, groupID: UInt32) throws(SandboxError) {
        guard setgroups(0, nil) == 0 else { throw .setupFailed(step: "setgroups", errno: errno) }
        guard setgid(groupID) == 0 else { throw .setupFailed(step: "setgid", errno: errno) }
        guard setuid(userID) == 0 else { throw .setupFailed(step: "setuid", errno: errno) }
        // It must not be possible to come back.
        guard userID == 0 || setuid(0) != 0 else { throw .setupFailed(step: "give up root", errno: EPERM) }
    }
}

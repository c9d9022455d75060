import Foundation
import Testing

@testable import Sandboxing

@Suite(.enabled("control groups are root's") { NativeHost.isPrivileged })
struct ControlGroupTests {
    /// A runtime that is killed while it makes a sandbox leaves cgroups in hierarchies that are not ours.
    @Test func aRuntimesGroupsGoWithOurs() async throws {
        let parent = "assay-left-\(getpid())"
        let groups = try #require(ControlGroups(parent: parent))
        let group = try groups.make("runsc-1-1-1", cpus: [])
        let roots = HostFile.entries("/sys/fs/cgroup").map { "/sys/fs/cgroup/" + $0 }
        let others = roots.filter { groups.version == 1 && access($0 + "/cgroup.procs", F_OK) == 0 }
        for root in others { try HostFile.makeDirectories("\(root)/\(parent)/runsc-1-1-1/inner") }
        for directory in group.directories.values {
            rmdir(directory + "/inner")
            #expect(rmdir(directory) == 0)
        }
        #expect(groups.names() == (others.isEmpty ? [] : ["runsc-1-1-1"]))
        await groups.group("runsc-1-1-1").remove()
        #expect(groups.names().isEmpty)
        groups.removeParentIfEmpty()
        for root in roots + ["/sys/fs/cgroup"] { #expect(!HostFile.isDirectory("\(root)/\(parent)"), "\(root)") }
    }
}

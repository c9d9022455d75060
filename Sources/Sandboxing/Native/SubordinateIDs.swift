import Glibc

/// User and group ids of the host that belong to an ordinary user, so that sandboxes of his can have some of their own.
struct SubordinateIDs: Sendable, Hashable {
    let firstUser: UInt32
    let firstGroup: UInt32

    /// Those of the user that this process is: `count` of either kind, which `newuidmap` and `newgidmap` hand out. `nil`
    /// where the host has none for him.
    static func own(count: Int) -> SubordinateIDs? {
        guard mappers.allSatisfy({ access($0, X_OK) == 0 }) else { return nil }
        let user = geteuid()
        let names = ["\(user)"] + (getpwuid(user).map { [String(cString: $0.pointee.pw_name)] } ?? [])
        guard let firstUser = first(of: names, count, in: HostFile.text("/etc/subuid")),
            let firstGroup = first(of: names, count, in: HostFile.text("/etc/subgid"))
        else { return nil }
        return SubordinateIDs(firstUser: firstUser, firstGroup: firstGroup)
    }

    /// The ids of another part of the range.
    func advanced(by count: UInt32) -> SubordinateIDs {
        SubordinateIDs(firstUser: firstUser + count, firstGroup: firstGroup + count)
    }

    /// Of lines such as `name:100000:65536` the first that has one of these names and enough ids.
    static func first(of names: [String], _ count: Int, in text: String) -> UInt32? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, names.contains(String(fields[0])), let first = UInt32(fields[1]),
                let size = Int(fields[2]), first > 0, size >= count, Int(first) + size <= Int(Int32.max)
            else { continue }
            return first
        }
        return nil
    }

    private static let mappers = ["/usr/bin/newuidmap", "/usr/bin/newgidmap"]
}

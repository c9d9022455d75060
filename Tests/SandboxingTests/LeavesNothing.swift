import Sandboxing
import Testing

/// Compares what there is on the host before and after each test of a suite that uses one backend.
struct LeavesNothing: SuiteTrait, TestTrait, TestScoping {
    let backend: NativeBackend

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        // What the tests themselves keep from then on is made by the first.
        if await Self.begun.insert(backend.configuration.cgroup) { try await function() }
        let before = try await settled()
        try await function()
        var after = try await trace()
        // Sandboxes are removed after their answer, and the pool is filled again.
        for _ in 0..<1000 where !after.leftSince(before).isEmpty {
            try await Task.sleep(for: .milliseconds(20))
            after = try await trace()
        }
        #expect(after.leftSince(before).isEmpty, "\(after.leftSince(before)): before \(before); after \(after)")
    }

    private func trace() async throws -> HostTrace {
        let configuration = backend.configuration
        return HostTrace(
            launcher: try await backend.launcherProcessID(), cgroup: configuration.cgroup,
            users: configuration.userIDBase..<configuration.userIDBase + 4096)
    }

    private static let begun = BegunSuites()

    /// With the pool full and nothing being removed any more.
    private func settled() async throws -> HostTrace {
        try await backend.warmUp()
        var last = try await trace()
        for _ in 0..<500 {
            try await Task.sleep(for: .milliseconds(20))
            let trace = try await trace()
            if trace == last, trace.cgroups.count == backend.configuration.poolSize { return trace }
            last = trace
        }
        return last
    }
}

private actor BegunSuites {
    private var cgroups: Set<String> = []

    /// Whether it is the first of its backend.
    func insert(_ cgroup: String) -> Bool { cgroups.insert(cgroup).inserted }
}

extension Trait where Self == LeavesNothing {
    static func leavingNothing(in backend: NativeBackend) -> LeavesNothing { LeavesNothing(backend: backend) }
}

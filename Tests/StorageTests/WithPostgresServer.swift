import Foundation
import PostgresFixture
import Testing

/// Starts a server for a suite and stops it afterwards.
struct WithPostgresServer: SuiteTrait, TestScoping {
    let isRecursive = false

    @TaskLocal static var current: PostgresServer?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            // Nothing here needs to survive a power cut.
            let server = try PostgresServer(in: directory, settings: ["fsync = off"])
            try await Self.$current.withValue(server) { try await function() }
            try server.stop()
        }
    }
}

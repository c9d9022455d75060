import Core
import Foundation
import PostgresFixture
import Testing

@testable import Storage

@Suite(
    .serialized, .enabled("PostgreSQL is not installed") { PostgresServer.isInstalled }, WithPostgresServer())
struct PostgresStoreTests {
    private var server: PostgresServer {
        get throws { try #require(WithPostgresServer.current) }
    }

    @Test(arguments: Promise.all) func keeps(_ promise: Promise) async throws {
        let url = try server.makeDatabase()
        let clock = StoreClock()
        let store = try await Store.postgres(url, connections: 3, clock: clock)
        let fixture = Fixture(store: store, clock: clock) {
            try await Store.postgres(url, connections: 3, clock: clock)
        }
        try await promise.check(fixture)
        await store.close()
    }
}

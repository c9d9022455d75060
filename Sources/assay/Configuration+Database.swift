import Foundation
import Storage

extension Configuration {
    /// A PostgreSQL URL or the path of an SQLite file.
    var databaseLocation: String { database.isEmpty ? data + "/assay.sqlite" : database }

    /// Opens the database, making an SQLite file's directory where there is none.
    func openStore() async throws -> Store {
        if !isDatabaseShared {
            try FileManager.default.createDirectory(
                atPath: databaseDirectory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        return try await Store.open(databaseLocation)
    }

    /// Whether several nodes may use the database at the same time.
    var isDatabaseShared: Bool { Store.isShared(databaseLocation) }

    /// Where the SQLite file lies.
    var databaseDirectory: String { (databaseLocation as NSString).deletingLastPathComponent }

    /// The database without the password that may stand in its URL.
    var databaseWithoutPassword: String {
        guard isDatabaseShared else { return database }
        return
            database
            .replacing(#/(?<head>://[^:/?#@]*:)[^@/]*(?=@)/#) { "\($0.output.head)***" }
            .replacing(#/(?<head>[?&](ssl)?password=)[^&]*/#) { "\($0.output.head)***" }
    }
}

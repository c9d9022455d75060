package import Core

/// Something that is done in a sandbox and timed: the experiments of the thesis.
package struct Experiment: Sendable, Hashable {
    package let name: String
    /// Arguments of `assay-experiments`; without any it is `assay-hello` that runs.
    package let arguments: [String]
    package var network = NetworkMode.none
    /// What it reads must lie in the image.
    package var data: Data?
    /// Whether its program prints a time that it measured itself.
    package var hasResponse = false

    /// The name without its size: experiments of one kind differ in nothing else.
    var kind: Substring { name[..<(name.lastIndex(of: "-") ?? name.endIndex)] }

    /// A part of `ExperimentData`.
    package enum Data: Sendable, Hashable {
        case files(Int)
        case database(DatabaseSize)
    }

    /// The thesis' sizes of databases, in bytes.
    package enum DatabaseSize: Int, Sendable, Hashable, CaseIterable {
        case xs = 150_000
        case sm = 780_000
        case md = 4_100_000
        case lg = 21_500_000
        case xl = 110_000_000

        package var name: String { "\(self)" }
    }

    /// Files of 4,096 bytes.
    package static let fileCounts = [10, 100, 1000, 10_000, 100_000]
    package static let pings = 100

    package static let hello = Experiment(name: "hello", arguments: [])
    package static let http = Experiment(
        name: "http", arguments: ["serve"], network: .loopback, hasResponse: true)
    package static let ping = Experiment(
        name: "ping", arguments: ["ping", "\(pings)"], network: .loopback, hasResponse: true)

    package static func filesWrite(_ count: Int) -> Experiment {
        Experiment(name: "files-write-\(count)", arguments: ["write-files", "files", "\(count)"])
    }

    package static func filesRead(_ count: Int, in data: String) -> Experiment {
        Experiment(
            name: "files-read-\(count)", arguments: ["read-files", data + "/files", "\(count)"], data: .files(count))
    }

    package static func databaseWrite(_ size: DatabaseSize) -> Experiment {
        Experiment(name: "db-write-\(size.name)", arguments: ["write-database", "test.db", "\(size.rawValue)"])
    }

    package static func databaseRead(_ size: DatabaseSize, in data: String) -> Experiment {
        Experiment(
            name: "db-read-\(size.name)", arguments: ["read-database", "\(data)/\(size.name).db"], data: .database(size)
        )
    }

    /// Every experiment; `data` is the directory of `ExperimentData`.
    package static func all(data: String) -> [Experiment] {
        [hello] + fileCounts.map(filesWrite) + fileCounts.map { filesRead($0, in: data) }
            + DatabaseSize.allCases.map(databaseWrite) + DatabaseSize.allCases.map { databaseRead($0, in: data) }
            + [http, ping]
    }

    /// Those of `--quick`.
    package static func quick(data: String) -> [Experiment] {
        [
            hello, filesWrite(10), filesWrite(100), filesRead(10, in: data), filesRead(100, in: data),
            databaseWrite(.xs), databaseRead(.xs, in: data), http, ping,
        ]
    }

    /// One CPU and 1 GB, as in the thesis; time and space for the largest experiment.
    package static let limits = Limits(
        cpuTime: .seconds(240), wallTime: .seconds(300), memory: 1 << 30, fileSize: 256 << 20, workSize: 768 << 20,
        workFiles: 150_000)
}

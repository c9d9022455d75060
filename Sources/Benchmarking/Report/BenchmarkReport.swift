package import Foundation

/// What a benchmark found: the file that `assay bench` writes and the web page reads. `Benchmarks/assay-bench-1.json` is
/// its schema. Times are milliseconds.
package struct BenchmarkReport: Sendable, Codable {
    package static let schemaName = "assay-bench-1"

    package var schema = BenchmarkReport.schemaName
    package var kind: Kind
    /// When it was finished, in the form of RFC 3339.
    package var created: String
    package var machine: MachineFacts
    package var settings: Settings
    package var backends: [Backend] = []
    /// What the harness itself takes for a run in which nothing happens.
    package var overhead: Figures?
    package var experiments: [Entry] = []
    package var skipped: [Skipped] = []
    package var concurrency: [Concurrency] = []
    package var idleMemory: [IdleMemory] = []
    package var density: [Density] = []
    package var rates: [Rate] = []
    package var targets: [Target] = []

    package init(kind: Kind, machine: MachineFacts, settings: Settings) {
        self.kind = kind
        self.machine = machine
        self.settings = settings
        created = Self.now()
    }

    package enum Kind: String, Sendable, Codable {
        case backends, native
    }

    package struct Settings: Sendable, Hashable, Codable {
        /// Runs of each experiment in each configuration, after the warm-up.
        package var runs: Int
        package var warmUps: Int
        package var seed: UInt64
        package var cpusPerSandbox = 1
        package var memoryPerSandbox: Int
        /// Seconds after which an experiment in one configuration is not run again, five times that for hello; `nil` is
        /// never.
        package var secondsPerCell: Double?

        package init(runs: Int, warmUps: Int, seed: UInt64, memoryPerSandbox: Int, secondsPerCell: Double? = nil) {
            self.runs = runs
            self.warmUps = warmUps
            self.seed = seed
            self.memoryPerSandbox = memoryPerSandbox
            self.secondsPerCell = secondsPerCell
        }
    }

    /// A configuration: backend × image × storage.
    package struct Configuration: Sendable, Hashable, Codable {
        package var backend: String
        package var image: String
        package var storage: String

        package init(backend: String, image: String, storage: String) {
            self.backend = backend
            self.image = image
            self.storage = storage
        }

        package var label: String { [backend, image, storage].filter { !$0.isEmpty }.joined(separator: " · ") }
    }

    package struct Backend: Sendable, Hashable, Codable {
        package var name: String
        package var version: String
        package var isolation: String
        /// Whether it limits CPU time, memory and processes here.
        package var enforcesLimits: Bool
        package var status: String

        package init(name: String, version: String, isolation: String, enforcesLimits: Bool, status: String) {
            self.name = name
            self.version = version
            self.isolation = isolation
            self.enforcesLimits = enforcesLimits
            self.status = status
        }
    }

    package struct Figures: Sendable, Hashable, Codable {
        package var samples: [Double]
        package var summary: Summary?

        package init(_ samples: [Double]) {
            self.samples = samples.map(rounded)
            summary = Summary(samples)
        }
    }

    /// One experiment in one configuration. Each list of `stages` has one value a run, in the order of the runs.
    package struct Entry: Sendable, Hashable, Codable {
        package var experiment: String
        package var backend: String
        package var image: String
        package var storage: String
        package var stages: [String: [Double]]
        /// Of the whole life cycle: create, launch, execute, stop and clean.
        package var total: Summary?
        /// Runs that did not end as they should, with the reason of the last one.
        package var failures: Int
        package var failure: String?

        package var configuration: Configuration { Configuration(backend: backend, image: image, storage: storage) }
    }

    package struct Skipped: Sendable, Hashable, Codable {
        package var experiment: String
        package var backend: String
        package var image: String
        package var storage: String
        package var reason: String
    }

    package struct Concurrency: Sendable, Hashable, Codable {
        package var backend: String
        package var image: String
        package var storage: String
        /// Runs that are under way at the same time.
        package var parallel: Int
        package var runsPerSecond: Double
        /// From the request for a sandbox to the answer, each run.
        package var wall: Figures
        package var failures: Int
    }

    package struct IdleMemory: Sendable, Hashable, Codable {
        package var backend: String
        package var image: String
        package var storage: String
        /// Sandboxes that waited at the same time.
        package var sandboxes: Int
        /// What the machine had less of, divided by their number.
        package var bytesEach: [Int]
    }

    package struct Density: Sendable, Hashable, Codable {
        package var backend: String
        package var image: String
        package var storage: String
        /// Sandboxes that were there at the same time.
        package var reached: Int
        /// Why there was not one more.
        package var stoppedBy: String
    }

    package struct Rate: Sendable, Hashable, Codable {
        package var name: String
        package var perSecond: Double
        /// The least that is aimed at.
        package var target: Double?

        package init(name: String, perSecond: Double, target: Double?) {
            self.name = name
            self.perSecond = rounded(perSecond)
            self.target = target
        }
    }

    /// Something that was aimed at, and what came of it.
    package struct Target: Sendable, Hashable, Codable {
        package var name: String
        package var goal: String
        package var found: String
        package var isMet: Bool

        package init(name: String, goal: String, found: String, isMet: Bool) {
            self.name = name
            self.goal = goal
            self.found = found
            self.isMet = isMet
        }
    }

    private static func now() -> String { ISO8601DateFormatter().string(from: Date()) }
}

extension BenchmarkReport {
    package init(json: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(BenchmarkReport.self, from: json)
    }

    package var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }
}

/// To a tenth of a microsecond, where it is milliseconds: more digits are noise.
package func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

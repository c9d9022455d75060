package import Core

/// What a backend says of itself on this host.
package struct BackendReport: Sendable, Hashable, Codable {
    package var name: BackendName
    package var version: String
    package var availability: Availability
    package var isolation: Isolation
    package var capabilities: Capabilities
    /// How sandboxes can get their roots, and which way counts where nothing is asked for.
    package var storages: [StorageReport] = []
    package var storage = StorageStrategy.bind
    /// Limits that cannot be enforced here.
    package var unenforced: [Unenforced] = []
    /// What operators should know about how sandboxes are made here.
    package var notes: [String] = []

    package init(
        name: BackendName, version: String, availability: Availability, isolation: Isolation,
        capabilities: Capabilities
    ) {
        self.name = name
        self.version = version
        self.availability = availability
        self.isolation = isolation
        self.capabilities = capabilities
    }

    package enum Availability: Sendable, Hashable, Codable {
        case available
        case unavailable(reason: String, remedy: String)
    }

    /// A limit that cannot be enforced.
    package struct Unenforced: Sendable, Hashable, Codable {
        package var limit: UnenforcedLimit
        /// Whether the operator lets programs run all the same; otherwise they are refused.
        package var isAccepted: Bool
        package var reason: String
        package var remedy: String

        package init(limit: UnenforcedLimit, isAccepted: Bool, reason: String, remedy: String) {
            self.limit = limit
            self.isAccepted = isAccepted
            self.reason = reason
            self.remedy = remedy
        }
    }

    /// What stands between a program and the host.
    package enum Isolation: String, Sendable, Hashable, Codable {
        case container, userSpaceKernel = "user-space-kernel", virtualMachine = "virtual-machine"
    }

    /// Sandboxes kept ready, and what that costs while nothing runs.
    package struct Pool: Sendable, Hashable, Codable {
        package var ready = 0
        /// How many are to be ready now: more under load, down to `minimum` without.
        package var target = 0
        package var minimum = 0
        package var maximum = 0
        /// Bytes that they use.
        package var idleMemory = 0
        /// How many more are ready in which a prepared runtime waits.
        package var warm = 0
        /// Why a runtime could not be prepared.
        package var warmProblem: String?

        package init(
            ready: Int = 0, target: Int = 0, minimum: Int = 0, maximum: Int = 0, idleMemory: Int = 0, warm: Int = 0,
            warmProblem: String? = nil
        ) {
            self.ready = ready
            self.target = target
            self.minimum = minimum
            self.maximum = maximum
            self.idleMemory = idleMemory
            self.warm = warm
            self.warmProblem = warmProblem
        }

        package static func += (total: inout Pool, other: Pool) {
            total.ready += other.ready
            total.target += other.target
            total.minimum += other.minimum
            total.maximum += other.maximum
            total.idleMemory += other.idleMemory
            total.warm += other.warm
            total.warmProblem = total.warmProblem ?? other.warmProblem
        }
    }

    /// The limits that it enforces here.
    package struct Capabilities: Sendable, Hashable, Codable {
        package var cpuTime: Bool
        package var memory: Bool
        package var processes: Bool
        package var output: Bool
        package var disk: Bool
        package var cpuPinning: Bool
        /// Names of network modes.
        package var networkModes: [String]
        package var isRootless: Bool
        /// Whether runs take `Connections`: interactive problems and graders need them.
        package var connections: Bool
        /// Whether sandboxes can have another root than the host's.
        package var images: Bool
        /// Whether sandboxes can show what a task's set-up script made of the host's programs.
        package var layers: Bool

        package init(
            cpuTime: Bool, memory: Bool, processes: Bool, output: Bool, disk: Bool, cpuPinning: Bool,
            networkModes: [String], isRootless: Bool, connections: Bool = false, images: Bool = false,
            layers: Bool = false
        ) {
            self.cpuTime = cpuTime
            self.memory = memory
            self.processes = processes
            self.output = output
            self.disk = disk
            self.cpuPinning = cpuPinning
            self.networkModes = networkModes
            self.isRootless = isRootless
            self.connections = connections
            self.images = images
            self.layers = layers
        }
    }
}

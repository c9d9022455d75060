import Core

/// Limits as v1 writes them: seconds and bytes, with the unit in the name.
struct LimitsWire: Sendable, Hashable, Codable {
    var request: LimitsRequest

    enum CodingKeys: String, CodingKey, CaseIterable {
        case cpuTime = "cpu_seconds"
        case wallTime = "wall_seconds"
        case memory = "memory_bytes"
        case addressSpace = "address_space_bytes"
        case stack = "stack_bytes"
        case processes
        case openFiles = "open_files"
        case fileSize = "file_bytes"
        case workSize = "work_bytes"
        case workFiles = "work_files"
        case output = "output_bytes"
        case cpus

        init(_ name: LimitName) {
            self =
                switch name {
                case .cpuTime: .cpuTime
                case .wallTime: .wallTime
                case .memory: .memory
                case .addressSpace: .addressSpace
                case .stack: .stack
                case .processes: .processes
                case .openFiles: .openFiles
                case .fileSize: .fileSize
                case .workSize: .workSize
                case .workFiles: .workFiles
                case .output: .output
                case .cpus: .cpus
                }
        }
    }

    /// Longest time that is read at all, in seconds; far above every ceiling, far below what overflows.
    static let longestTime = 1e9

    init(_ limits: Limits) {
        request = LimitsRequest()
        request.cpuTime = limits.cpuTime
        request.wallTime = limits.wallTime
        request.memory = limits.memory
        request.addressSpace = limits.addressSpace
        request.stack = limits.stack
        request.processes = limits.processes
        request.openFiles = limits.openFiles
        request.fileSize = limits.fileSize
        request.workSize = limits.workSize
        request.workFiles = limits.workFiles
        request.output = limits.output
        request.cpus = limits.cpus
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        func time(_ key: CodingKeys) throws -> Duration? {
            guard let seconds: Double = try container.optional(key) else { return nil }
            guard abs(seconds) <= Self.longestTime else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "is out of bounds")
            }
            return .seconds(seconds)
        }
        request = LimitsRequest()
        request.cpuTime = try time(.cpuTime)
        request.wallTime = try time(.wallTime)
        request.memory = try container.optional(.memory)
        request.addressSpace = try container.optional(.addressSpace)
        request.stack = try container.optional(.stack)
        request.processes = try container.optional(.processes)
        request.openFiles = try container.optional(.openFiles)
        request.fileSize = try container.optional(.fileSize)
        request.workSize = try container.optional(.workSize)
        request.workFiles = try container.optional(.workFiles)
        request.output = try container.optional(.output)
        request.cpus = try container.optional(.cpus)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(request.cpuTime?.inSeconds, forKey: .cpuTime)
        try container.encodeIfPresent(request.wallTime?.inSeconds, forKey: .wallTime)
        try container.encodeIfPresent(request.memory, forKey: .memory)
        try container.encodeIfPresent(request.addressSpace, forKey: .addressSpace)
        try container.encodeIfPresent(request.stack, forKey: .stack)
        try container.encodeIfPresent(request.processes, forKey: .processes)
        try container.encodeIfPresent(request.openFiles, forKey: .openFiles)
        try container.encodeIfPresent(request.fileSize, forKey: .fileSize)
        try container.encodeIfPresent(request.workSize, forKey: .workSize)
        try container.encodeIfPresent(request.workFiles, forKey: .workFiles)
        try container.encodeIfPresent(request.output, forKey: .output)
        try container.encodeIfPresent(request.cpus, forKey: .cpus)
    }
}

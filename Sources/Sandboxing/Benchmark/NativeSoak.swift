package import Core
import Glibc

/// Runs many programs one after another and looks whether anything grows: memory, descriptors, latency.
package struct NativeSoak: Sendable {
    /// What was in use after a part of the runs.
    package struct Sample: Sendable {
        package var runs: Int
        package var serviceDescriptors: Int
        package var launcherDescriptors: Int
        /// Resident memory in bytes.
        package var serviceMemory: Int
        package var launcherMemory: Int
        package var median: Duration
    }

    /// Part of the first sample that a later one may be above it, beyond which it counts as growth. Latency moves with
    /// the load of the machine, so its bound is wide.
    package static let memoryTolerance = 0.25
    package static let latencyTolerance = 1.0

    /// What runs every time.
    package struct Program: Sendable {
        package var files: FileBundle
        package var arguments: [String]
        package var environment = Command.defaultEnvironment
        /// The runtime that may wait for it.
        package var warm: WarmStart?

        /// A program that a prepared runtime becomes.
        package init(files: [SourceFile], warm: WarmStart) {
            self.files = FileBundle(files)
            (arguments, environment, self.warm) = (warm.arguments, warm.environment, warm)
        }

        fileprivate init(_ programs: NativeBenchmark.Programs) {
            (files, arguments) = (programs.staticBundle, ["./static"])
        }
    }

    private let backend: NativeBackend
    private let program: Program?
    private let clock = SuspendingClock()

    /// `program` is a static one that does nothing where none is given.
    package init(_ backend: NativeBackend, program: Program? = nil) {
        self.backend = backend
        self.program = program
    }

    /// Makes `runs` runs, `width` of them at the same time, and samples ten times.
    package func run(_ runs: Int, width: Int = 4, _ report: (Sample) -> Void) async throws -> [Sample] {
        let programs = try await NativeBenchmark.Programs(backend)
        defer { programs.remove() }
        let program = program ?? Program(programs)
        var samples: [Sample] = []
        // The first tenth fills every place and every cache once, so growth is looked for after it.
        for part in 1...10 {
            let durations = try await series(runs / 10, width, program)
            let pid = try await backend.launcherProcessID()
            let sample = Sample(
                runs: runs / 10 * part, serviceDescriptors: Self.descriptors("self"),
                launcherDescriptors: await Self.descriptorsAtRest(of: pid), serviceMemory: Self.memory("self"),
                launcherMemory: Self.memory("\(pid)"), median: Measurement("", durations).median)
            report(sample)
            samples.append(sample)
        }
        return samples
    }

    /// What grew from the first to the last sample, in words; empty when nothing did.
    package static func growth(_ samples: [Sample]) -> [String] {
        guard let first = samples.first, let last = samples.last else { return [] }
        var grown: [String] = []
        // A place that was not used before keeps two namespaces.
        let width = 64
        if last.serviceDescriptors > first.serviceDescriptors + 8 { grown.append("descriptors of the service") }
        if last.launcherDescriptors > first.launcherDescriptors + width { grown.append("descriptors of the launcher") }
        let slack = 4 << 20
        let memory = 1 + memoryTolerance
        if Double(last.serviceMemory) > Double(first.serviceMemory + slack) * memory { grown.append("service memory") }
        if Double(last.launcherMemory) > Double(first.launcherMemory + slack) * memory {
            grown.append("launcher memory")
        }
        if last.median > first.median * (1 + latencyTolerance) { grown.append("latency") }
        return grown
    }

    private func series(
        _ count: Int, _ width: Int, _ program: Program
    ) async throws -> [Duration] {
        try await withThrowingTaskGroup(of: [Duration].self) { group in
            for _ in 0..<width {
                group.addTask {
                    var durations: [Duration] = []
                    for _ in 0..<count / width { durations.append(try await once(program)) }
                    return durations
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func once(_ program: Program) async throws -> Duration {
        let start = clock.now
        let sandbox = try await backend.makeSandbox(SandboxConfiguration(limits: .default, warm: program.warm))
        let command = Command(arguments: program.arguments, environment: program.environment, limits: .default)
        let outcome = try await sandbox.run(command, with: program.files, isLast: true)
        await sandbox.destroy()
        guard outcome.ending == .exited(0) else { throw SandboxError.lost("soak: \(outcome.ending)") }
        return start.duration(to: clock.now)
    }

    /// Once the last sandboxes are removed: a launcher at work has some for each.
    private static func descriptorsAtRest(of launcher: Int32) async -> Int {
        var fewest = Int.max
        for _ in 0..<30 {
            try? await Task.sleep(for: .milliseconds(10))
            fewest = min(fewest, descriptors("\(launcher)"))
        }
        return fewest
    }

    private static func descriptors(_ process: String) -> Int {
        guard let directory = opendir("/proc/\(process)/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // The two dots, and the one that is open for this.
        return count - (process == "self" ? 3 : 2)
    }

    private static func memory(_ process: String) -> Int {
        let file = open("/proc/\(process)/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let size = read(file, &buffer, buffer.count)
        let fields = String(decoding: buffer.prefix(max(0, size)), as: UTF8.self).split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

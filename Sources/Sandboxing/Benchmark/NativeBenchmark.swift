import Core

/// What the native backend costs, measured in one run beside a bare process, because machines differ and load moves
/// every figure.
package struct NativeBenchmark: Sendable {
    package struct Report: Sendable {
        package var measurements: [Measurement] = []
        /// Runs per second.
        package var rates: [(name: String, perSecond: Double)] = []

        /// One line for each measurement and rate, in microseconds.
        package var table: String {
            var lines = ["what                                     p10    median       p90   ÷ bare static"]
            for measurement in measurements {
                let figures = [measurement.quantile(0.1), measurement.median, measurement.quantile(0.9)]
                let columns = figures.map { padded("\(Int($0.microseconds))", 10) }.joined()
                let ratio = (measurement.median / bare * 10).rounded() / 10
                lines.append(measurement.name.padded(34) + columns + padded("\(ratio)", 16))
            }
            for rate in rates { lines.append(rate.name.padded(34) + padded("\(Int(rate.perSecond))", 10) + " runs/s") }
            return lines.joined(separator: "\n")
        }

        private func padded(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }

        /// Makes one measurement of those that were taken in several parts.
        fileprivate mutating func joinEqualNames() {
            var names: [String] = []
            for measurement in measurements where !names.contains(measurement.name) { names.append(measurement.name) }
            measurements = names.map { name in
                Measurement(name, measurements.filter { $0.name == name }.flatMap(\.durations))
            }
        }

        /// The bare static process, which the ratios are to.
        package var bare: Duration { measurements.first?.median ?? .zero }
    }

    private let makeBackend: @Sendable (_ poolSize: Int) -> NativeBackend
    private let repetitions: Int
    private let warmPython: WarmStart?
    private let warmJava: WarmJava?
    private let clock = SuspendingClock()

    /// The compiler, up to the file that it compiles, and the class `Main`.
    package struct WarmJava: Sendable {
        let compiler, program: WarmStart

        package init(compiler: WarmStart, program: WarmStart) { (self.compiler, self.program) = (compiler, program) }
    }

    /// `makeBackend` makes a backend with a pool of the given size. `warmPython` starts `main.py`.
    package init(
        repetitions: Int = 200, warmPython: WarmStart? = nil, warmJava: WarmJava? = nil,
        makeBackend: @escaping @Sendable (_ poolSize: Int) -> NativeBackend
    ) {
        self.warmPython = warmPython
        self.warmJava = warmJava
        self.repetitions = repetitions
        self.makeBackend = makeBackend
    }

    package func run() async throws -> Report {
        var report = Report()
        let cold = makeBackend(0)
        let programs = try await Programs(cold)
        defer { programs.remove() }
        let bareStatic = Bare(name: "bare static", arguments: [programs.staticPath])
        let bareDynamic = Bare(name: "bare dynamic", arguments: [programs.dynamicPath])
        let hello = ["/usr/bin/python3", "-c", "print('hello')"]
        report.measurements += try await alone(
            cold, "cold static", programs.staticBundle, ["./static"], beside: [bareStatic])
        await cold.shutdown()
        report.measurements += peers(programs)

        let pooled = makeBackend(8)
        try await pooled.warmUp()
        report.measurements += try await takenFromPool(
            pooled, "pooled static", programs.staticBundle, ["./static"], beside: [bareStatic])
        report.measurements += try await takenFromPool(
            pooled, "pooled dynamic", programs.dynamicBundle, ["./dynamic"], beside: [bareStatic, bareDynamic])
        report.measurements += try await takenFromPool(
            pooled, "pooled python", nil, hello, beside: [bareStatic, Bare(name: "bare python", arguments: hello)])
        if let warmPython {
            let main = FileBundle([try SourceFile(path: RelativePath("main.py"), text: "print('hello')\n")])
            report.measurements += try await takenFromPool(
                pooled, "warm python", main, warmPython.arguments, warm: warmPython, beside: [bareStatic])
        }
        let gcc = ["/usr/bin/gcc", "-O2", "-o", programs.directory + "/out", programs.sourcePath]
        report.measurements += try await compileAndRun(
            pooled, programs, beside: [bareStatic, Bare(name: "bare gcc", arguments: gcc), bareDynamic])
        if let warmJava { report.measurements += try await java(pooled, warmJava) }
        report.measurements += try await pair(pooled, programs, beside: [bareStatic])
        await pooled.shutdown()
        report.joinEqualNames()

        report.rates.append(("burst", try await burst(programs)))
        report.rates.append(("sustained", try await sustained(programs)))
        return report
    }

    /// A program of the host that runs without a sandbox before each run in one: whatever else the machine does falls on
    /// both alike.
    private struct Bare {
        let name: String
        /// It begins with the full path.
        let arguments: [String]
    }

    /// What `body` took each time, and before it what each bare program did. `prepare` is measured with neither.
    private func times(
        _ name: String, _ count: Int, beside bare: [Bare] = [], prepare: () async throws -> Void = {},
        _ body: () async throws -> Duration
    ) async throws -> [Measurement] {
        var durations: [Duration] = []
        var besides = Array(repeating: [Duration](), count: bare.count)
        for _ in 0..<count {
            try await prepare()
            for (index, bare) in bare.enumerated() {
                besides[index] += try BareProcess.durations(bare.arguments, count: 1)
            }
            durations.append(try await body())
        }
        return zip(bare, besides).map { Measurement($0.name, $1) } + [Measurement(name, durations)]
    }

    /// The other tools, on the same program. One that does not work here is left out.
    private func peers(_ programs: Programs) -> [Measurement] {
        let launcher = HostPaths.programDirectory().map { $0 + "/assay-launcher" }
        return PeerSandbox.installed(running: programs.directory, launcher: launcher).compactMap { peer in
            let durations = try? BareProcess.durations(peer.arguments, count: max(5, repetitions / 10))
            return durations.map { Measurement("\(peer.name) static", $0) }
        }
    }

    private func once(
        _ backend: NativeBackend, _ files: FileBundle?, _ arguments: [String], warm: WarmStart? = nil
    ) async throws -> (total: Duration, outcome: Outcome) {
        let start = clock.now
        let sandbox = try await backend.makeSandbox(SandboxConfiguration(limits: .default, warm: warm))
        let command = Command(
            arguments: arguments, environment: warm?.environment ?? Command.defaultEnvironment, limits: .default)
        let outcome = try await sandbox.run(command, with: files, isLast: true)
        let total = start.duration(to: clock.now)
        await sandbox.destroy()
        guard outcome.ending == .exited(0) else { throw SandboxError.lost("benchmark: \(outcome.ending)") }
        return (total, outcome)
    }

    /// From the request to the answer with an empty pool, one after the other.
    private func alone(
        _ backend: NativeBackend, _ name: String, _ files: FileBundle?, _ arguments: [String], beside bare: [Bare]
    ) async throws -> [Measurement] {
        try await times(name, repetitions, beside: bare) { try await once(backend, files, arguments).total }
    }

    /// From the request to the answer, and from the launcher's go to the program's end, with a full pool. The pool is
    /// filled again between the runs, which is not measured.
    private func takenFromPool(
        _ backend: NativeBackend, _ name: String, _ files: FileBundle?, _ arguments: [String], warm: WarmStart? = nil,
        beside bare: [Bare]
    ) async throws -> [Measurement] {
        var inside: [Duration] = []
        let warmRuns = backend.statistics.warmRuns
        func prepare() async throws {
            try await fill(backend)
            if let warm { try await backend.warmUp(warm) }
        }
        let measured = try await times(name, repetitions, beside: bare, prepare: prepare) {
            let (total, outcome) = try await once(backend, files, arguments, warm: warm)
            let stages = outcome.stages
            inside.append(stages.launch + stages.execute + stages.stop)
            return total
        }
        // A figure of runs that started their runtime themselves would be another's.
        guard warm == nil || backend.statistics.warmRuns - warmRuns == inside.count else {
            throw SandboxError.lost("benchmark: no runtime was prepared")
        }
        return measured + [Measurement(name + ", in the launcher", inside)]
    }

    /// Fills the pool when nothing is used any more. Until the last sandbox is given back its CPU counts as taken, and a
    /// runtime would be prepared on another.
    private func fill(_ backend: NativeBackend) async throws {
        while await backend.useCount() > 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await backend.warmUp()
    }

    private func compileAndRun(
        _ backend: NativeBackend, _ programs: Programs, beside bare: [Bare]
    ) async throws -> [Measurement] {
        let limits = Limits(
            cpuTime: .seconds(10), wallTime: .seconds(30), memory: 512 << 20, fileSize: 64 << 20, workSize: 64 << 20)
        let count = max(5, repetitions / 20)
        return try await times("pooled gcc and run", count, beside: bare, prepare: { try await backend.warmUp() }) {
            let start = clock.now
            let artefact = try await withSandbox(of: backend, SandboxConfiguration(limits: limits)) { sandbox in
                let command = Command(arguments: ["gcc", "-O2", "-o", "dynamic", "main.c"], limits: limits)
                _ = try await sandbox.run(command, with: programs.source, isLast: false)
                return try await sandbox.collect(bytes: 8 << 20, files: 8)
            }
            _ = try await once(backend, artefact, ["./dynamic"])
            return start.duration(to: clock.now)
        }
    }

    /// A hello compiled and run: by machines that are started for it, and by those that wait.
    private func java(_ backend: NativeBackend, _ java: WarmJava) async throws -> [Measurement] {
        let hello = "public class Main { public static void main(String[] a) { System.out.println(\"hello\"); } }\n"
        let file = SourceFile(path: try RelativePath("Main.java"), text: hello)
        let limits = Limits(
            cpuTime: .seconds(10), wallTime: .seconds(30), memory: 512 << 20, processes: 256, fileSize: 64 << 20,
            workSize: 64 << 20)
        func run(
            _ start: WarmStart, _ arguments: [String], _ files: FileBundle, _ warm: WarmStart?
        ) async throws -> FileBundle {
            try await withSandbox(of: backend, SandboxConfiguration(limits: limits, warm: warm)) { sandbox in
                let command = Command(
                    arguments: start.arguments + arguments, environment: start.environment, limits: limits)
                let outcome = try await sandbox.run(command, with: files, isLast: false)
                guard outcome.ending == .exited(0) else { throw SandboxError.lost("benchmark: \(outcome.ending)") }
                return try await sandbox.collect(bytes: 1 << 20, files: 8)
            }
        }
        func measure(_ name: String, isWarm: Bool) async throws -> [Measurement] {
            let warmRuns = backend.statistics.warmRuns
            let count = max(5, repetitions / 20)
            let measurement = try await times(name, count) {
                try await fill(backend)
                if isWarm {
                    try await backend.warmUp(java.compiler, limits: limits)
                    try await backend.warmUp(java.program, limits: limits)
                }
                let start = clock.now
                let classes = try await run(
                    java.compiler, ["Main.java"], FileBundle([file]), isWarm ? java.compiler : nil)
                _ = try await run(java.program, [], classes, isWarm ? java.program : nil)
                return start.duration(to: clock.now)
            }
            guard backend.statistics.warmRuns - warmRuns == (isWarm ? 2 * count : 0) else {
                throw SandboxError.lost("benchmark: no machine was prepared")
            }
            return measurement
        }
        return try await measure("pooled javac and run", isWarm: false)
            + measure("warm javac and run", isWarm: true)
    }

    /// A grader and a student, each in a sandbox of its own, at the same time.
    private func pair(
        _ backend: NativeBackend, _ programs: Programs, beside bare: [Bare]
    ) async throws -> [Measurement] {
        try await times("pooled pair", repetitions, beside: bare, prepare: { try await backend.warmUp() }) {
            let start = clock.now
            async let grader = once(backend, programs.staticBundle, ["./static"])
            async let student = once(backend, programs.staticBundle, ["./static"])
            _ = try await (grader, student)
            return start.duration(to: clock.now)
        }
    }

    /// As many as a full pool holds, as fast as they go.
    private func burst(_ programs: Programs) async throws -> Double {
        let count = 64
        let backend = makeBackend(count)
        try await backend.warmUp()
        let start = clock.now
        try await inParallel(backend, programs, count)
        let rate = Double(count) / (start.duration(to: clock.now).microseconds / 1e6)
        await backend.shutdown()
        return rate
    }

    private func sustained(_ programs: Programs) async throws -> Double {
        let count = max(500, repetitions * 5)
        let backend = makeBackend(8)
        try await backend.warmUp()
        let start = clock.now
        try await inParallel(backend, programs, count)
        let rate = Double(count) / (start.duration(to: clock.now).microseconds / 1e6)
        await backend.shutdown()
        return rate
    }

    private func inParallel(_ backend: NativeBackend, _ programs: Programs, _ count: Int) async throws {
        let width = 4
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<width {
                group.addTask {
                    for _ in 0..<count / width { _ = try await once(backend, programs.staticBundle, ["./static"]) }
                }
            }
            try await group.waitForAll()
        }
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

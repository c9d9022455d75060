import CSandbox
import Core
import Glibc
import Synchronization

/// A sandbox of the native backend. Every request is a message to the launcher; this only says what, and what the
/// facts that come back mean.
final class NativeSandbox: Sandbox {
    private let connection: LauncherConnection
    private let handle: SandboxHandle
    /// The runtime that waits in it for the first run.
    private let warm: WarmStart?
    private let workSize: Int
    private let created: Duration
    private let network: NetworkMode
    private let statistics: StageStatistics
    private let release: @Sendable () -> Void
    private let life = Mutex(Life.used)

    private enum Life {
        case used
        /// The launcher removes it of its own accord, after its last run.
        case leftToLauncher
        case destroyed
    }

    /// `release` is called once, when the sandbox is destroyed.
    init(
        _ taken: NativePool.Taken, workSize: Int, created: Duration, network: NetworkMode,
        statistics: StageStatistics, release: @escaping @Sendable () -> Void
    ) {
        connection = taken.connection
        handle = taken.handle
        warm = taken.warm
        self.workSize = workSize
        self.created = created
        self.network = network
        self.statistics = statistics
        self.release = release
    }

    /// Files that come with a run, at most: laying down more is work that the run should not be charged with.
    private static let runFilesMax = 64

    deinit { end() }

    /// Its place in the launcher, which names its cgroup.
    var slot: UInt32 { handle.slot }

    func write(_ files: FileBundle) async throws(SandboxError) {
        let message = LauncherMessage(
            ASSAY_WRITE, tag: connection.makeTag(), handle: handle, body: assay_write(),
            descriptors: [try files.packedFile()])
        try await connection.request(message).checkDone(limit: workSize)
    }

    func collect(bytes: Int, files: Int) async throws(SandboxError) -> FileBundle {
        let file = try Descriptor.memoryFile("artefacts")
        var body = assay_collect()
        body.bytes = UInt64(max(0, bytes))
        body.files = UInt64(min(max(0, files), Int(ASSAY_BUNDLE_FILES_MAX)))
        let message = LauncherMessage(
            ASSAY_COLLECT, tag: connection.makeTag(), handle: handle, body: body, descriptors: [file])
        try await connection.request(message).checkDone(limit: bytes)
        guard assay_seal(file.number) else { throw .setupFailed(step: "seal artefacts", errno: errno) }
        let (unpacked, isComplete) = try PackedBundle.unpack(file)
        return FileBundle(unpacked, packed: isComplete ? file : nil)
    }

    /// Files of a run that are few and small go with it to the launcher, which saves a way there and back.
    func run(_ command: Command, with files: FileBundle?, isLast: Bool) async throws(SandboxError) -> Outcome {
        let tag = connection.makeTag()
        var packed: Descriptor?
        if let files {
            packed = try Self.packedForRun(files, within: command.limits.memory)
            if packed == nil { try await write(files) }
        }
        let message = try LauncherMessage(
            command, tag: tag, handle: handle, mayBeWarm: warm?.fits(command) == true, files: packed,
            isLast: isLast)
        let wallTime = command.limits.wallTime
        let stop: @Sendable (StopReason) -> Void = { [connection, handle] reason in
            var body = assay_kill()
            // Its time began when it was executed, which may have been later than it was asked for.
            body.wall_ns = reason == .overWallTime ? wallTime.nanoseconds : 0
            connection.send(LauncherMessage(ASSAY_KILL, tag: tag, handle: handle, body: body))
        }
        let (reply, reason) = try await withTimeLimit(wallTime, stop: stop) {
            () async throws(SandboxError) -> LauncherReply in
            try await connection.request(message)
        }
        if packed != nil, reply.header.kind == UInt32(ASSAY_DONE) { try reply.checkDone(limit: workSize) }
        var outcome = try Outcome(reply, limits: command.limits, stopped: reason)
        if isLast { life.withLock { if $0 == .used { $0 = .leftToLauncher } } }
        outcome.stages.create = created
        if case .egress = network {
            outcome.traffic = NetworkTraffic(try reply.body(ASSAY_RESULT, as: assay_result.self))
        }
        statistics.record(outcome.stages)
        if try reply.body(ASSAY_RESULT, as: assay_result.self).flags & UInt32(ASSAY_WAS_WARM) != 0 {
            statistics.recordWarmRun()
        }
        return outcome
    }

    func destroy() async { end() }

    private func end() {
        let before = life.withLock { life in
            defer { life = .destroyed }
            return life
        }
        guard before != .destroyed else { return }
        if before == .used {
            connection.send(
                LauncherMessage(ASSAY_DESTROY, tag: connection.makeTag(), handle: handle, body: assay_destroy()))
        }
        release()
    }

    /// The packed form of files that are few and small enough to go with a run.
    private static func packedForRun(
        _ files: FileBundle, within memory: Int
    ) throws(SandboxError) -> Descriptor? {
        let packed = try files.packedFile()
        let isSmall = files.files.count <= runFilesMax && packed.size <= min(Int(ASSAY_RUN_FILES_MAX), memory / 4)
        return isSmall ? packed : nil
    }
}

extension LauncherMessage {
    /// The message that runs `command`, with a packed bundle of files if there is one.
    init(
        _ command: Command, tag: UInt64, handle: SandboxHandle, mayBeWarm: Bool = false, files: Descriptor? = nil,
        isLast: Bool = false
    ) throws(SandboxError) {
        guard let program = command.arguments.first, !program.isEmpty else {
            throw .invalidRequest("the command is empty")
        }
        let (fixedPart, tail) = try Self.runBody(command.arguments, command.environment, command.limits)
        var body = fixedPart
        body.may_be_warm = mayBeWarm ? 1 : 0
        if files != nil { body.flags |= UInt32(ASSAY_RUN_WITH_FILES) }
        if isLast { body.flags |= UInt32(ASSAY_RUN_IS_LAST) }
        var input = command.connections.stdin
        if input == nil, !command.stdin.isEmpty { input = try Descriptor.sealed("stdin", command.stdin) }
        let connected = [
            (input, ASSAY_CONNECT_STDIN), (command.connections.stdout, ASSAY_CONNECT_STDOUT),
            (command.connections.stderr, ASSAY_CONNECT_STDERR), (command.connections.control, ASSAY_CONNECT_CONTROL),
        ]
        for (descriptor, bit) in connected where descriptor != nil { body.connections |= UInt32(bit) }
        self.init(
            ASSAY_RUN, tag: tag, handle: handle, body: body, tail: tail,
            descriptors: [files].compactMap { $0 }, handedOver: connected.compactMap(\.0))
    }

    /// The message that has a runtime prepare itself. Its limits are the highest, for it can lower them but not raise
    /// them; only the stack's is what its program will have.
    init(
        warming start: WarmStart, stack: Int, ceiling: Limits, tag: UInt64, handle: SandboxHandle
    ) throws(SandboxError) {
        var limits = ceiling
        limits.stack = stack
        limits.addressSpace = nil
        let environment = start.environment.merging(start.preparation.environment) { $1 }
        let (body, tail) = try Self.runBody(start.arguments + start.preparation.arguments, environment, limits)
        self.init(ASSAY_WARM, tag: tag, handle: handle, body: body, tail: tail)
    }

    private static func runBody(
        _ arguments: [String], _ environment: [String: String], _ limits: Limits
    ) throws(SandboxError) -> (assay_run, tail: [UInt8]) {
        let variables = environment.sorted { $0.key < $1.key }
        guard arguments.count + variables.count <= Int(ASSAY_STRINGS_COUNT_MAX) else {
            throw .invalidRequest("too many arguments and variables")
        }
        var tail: [UInt8] = []
        for argument in arguments { try tail.append(string: argument) }
        for (name, value) in variables {
            guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else {
                throw .invalidRequest("\(name) is no name of a variable")
            }
            try tail.append(string: "\(name)=\(value)")
        }
        guard tail.count <= Int(ASSAY_STRINGS_MAX) else {
            throw .invalidRequest("arguments and environment are longer than \(ASSAY_STRINGS_MAX) bytes")
        }
        var body = assay_run()
        body.limits = assay_limits(limits)
        body.arguments = UInt32(arguments.count)
        body.variables = UInt32(variables.count)
        body.strings_size = UInt32(tail.count)
        return (body, tail)
    }
}

extension WarmPreparation {
    /// Its libraries, read from beside the running program.
    fileprivate func libraryFiles() throws(SandboxError) -> [SourceFile] {
        var files: [SourceFile] = []
        for (path, name) in libraries {
            let library = "lib\(name).so"
            let contents = HostPaths.programDirectory().map { HostFile.bytes("\($0)/\(library)") } ?? []
            guard !contents.isEmpty else { throw .setupFailed(step: "read \(library) beside assay", errno: ENOENT) }
            files.append(SourceFile(path: path, contents: contents))
        }
        return files
    }
}

extension LauncherConnection {
    /// How long a runtime may take to prepare itself.
    private static var preparationTime: Duration { .seconds(20) }

    /// Has a runtime prepare itself in a sandbox that nobody used, and returns the memory that it then uses.
    func prepare(
        _ start: WarmStart, in handle: SandboxHandle, stack: Int, ceiling: Limits
    ) async throws(SandboxError) -> Int {
        let laid = start.preparation.files + (try start.preparation.libraryFiles())
        if !laid.isEmpty {
            let files = try PackedBundle.pack(laid)
            let write = LauncherMessage(
                ASSAY_WRITE, tag: makeTag(), handle: handle, body: assay_write(), descriptors: [files])
            try check(try await request(write))
        }
        let message = try LauncherMessage(
            warming: start, stack: stack, ceiling: ceiling, tag: makeTag(), handle: handle)
        let stop: @Sendable (StopReason) -> Void = { [self] _ in
            send(LauncherMessage(ASSAY_KILL, tag: message.tag, handle: handle, body: assay_kill()))
        }
        let (reply, _) = try await withTimeLimit(Self.preparationTime, stop: stop) {
            () async throws(SandboxError) -> LauncherReply in
            try await request(message)
        }
        return Int(try check(reply).used_kib) << 10
    }

    @discardableResult
    private func check(_ reply: LauncherReply) throws(SandboxError) -> assay_done {
        let done = try reply.body(ASSAY_DONE, as: assay_done.self)
        guard done.error == 0 else { throw .setupFailed(step: text(of: done.step), errno: done.error) }
        return done
    }
}

extension [UInt8] {
    /// Appends a string and its NUL.
    fileprivate mutating func append(string: String) throws(SandboxError) {
        guard !string.utf8.contains(0) else { throw .invalidRequest("an argument contains NUL") }
        append(contentsOf: string.utf8)
        append(0)
    }
}

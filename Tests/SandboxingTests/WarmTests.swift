import Core
import Glibc
import Sandboxing
import Testing

/// A sandbox in which a runtime waits is a sandbox like any other.
@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged }, .serialized)
struct WarmTests {
    private func run(_ source: String, limits: Limits = .default, stdin: String = "") async throws -> Outcome {
        try await WarmHost.run(try WarmHost.Program(source, stdin: stdin, limits: limits), isWarm: true)
    }

    // MARK: limits

    @Test func cpuTimeIsLimited() async throws {
        let limits = NativeHost.limits { $0.cpuTime = .milliseconds(300) }
        let outcome = try await run("while True: pass", limits: limits)
        #expect(outcome.ending == .overCPUTime)
        #expect(outcome.cpuTime >= .milliseconds(300) && outcome.cpuTime < .milliseconds(800))
    }

    @Test func wallTimeIsLimitedFromTheMomentItIsToldToGo() async throws {
        let limits = NativeHost.limits { $0.wallTime = .milliseconds(700) }
        let program = try WarmHost.Program("import time\nprint('a', flush=True)\ntime.sleep(30)", limits: limits)
        try await WarmHost.backend.warmUp(program.start, limits: limits)
        // It waits for longer than the program may run.
        try await Task.sleep(for: .seconds(1))
        let outcome = try await WarmHost.run(program, isWarm: true)
        #expect(outcome.ending == .overWallTime)
        #expect(outcome.stdout.text == "a\n")
        #expect(outcome.wallTime >= .milliseconds(700) && outcome.wallTime < .seconds(3))
    }

    @Test func memoryIsLimited() async throws {
        let limits = NativeHost.limits { $0.memory = 64 << 20 }
        let outcome = try await run("x = b'1' * (400 << 20)", limits: limits)
        #expect(outcome.ending == .overMemory)
        #expect(outcome.peakMemory > 48 << 20 && outcome.peakMemory <= 65 << 20)
        let fits = try await run("x = b'1' * (40 << 20); print(len(x))", limits: limits)
        #expect(fits.ending == .exited(0))
        #expect(fits.peakMemory > 40 << 20 && fits.peakMemory < 60 << 20)
    }

    @Test func addressSpaceOutputProcessesAndFilesAreLimited() async throws {
        let space = try await run(
            "try: bytearray(2_000_000_000)\nexcept MemoryError: print('none')",
            limits: NativeHost.limits { $0.addressSpace = 1 << 30 })
        #expect(space.stdout.text == "none\n")
        let output = try await run("while True: print('y' * 100)", limits: NativeHost.limits { $0.output = 100_000 })
        #expect(output.ending == .overOutput)
        #expect(output.stdout.bytes.count == 100_000)
        let processes = try await run(
            """
            import os, time
            made = 0
            try:
                for _ in range(50):
                    if os.fork() == 0: time.sleep(60)
                    made += 1
            except OSError: print(made)
            """, limits: NativeHost.limits { $0.processes = 10 })
        #expect(processes.stdout.text == "9\n")
        let files = try await run(
            """
            import os
            opened = []
            try:
                while True: opened.append(os.open('/dev/null', 0))
            except OSError: print(opened[0], opened[-1])
            """, limits: NativeHost.limits { $0.openFiles = 20 })
        #expect(files.stdout.text == "3 19\n")
        let size = try await run(
            """
            try:
                with open('f', 'wb', 0) as f:
                    for _ in range(9): f.write(b'1' * 1000)
            except OSError: print(__import__('os').stat('f').st_size)
            """, limits: NativeHost.limits { $0.fileSize = 5000 })
        #expect(size.stdout.text == "5000\n")
        let work = try await run(
            """
            made = 0
            try:
                while True:
                    open(str(made), 'w').close()
                    made += 1
            except OSError: print(made)
            """, limits: NativeHost.limits { $0.workFiles = 20 })
        #expect(work.stdout.text == "19\n")
    }

    @Test func theStackIsTheRuns() async throws {
        let source = "import resource\nprint(resource.getrlimit(resource.RLIMIT_STACK))"
        for stack in [1 << 20, 300 << 20] {
            let outcome = try await run(source, limits: NativeHost.limits { $0.stack = stack })
            #expect(outcome.stdout.text == "(\(stack), \(stack))\n")
        }
    }

    @Test func aLimitThatLeavesItNoRoomStartsAnother() async throws {
        let small = NativeHost.limits { $0.memory = 6 << 20 }
        let program = try WarmHost.Program("print('hello')")
        try await WarmHost.backend.warmUp(program.start)
        let before = WarmHost.backend.statistics.warmRuns
        let start = try program.start
        let large = try WarmHost.Program("x = b'1' * (9 << 20)")
        let outcome = try await withSandbox(of: WarmHost.backend, SandboxConfiguration(limits: small, warm: start)) {
            sandbox in
            try await sandbox.write(FileBundle(large.files))
            return try await sandbox.run(
                Command(arguments: start.arguments, environment: start.environment, limits: small))
        }
        #expect(outcome.ending == .overMemory)
        #expect(WarmHost.backend.statistics.warmRuns == before)
        // The one that waited is still there.
        #expect(try await WarmHost.run(program, isWarm: true).stdout.text == "hello\n")
    }

    @Test func aProgramIsNotChargedForThePreparation() async throws {
        let program = try WarmHost.Program("print('hello')")
        var (fresh, warm): ([Duration], [Duration]) = ([], [])
        for _ in 0..<5 {
            let other = try await WarmHost.run(program, isWarm: false)
            fresh.append(other.cpuTime)
            let outcome = try await WarmHost.run(program, isWarm: true)
            warm.append(outcome.cpuTime)
            // The interpreter's memory is the program's in both.
            #expect(outcome.peakMemory > other.peakMemory / 2 && outcome.peakMemory < other.peakMemory * 2)
        }
        #expect(warm.min()! * 2 < fresh.min()!, "\(warm), started for it: \(fresh)")
    }

    @Test func cancellingEndsIt() async throws {
        let program = try WarmHost.Program("import time\ntime.sleep(60)")
        try await WarmHost.backend.warmUp(program.start)
        let run = Task { try await WarmHost.run(program, isWarm: true) }
        try await Task.sleep(for: .milliseconds(400))
        run.cancel()
        #expect(try await run.value.ending == .cancelled)
    }

    // MARK: nothing is shared

    @Test func twoRunsShareNothing() async throws {
        let source = """
            import os, random, sys, uuid
            print(random.random(), os.urandom(8).hex(), uuid.uuid4(), hash('a'), id(object()))
            print(os.listdir('/work'), os.listdir('/tmp'), os.listdir('/dev/shm'), file=sys.stderr)
            for place in ('/work', '/tmp', '/dev/shm'): open(place + '/left', 'w').close()
            """
        // Without the language's fixed seed.
        let program = try WarmHost.Program(source, environment: ["PYTHONHASHSEED": "random"])
        let outcomes = [
            try await WarmHost.run(program, isWarm: true), try await WarmHost.run(program, isWarm: true),
        ]
        let words = outcomes.map { $0.stdout.text.split(separator: " ") }
        #expect(words[0].count == words[1].count)
        for (one, other) in zip(words[0], words[1]) { #expect(one != other) }
        for outcome in outcomes { #expect(outcome.stderr.text == "['main.py'] [] []\n") }
    }

    // MARK: attacks

    /// What is open, and what a program can find of the socket that its interpreter was told to go by.
    @Test func aProgramCannotReachTheControlSocket() async throws {
        let outcome = try await run(
            """
            import gc, os, socket, sys
            found = []
            for number in range(4096):
                try: os.fstat(number); found.append(number)
                except OSError: pass
            print(found)
            for number in range(64):
                try: socket.socket(fileno=number).send(b'+'); print('sent', number)
                except OSError: pass
            gc.unfreeze()
            print([o for o in gc.get_objects() if type(o).__name__ == 'socket'])
            print([o for o in gc.get_objects() if getattr(o, '__module__', None) == 'sitecustomize'])
            print(os.path.exists('/work/.assay-warm'), [m for m in open('/proc/self/maps') if 'assay' in m])
            """)
        #expect(outcome.stdout.text == "[0, 1, 2]\n[]\n[]\nFalse []\n", "\(outcome.stderr.text)")
    }

    /// Its times and its end come from the kernel, whatever it writes anywhere.
    @Test func aProgramCannotForgeItsAccounting() async throws {
        let outcome = try await run(
            """
            import os, struct, sys, time
            end = time.process_time() + 0.2
            while time.process_time() < end: pass
            result = struct.pack('<IIQII', 103, 144, 1, 0, 0) + bytes(120)
            for number in range(3, 64):
                try: os.write(number, result)
                except OSError: pass
            sys.stdout.buffer.write(result)
            sys.exit(5)
            """)
        #expect(outcome.ending == .exited(5))
        #expect(outcome.cpuTime >= .milliseconds(190))
        #expect(outcome.stdout.bytes.count == 144)
    }

    // MARK: when it is not used

    @Test func aRunThatDoesNotFitIsStartedForItself() async throws {
        let program = try WarmHost.Program("print('main')")
        let start = try program.start
        let before = WarmHost.backend.statistics.warmRuns
        let commands: [(arguments: [String], environment: [String: String], output: String)] = [
            (["python3", "-c", "print('other')"], start.environment, "other\n"),
            (["python3", "-O", "main.py"], start.environment, "main\n"),
            (start.arguments, start.environment.merging(["A": "1"]) { $1 }, "main\n"), (["echo", "a"], [:], "a\n"),
        ]
        for command in commands + commands + commands {
            try await WarmHost.backend.warmUp(start)
            let configuration = SandboxConfiguration(limits: .default, warm: start)
            try await withSandbox(of: WarmHost.backend, configuration) { sandbox in
                try await sandbox.write(FileBundle(program.files))
                // The second finds the sandbox as any second run does.
                for _ in 0..<2 {
                    let outcome = try await sandbox.run(
                        Command(arguments: command.arguments, environment: command.environment, limits: .default))
                    #expect(outcome.ending == .exited(0))
                    #expect(outcome.stdout.text == command.output, "\(outcome.stderr.text)")
                }
            }
        }
        #expect(WarmHost.backend.statistics.warmRuns == before)
    }

    @Test func theSecondRunIsStartedForItself() async throws {
        let program = try WarmHost.Program("import gc\nprint(gc.get_freeze_count() > 0)\nopen('kept', 'w').close()")
        let start = try program.start
        try await WarmHost.backend.warmUp(start)
        let configuration = SandboxConfiguration(limits: .default, warm: start)
        try await withSandbox(of: WarmHost.backend, configuration) { sandbox in
            try await sandbox.write(FileBundle(program.files))
            let command = Command(arguments: start.arguments, environment: start.environment, limits: .default)
            #expect(try await sandbox.run(command).stdout.text == "True\n")
            let second = try await sandbox.run(command)
            #expect(second.stdout.text == "False\n")
            // All of an interpreter that was started for it.
            #expect(second.peakMemory > 2 << 20)
            let files = try await sandbox.collect(bytes: 1 << 20, files: 9).files
            #expect(files.map(\.path.string).sorted() == ["kept", "main.py"])
        }
    }

    @Test func aLibraryThatIsMissingIsNamed() async throws {
        let preparation = WarmPreparation(libraries: [try RelativePath(".x/y"): "assay-nothing"])
        let start = try #require(WarmStart(arguments: ["true"], environment: [:], preparation: preparation))
        let backend = NativeBackend(
            NativeConfiguration(poolSize: 1, maximumSandboxes: 4, userIDBase: 0x7a10_0000, cgroup: "assay-unwarm"))
        await #expect(throws: SandboxError.self) { try await backend.warmUp(start) }
        #expect(await backend.poolReport()?.warmProblem?.contains("libassay-nothing.so") == true)
        await backend.shutdown()
    }

    @Test func aRuntimeThatCannotBePreparedIsReportedAndRunsGoOn() async throws {
        let backend = NativeBackend(
            NativeConfiguration(poolSize: 1, maximumSandboxes: 4, userIDBase: 0x7a00_0000, cgroup: "assay-unwarm"))
        let start = try #require(
            WarmStart(arguments: ["false"], environment: [:], preparation: WarmPreparation()))
        await #expect(throws: SandboxError.self) { try await backend.warmUp(start) }
        #expect(await backend.poolReport()?.warmProblem != nil)
        #expect(await backend.poolReport()?.warm == 0)
        let configuration = SandboxConfiguration(limits: .default, warm: start)
        let outcome = try await withSandbox(of: backend, configuration) { sandbox in
            try await sandbox.run(Command(arguments: ["false"], environment: [:], limits: .default))
        }
        #expect(outcome.ending == .exited(1))
        await backend.shutdown()
    }

    @Test func itFollowsTheLoadAndIsCounted() async throws {
        let backend = NativeBackend(
            NativeConfiguration(
                poolSize: 2, poolDecay: .milliseconds(300), maximumSandboxes: 4, userIDBase: 0x7b00_0000,
                cgroup: "assay-warmload"))
        let program = try WarmHost.Program("print('hello')")
        let configuration = SandboxConfiguration(limits: .default, warm: try program.start)
        func once() async throws -> Outcome {
            try await withSandbox(of: backend, configuration) { sandbox in
                try await sandbox.write(FileBundle(program.files))
                return try await sandbox.run(
                    Command(
                        arguments: try program.start.arguments, environment: try program.start.environment,
                        limits: .default))
            }
        }
        // The first two find nothing, and are not slower for it.
        for _ in 0..<2 { #expect(try await once().stdout.text == "hello\n") }
        #expect(backend.statistics.warmRuns == 0)
        for _ in 0..<500 where await backend.poolReport()?.warm == 0 { try await Task.sleep(for: .milliseconds(10)) }
        let report = try #require(await backend.poolReport())
        #expect(report.warm > 0 && report.warm <= 2)
        #expect(report.idleMemory > 2 << 20)
        #expect(try await once().stdout.text == "hello\n")
        #expect(backend.statistics.warmRuns == 1)
        // Without need one stays.
        for _ in 0..<500 where await backend.poolReport()?.warm != 1 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(await backend.poolReport()?.warm == 1)
        let pid = try await backend.launcherProcessID()
        await backend.shutdown()
        let end = HostTrace(launcher: pid, cgroup: "assay-warmload")
        #expect(end.processes.isEmpty && end.cgroups.isEmpty)
    }
}

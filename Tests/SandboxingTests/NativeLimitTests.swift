import Core
import Sandboxing
import Testing

@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged })
struct NativeLimitTests {
    @Test func aProgramEndsByItsExitStatus() async throws {
        let outcome = try await NativeHost.shell("echo out; echo err >&2; exit 3")
        #expect(outcome.ending == .exited(3))
        #expect(outcome.stdout == CapturedOutput(bytes: Array("out\n".utf8)))
        #expect(outcome.stderr.text == "err\n")
        #expect(outcome.stages.execute == outcome.wallTime)
        #expect(outcome.stages.launch > .zero)
        #expect(outcome.stages.create > .zero)
    }

    @Test(arguments: [6, 9, 11, 15] as [Int32]) func aProgramEndsByASignal(signal: Int32) async throws {
        let outcome = try await NativeHost.shell("kill -\(signal) $$")
        #expect(outcome.ending == .signalled(signal))
    }

    @Test func aProgramThatIsMissingIsSaidToBe() async throws {
        let outcome = try await NativeHost.run(["no-such-program"])
        #expect(outcome.ending == .exited(127))
        #expect(outcome.stderr.text.contains("no-such-program"))
    }

    @Test func aBusyLoopIsOverItsCPUTime() async throws {
        let limits = NativeHost.limits { $0.cpuTime = .milliseconds(300) }
        let outcome = try await NativeHost.shell("while :; do :; done", limits: limits)
        #expect(outcome.ending == .overCPUTime)
        #expect(outcome.cpuTime >= .milliseconds(300))
        #expect(outcome.cpuTime < .milliseconds(800))
    }

    @Test func grandchildrenAndThreadsBurnTheSameCPUTime() async throws {
        let limits = NativeHost.limits {
            $0.cpuTime = .milliseconds(300)
            $0.cpus = 2
        }
        let processes = try await NativeHost.shell(
            "for i in 1 2 3; do (sh -c 'while :; do :; done' &) ; done; sleep 20", limits: limits)
        #expect(processes.ending == .overCPUTime)
        let threads = try await NativeHost.c(
            """
            #include <pthread.h>
            #include <unistd.h>
            static void *spin(void *x) { for (;;) ; return x; }
            int main(void) {
                pthread_t t;
                for (int i = 0; i < 4; i++) pthread_create(&t, 0, spin, 0);
                sleep(20);
            }
            """, limits: limits)
        #expect(threads.ending == .overCPUTime)
    }

    @Test func aSleepIsOverItsWallTime() async throws {
        let limits = NativeHost.limits { $0.wallTime = .seconds(3) }
        let outcome = try await NativeHost.shell("echo before; sleep 30", limits: limits)
        #expect(outcome.ending == .overWallTime)
        #expect(outcome.stdout.text == "before\n")
        #expect(outcome.wallTime >= .seconds(3))
        // An emulated guest on a busy machine takes a second to start two programs.
        #expect(outcome.cpuTime < .milliseconds(2000))
    }

    @Test(arguments: [
        "volatile char *p = malloc(400u << 20); memset((char *)p, 1, 400u << 20); return p[7];",
        "volatile char *p = mmap(0, 400u << 20, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); memset((char *)p, 1, 400u << 20); return p[7];",
        "static volatile char a[400u << 20]; memset((char *)a, 1, sizeof a); return a[9];",
    ])
    func memoryIsLimited(body: String) async throws {
        let limits = NativeHost.limits { $0.memory = 64 << 20 }
        let outcome = try await NativeHost.c(
            """
            #include <stdlib.h>
            #include <string.h>
            #include <sys/mman.h>
            int main(void) { \(body) }
            """, limits: limits)
        #expect(outcome.ending == .overMemory)
        #expect(outcome.peakMemory > 48 << 20)
        #expect(outcome.peakMemory <= 65 << 20)
    }

    @Test func filesInMemoryCountAsMemory() async throws {
        let limits = NativeHost.limits {
            $0.memory = 32 << 20
            $0.workSize = 512 << 20
            $0.fileSize = 512 << 20
        }
        for directory in ["/work", "/tmp", "/dev/shm"] {
            let outcome = try await NativeHost.shell("head -c 200000000 /dev/zero > \(directory)/big", limits: limits)
            #expect(outcome.ending == .overMemory, "\(directory)")
        }
    }

    @Test func anAddressSpaceLimitMakesAllocationFail() async throws {
        let limits = NativeHost.limits { $0.addressSpace = 1 << 30 }
        let outcome = try await NativeHost.c(
            "#include <stdlib.h>\nint main(void) { return malloc(2000000000u) == NULL ? 0 : 1; }", limits: limits)
        #expect(outcome.ending == .exited(0))
    }

    @Test func outputIsCutAtItsLimitAndKept() async throws {
        let limits = NativeHost.limits { $0.output = 100_000 }
        let outcome = try await NativeHost.shell("yes", limits: limits)
        #expect(outcome.ending == .overOutput)
        #expect(outcome.stdout.isTruncated)
        #expect(outcome.stdout.bytes.count == 100_000)
        let errors = try await NativeHost.shell("yes >&2", limits: limits)
        #expect(errors.ending == .overOutput)
        #expect(errors.stderr.bytes.count == 100_000)
        #expect(!errors.stdout.isTruncated)
    }

    @Test func outputAtTheLimitIsAllowed() async throws {
        let limits = NativeHost.limits { $0.output = 5 }
        let exact = try await NativeHost.shell("printf 12345", limits: limits)
        #expect(exact.ending == .exited(0))
        #expect(exact.stdout == CapturedOutput(bytes: Array("12345".utf8)))
        let over = try await NativeHost.shell("printf 123456", limits: limits)
        #expect(over.ending == .overOutput)
        #expect(over.stdout == CapturedOutput(bytes: Array("12345".utf8), isTruncated: true))
    }

    @Test func longOutputArrivesWhole() async throws {
        let outcome = try await NativeHost.python(
            "import sys\nsys.stdout.write('a' * 900000)\nsys.stderr.write('b' * 800000)")
        #expect(outcome.ending == .exited(0))
        #expect(outcome.stdout.bytes == [UInt8](repeating: UInt8(ascii: "a"), count: 900_000))
        #expect(outcome.stderr.bytes == [UInt8](repeating: UInt8(ascii: "b"), count: 800_000))
    }

    @Test func twoFullPipesArriveWhole() async throws {
        let outcome = try await NativeHost.python(
            "import os\nos.write(1, b'a' * 60000)\nos.write(2, b'b' * 65536)")
        #expect(outcome.stdout.bytes.count == 60_000)
        #expect(outcome.stderr.bytes == [UInt8](repeating: UInt8(ascii: "b"), count: 65_536))
    }

    @Test func processesAreLimited() async throws {
        let limits = NativeHost.limits { $0.processes = 10 }
        let outcome = try await NativeHost.c(
            """
            #include <stdio.h>
            #include <unistd.h>
            int main(void) {
                int made = 0;
                for (int i = 0; i < 50; i++) {
                    int pid = fork();
                    if (pid == 0) { pause(); return 0; }
                    if (pid > 0) made++;
                }
                printf("%d", made);
            }
            """, limits: limits)
        #expect(outcome.ending == .exited(0))
        #expect(outcome.stdout.text == "9")
    }

    @Test func backgroundProcessesCountToo() async throws {
        let limits = NativeHost.limits { $0.processes = 5 }
        let outcome = try await NativeHost.shell(
            "for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; echo all", limits: limits)
        #expect(outcome.stderr.text.contains("Cannot fork"))
        #expect(outcome.stdout.text.isEmpty)
    }

    @Test func theWorkDirectoryIsLimitedInSizeAndFiles() async throws {
        let limits = NativeHost.limits {
            $0.workSize = 1 << 20
            $0.workFiles = 20
        }
        let size = try await NativeHost.shell("head -c 2000000 /dev/zero > big || stat -c %s big", limits: limits)
        #expect(size.stdout.text == "1048576\n")
        let files = try await NativeHost.shell(
            "i=0; while [ $i -lt 50 ] && (: > f$i) 2>/dev/null; do i=$((i+1)); done; echo $i", limits: limits)
        #expect(files.stdout.text == "20\n")
    }

    @Test func fileSizeDescriptorsAndStackAreLimited() async throws {
        let limits = NativeHost.limits {
            $0.fileSize = 1000
            $0.openFiles = 20
            $0.stack = 1 << 20
        }
        let file = try await NativeHost.shell("trap '' XFSZ; head -c 5000 /dev/zero > f; stat -c %s f", limits: limits)
        #expect(file.stdout.text == "1000\n")
        let rest = try await NativeHost.shell("ulimit -n; ulimit -s; ulimit -c", limits: limits)
        #expect(rest.stdout.text == "20\n1024\n0\n")
        let stack = try await NativeHost.c("int main(void) { volatile char a[4096]; a[0] = 1; return main() + a[0]; }")
        #expect(stack.ending == .signalled(11))
    }

    @Test func standardInputIsGivenAndEnds() async throws {
        let input = String(repeating: "line\n", count: 100_000)
        let outcome = try await NativeHost.shell("cat | wc -c", stdin: input)
        #expect(outcome.stdout.text == "500000\n")
        let none = try await NativeHost.shell("cat | wc -c")
        #expect(none.stdout.text == "0\n")
        let again = try await NativeHost.shell(
            "cat < /dev/stdin; echo x > /dev/stdout; echo y >/dev/stderr", stdin: "in")
        #expect(again.stdout.text == "inx\n")
        #expect(again.stderr.text == "y\n")
    }

    @Test func theEnvironmentIsWhatWasAskedForOnly() async throws {
        let outcome = try await NativeHost.run(
            ["/usr/bin/env"], environment: ["A": "1", "B": "two words\nand a line", "C": ""])
        #expect(outcome.stdout.text == "A=1\nB=two words\nand a line\nC=\n")
    }

    @Test func argumentsArriveAsTheyAre() async throws {
        let arguments = ["", "a b", "\n", "\\", "'\"$(id)`id`", "ä€"]
        let outcome = try await NativeHost.run(
            ["/usr/bin/python3", "-c", "import sys; print(sys.argv[1:])"] + arguments)
        #expect(outcome.stdout.text == "['', 'a b', '\\n', '\\\\', '\\'\"$(id)`id`', 'ä€']\n")
    }

    @Test func requestsBeyondWhatAMessageCarriesAreRefused() async throws {
        await #expect(throws: SandboxError.self) { try await NativeHost.run([]) }
        await #expect(throws: SandboxError.self) { try await NativeHost.run(["echo", "a\0b"]) }
        await #expect(throws: SandboxError.self) {
            try await NativeHost.run(["echo", String(repeating: "a", count: 97 << 10)])
        }
        let most = try await NativeHost.run(["echo", String(repeating: "a", count: 95 << 10)])
        #expect(most.stdout.bytes.count == (95 << 10) + 1)
        await #expect(throws: SandboxError.self) {
            try await NativeHost.run(["true"], limits: NativeHost.limits { $0.memory = Limits.ceiling.memory + 1 })
        }
    }
}

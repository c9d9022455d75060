import Core
import Sandboxing
import Testing

extension SandboxPromise {
    static let limiting = [
        SandboxPromise("a busy loop is over its CPU time", if: \.cpuTime) { host in
            let limits = host.limits { $0.cpuTime = .milliseconds(400) }
            let outcome = try await host.shell("while :; do :; done") { $0.cpuTime = .milliseconds(400) }
            #expect(outcome.ending == .overCPUTime)
            #expect(outcome.cpuTime >= limits.cpuTime)
            #expect(outcome.cpuTime < limits.cpuTime + .milliseconds(500))
        } otherwise: { host in
            let outcome = try await host.shell("while :; do :; done") {
                $0.cpuTime = .milliseconds(100)
                $0.wallTime = .milliseconds(500)
            }
            #expect(outcome.ending == .overWallTime)
        },
        SandboxPromise("grandchildren burn the same CPU time", if: \.cpuTime) { host in
            let outcome = try await host.shell("for i in 1 2 3; do (sh -c 'while :; do :; done' &) ; done; sleep 20") {
                $0.cpuTime = .milliseconds(400)
            }
            #expect(outcome.ending == .overCPUTime)
        } otherwise: { _ in
        },
        SandboxPromise("a sleep is over its wall time, and what it wrote before is kept") { host in
            let outcome = try await host.shell("echo before; sleep 100") { $0.wallTime = .milliseconds(500) }
            #expect(outcome.ending == .overWallTime)
            #expect(outcome.stdout.text == "before\n")
            #expect(outcome.cpuTime < outcome.wallTime)
        },
        SandboxPromise("a program that takes too much memory is over memory", if: \.memory) { host in
            let outcome = try await host.python("x = bytearray(300 << 20)\nprint(len(x))") { $0.memory = 64 << 20 }
            #expect(outcome.ending == .overMemory)
            let allowed = try await host.python("x = bytearray(64 << 20)\nprint(len(x))") { $0.memory = 256 << 20 }
            #expect(allowed.ending == .exited(0))
            #expect(allowed.peakMemory > 64 << 20)
        } otherwise: { host in
            let outcome = try await host.python("x = bytearray(300 << 20)\nprint(len(x))") { $0.memory = 64 << 20 }
            #expect(outcome.ending == .exited(0))
        },
        SandboxPromise("files in memory count as memory", if: \.memory) { host in
            for directory in ["/work", "/tmp", "/dev/shm"] {
                let outcome = try await host.shell("head -c 200000000 /dev/zero > \(directory)/big") {
                    $0.memory = 64 << 20
                    $0.workSize = 512 << 20
                    $0.fileSize = 512 << 20
                }
                #expect(outcome.ending == .overMemory, "\(directory)")
            }
        } otherwise: { _ in
        },
        SandboxPromise("an address-space limit makes allocation fail") { host in
            let outcome = try await host.python("x = bytearray(2000 << 20)") { $0.addressSpace = 1 << 30 }
            #expect(outcome.ending == .exited(1))
            #expect(outcome.stderr.text.contains("MemoryError"))
        },
        SandboxPromise("output is cut at its limit, and kept up to it", if: \.output) { host in
            let outcome = try await host.shell("yes") { $0.output = 100_000 }
            #expect(outcome.ending == .overOutput)
            #expect(outcome.stdout.isTruncated && outcome.stdout.bytes.count == 100_000)
            let errors = try await host.shell("yes >&2") { $0.output = 100_000 }
            #expect(errors.ending == .overOutput)
            #expect(errors.stderr.bytes.count == 100_000 && !errors.stdout.isTruncated)
        } otherwise: { _ in
            Issue.record("the service itself reads the output of every backend")
        },
        SandboxPromise("output at the limit is allowed", if: \.output) { host in
            let exact = try await host.shell("printf 12345") { $0.output = 5 }
            #expect(exact.ending == .exited(0))
            #expect(exact.stdout == CapturedOutput(bytes: Array("12345".utf8)))
            let over = try await host.shell("printf 123456") { $0.output = 5 }
            #expect(over.ending == .overOutput)
            #expect(over.stdout == CapturedOutput(bytes: Array("12345".utf8), isTruncated: true))
        } otherwise: { _ in
            Issue.record("the service itself reads the output of every backend")
        },
        SandboxPromise("long output arrives whole, on both streams") { host in
            let outcome = try await host.python(
                "import sys\nsys.stdout.write('a'*900000)\nsys.stderr.write('b'*800000)")
            #expect(outcome.ending == .exited(0))
            #expect(outcome.stdout.bytes == [UInt8](repeating: UInt8(ascii: "a"), count: 900_000))
            #expect(outcome.stderr.bytes == [UInt8](repeating: UInt8(ascii: "b"), count: 800_000))
        },
        SandboxPromise("processes are limited", if: \.processes) { host in
            let outcome = try await host.python(forking) { $0.processes = 10 }
            #expect(outcome.stdout.text == "9\n")
        } otherwise: { host in
            let outcome = try await host.python(forking) { $0.processes = 10 }
            #expect(outcome.stdout.text == "30\n")
        },
        SandboxPromise("the work directory is limited in size and files", if: \.disk) { host in
            let size = try await host.shell("head -c 2000000 /dev/zero > big || stat -c %s big") {
                $0.workSize = 1 << 20
            }
            #expect(size.stdout.text == "1048576\n")
            let outcome = try await host.shell(manyFiles) { $0.workFiles = 20 }
            #expect(outcome.stdout.text == "20\n")
        } otherwise: { host in
            let outcome = try await host.shell(manyFiles) { $0.workFiles = 20 }
            #expect(outcome.stdout.text == "50\n")
        },
        SandboxPromise("file size and descriptors are limited") { host in
            let file = try await host.shell("trap '' XFSZ; head -c 5000 /dev/zero > f; wc -c < f") {
                $0.fileSize = 1000
            }
            #expect(file.stdout.text == "1000\n", "\(file.stderr.text)")
            let rest = try await host.shell("ulimit -n; ulimit -s; ulimit -c") {
                $0.openFiles = 20
                $0.stack = 1 << 20
            }
            #expect(rest.stdout.text == "20\n1024\n0\n")
        },
    ]

    private static let manyFiles =
        "i=0; while [ $i -lt 50 ] && (: > f$i) 2>/dev/null; do i=$((i+1)); done; echo $i"

    private static let forking = """
        import os, time
        made = 0
        for i in range(30):
            try:
                if os.fork() == 0:
                    time.sleep(100)
                made += 1
            except OSError:
                break
        print(made)
        """
}

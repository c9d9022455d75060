import Core
import Sandboxing
import Testing

extension SandboxPromise {
    static let moving = [
        SandboxPromise("files go in and come out") { host in
            let big = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) })
            let files = [
                try SourceFile(path: RelativePath("a.txt"), text: "hello"),
                try SourceFile(path: RelativePath("deep/er/b"), contents: big, isExecutable: true),
                try SourceFile(path: RelativePath("empty"), contents: []),
            ]
            let limits = host.limits()
            try await host.sandbox(limits) { sandbox in
                try await sandbox.write(FileBundle(files))
                let status =
                    "import os, pwd; s = os.stat(\"a.txt\"); print(pwd.getpwuid(s.st_uid).pw_name, oct(s.st_mode))"
                let script = "cp a.txt copy; test -x deep/er/b && python3 -c '\(status)'"
                let outcome = try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: limits))
                #expect(outcome.stdout.text == "student 0o100644\n", "\(outcome.stderr.text)")
                let collected = try await sandbox.collect(bytes: 8 << 20, files: 10)
                #expect(
                    Set(collected.files) == Set(files + [try SourceFile(path: RelativePath("copy"), text: "hello")]))
            }
        },
        SandboxPromise("what is collected is limited") { host in
            let limits = host.limits()
            try await host.sandbox(limits) { sandbox in
                let script = "head -c 100 /dev/zero > a; head -c 100 /dev/zero > b"
                _ = try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: limits))
                #expect(try await sandbox.collect(bytes: 200, files: 2).files.count == 2)
                await #expect(throws: SandboxError.tooLarge(limit: 199)) {
                    try await sandbox.collect(bytes: 199, files: 2)
                }
                await #expect(throws: SandboxError.self) { try await sandbox.collect(bytes: 200, files: 1) }
            }
        },
        SandboxPromise("files that do not fit are refused", if: \.disk) { host in
            let limits = host.limits { $0.workSize = 1 << 20 }
            let big = FileBundle([
                try SourceFile(path: RelativePath("a"), contents: Array(repeating: 1, count: 2 << 20))
            ])
            try await host.sandbox(limits) { sandbox in
                await #expect(throws: SandboxError.tooLarge(limit: 1 << 20)) { try await sandbox.write(big) }
            }
        } otherwise: { _ in
        },
        SandboxPromise("links and special files are left where they are") { host in
            let limits = host.limits()
            try await host.sandbox(limits) { sandbox in
                let script = "ln -s /etc/passwd link; ln -s / root; mkfifo pipe; echo 1 > real; ln real twin"
                _ = try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: limits))
                #expect(try await sandbox.collect(bytes: 1 << 20, files: 10).files.isEmpty)
            }
        },
        SandboxPromise("files are not written through links that a program left") { host in
            let limits = host.limits()
            try await host.sandbox(limits) { sandbox in
                let script = "mkdir other; ln -s other dir; echo old > other/target; ln -s other/target file"
                _ = try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: limits))
                try await sandbox.write(FileBundle([try SourceFile(path: RelativePath("file"), text: "new")]))
                let outcome = try await sandbox.run(
                    Command(arguments: ["sh", "-c", "cat file other/target"], limits: limits))
                #expect(outcome.stdout.text == "newold\n")
                await #expect(throws: SandboxError.self) {
                    try await sandbox.write(FileBundle([try SourceFile(path: RelativePath("dir/x"), text: "new")]))
                }
            }
        },
    ]
}

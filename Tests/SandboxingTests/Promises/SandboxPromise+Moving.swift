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
        SandboxPromise("files come with a run") { host in
            let limits = host.limits()
            func files(_ count: Int, of size: Int, named name: String) throws -> FileBundle {
                FileBundle(
                    try (0..<count).map {
                        SourceFile(path: try RelativePath("\(name)/\($0)"), contents: Array(repeating: 1, count: size))
                    })
            }
            let command = Command(arguments: ["sh", "-c", "cat */* | wc -c; echo */* | wc -w"], limits: limits)
            try await host.sandbox(limits) { sandbox in
                // Few and small, too many, too much: a backend may treat them in different ways.
                let few = try await sandbox.run(command, with: files(64, of: 10, named: "few"), isLast: false)
                #expect(few.stdout.text == "640\n64\n", "\(few.stderr.text)")
                let many = try await sandbox.run(command, with: files(65, of: 10, named: "many"), isLast: false)
                #expect(many.stdout.text == "1290\n129\n", "\(many.stderr.text)")
                let much = try await sandbox.run(command, with: files(1, of: 3 << 20, named: "much"), isLast: false)
                #expect(much.stdout.text == "3147018\n130\n", "\(much.stderr.text)")
                let none = try await sandbox.run(command, with: nil, isLast: true)
                #expect(none.stdout.text == much.stdout.text, "\(none.stderr.text)")
            }
        },
        SandboxPromise("a run whose files do not fit is not begun, and others are", if: \.disk) { host in
            let limits = host.limits { $0.workSize = 1 << 18 }
            let big = FileBundle([
                try SourceFile(path: RelativePath("a"), contents: Array(repeating: 1, count: 1 << 19))
            ])
            let small = FileBundle([try SourceFile(path: RelativePath("b"), text: "fits")])
            try await host.sandbox(limits) { sandbox in
                for _ in 0..<2 {
                    await #expect(throws: SandboxError.tooLarge(limit: 1 << 18)) {
                        try await sandbox.run(
                            Command(arguments: ["touch", "begun"], limits: limits), with: big, isLast: false)
                    }
                    // What was laid down of it before that was known stays.
                    let room = try await sandbox.run(Command(arguments: ["sh", "-c", "rm -f a; ls"], limits: limits))
                    #expect(!room.stdout.text.contains("begun"))
                    let next = Command(arguments: ["cat", "b"], limits: limits)
                    #expect(try await sandbox.run(next, with: small, isLast: false).stdout.text == "fits")
                }
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

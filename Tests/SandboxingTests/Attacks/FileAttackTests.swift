import Core
import Glibc
import Sandboxing
import Testing

/// Files that a program left, in the hands of those who move files in and out.
@Suite(
    .enabled("the launcher needs root") { NativeHost.isPrivileged }, .serialized,
    .leavingNothing(in: NativeHost.backend))
struct FileAttackTests {
    private func file(_ path: String, _ text: String) throws -> SourceFile {
        try SourceFile(path: RelativePath(path), text: text)
    }

    private func command(_ script: String) -> Command { Command(arguments: ["sh", "-c", script], limits: .default) }

    /// Lets a script prepare the work directory, then hands the sandbox to `body`.
    private func after(_ script: String, _ body: (any Sandbox) async throws -> Void) async throws {
        try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: .default)) { sandbox in
            let outcome = try await sandbox.run(command(script))
            try #require(outcome.ending == .exited(0), "\(outcome.stderr.text)")
            try await body(sandbox)
        }
    }

    @Test func onlyPlainFilesWithOneNameComeOut() async throws {
        let script = """
            ln -s /etc/passwd out; ln -s good link; ln -s .. up; ln -s /usr/lib dir; mkfifo pipe; echo 1 > good
            echo 2 > twice; ln twice again; python3 -c "import socket; socket.socket(1, 1).bind('socket')"
            echo 3 > secret; chmod 0 secret; mkdir closed; echo 4 > closed/f; chmod 0 closed
            """
        try await after(script) { sandbox in
            let files = try await sandbox.collect(bytes: 1 << 20, files: 100).files
            #expect(files.map(\.path.string) == ["good"])
        }
    }

    @Test func namesThatAreNoPathsStayInside() async throws {
        let script = "touch \"$(printf 'a\\nb')\" \"$(printf '\\377')\" 'back\\slash' ' '; mkdir -p a/b; echo x > a/b/c"
        try await after(script) { sandbox in
            let files = try await sandbox.collect(bytes: 1 << 20, files: 100).files
            #expect(Set(files.map(\.path.string)) == ["back\\slash", " ", "a/b/c"])
            // What was left out must not come back by way of the packed form.
            try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: .default)) { other in
                try await other.write(FileBundle(files))
                #expect(try await other.run(command("ls | wc -l")).stdout.text == "3\n")
            }
        }
    }

    @Test func filesAreNotWrittenThroughLinks() async throws {
        try await after("ln -s /tmp/target main.c; ln -s /tmp d; mkdir real; ln -s real alias") { sandbox in
            try await sandbox.write(FileBundle([try file("main.c", "new")]))
            #expect(
                try await sandbox.run(command("cat main.c; test -L main.c || echo plain; ls /tmp")).stdout.text
                    == "newplain\n")
            for path in ["d/x", "alias/x"] {
                await #expect(throws: SandboxError.self) { try await sandbox.write(FileBundle([try file(path, "x")])) }
            }
            #expect(try await sandbox.run(command("ls /tmp real")).stdout.text == "/tmp:\n\nreal:\n")
        }
    }

    @Test func whatHasTheNameOfAFileIsReplacedWithoutWaiting() async throws {
        try await after("mkfifo main.c; touch a; ln a b; mkdir dir") { sandbox in
            try await sandbox.write(FileBundle([try file("main.c", "1"), try file("a", "2")]))
            #expect(try await sandbox.run(command("cat main.c a b")).stdout.text == "12")
            await #expect(throws: SandboxError.self) { try await sandbox.write(FileBundle([try file("dir", "x")])) }
        }
    }

    @Test func aDirectoryDeeperThanAnyPathIsLeftOut() async throws {
        let script = """
            python3 -c "
            import os
            for i in range(300):
                os.mkdir('d'); os.chdir('d'); open('f', 'w').close()
            "
            """
        try await after(script) { sandbox in
            let files = try await sandbox.collect(bytes: 1 << 20, files: 1000).files
            #expect(files.count == RelativePath.maximumDepth - 1)
        }
    }

    @Test func nothingOfAnEarlierSandboxIsThere() async throws {
        let leave = """
            echo secret | tee /work/f /tmp/f /dev/shm/f; ipcmk -M 1000 -Q -S 1 > /dev/null
            (python3 -c "import socket,time; s = socket.socket(1, 1); s.bind('\\0name'); s.listen(); time.sleep(60)" &)
            """
        let look = """
            find /work /tmp /dev/shm -type f; ipcs | grep -c 0x
            python3 -c "import socket; print(socket.socket(1, 1).connect_ex('\\0name'))"
            """
        for _ in 0..<6 {
            try await after(leave) { _ in
                let beside = try await NativeHost.shell(look)
                #expect(beside.stdout.text == "0\n111\n")
            }
            #expect(try await NativeHost.shell(look).stdout.text == "0\n111\n")
        }
    }

    @Test func whatACompilerIsToldToReadIsNotThere() async throws {
        let attacks = [
            "#include \"/etc/shadow\"\n", "#include \"/proc/1/environ\"\n",
            "__asm__(\".incbin \\\"/root/.profile\\\"\");\n",
        ]
        for source in attacks {
            let error = await #expect(throws: NativeHost.CompilationFailed.self) {
                try await NativeHost.compile(source + "int main(void) { return 0; }\n")
            }
            #expect(error?.message.contains("root:") == false)
        }
    }

    @Test(
        arguments: [
            ("c", "#include \"/dev/zero\"\nint main(void) {}\n"),
            ("c", "#include \"/dev/urandom\"\nint main(void) {}\n"),
            ("c", "#include \"main.c\"\n"),
            ("c", "int a[1 << 30] = {1};\nint main(void) { return a[3]; }\n"),
            ("cpp", "template <int N> struct A { A<N + 1> a; }; A<0> a; int main() {}\n"),
            (
                "cpp",
                "template <int N, int M> struct F { static const int v = F<N - 1, M * 2>::v + F<N - 1, M * 2 + 1>::v; };\n"
                    + "template <int M> struct F<0, M> { static const int v = M; };\nint main() { return F<22, 1>::v; }\n"
            ),
            (
                "c",
                "#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(A(A(A(A(A(x))))))))\nint main(void) { B(B(y;)) }\n"
            ),
        ] as [(String, String)])
    func aCompilerThatIsMisusedReachesItsLimits(kind: String, source: String) async throws {
        let limits = Limits(
            cpuTime: .seconds(1), wallTime: .seconds(8), memory: 128 << 20, processes: 32, fileSize: 16 << 20,
            workSize: 32 << 20, output: 50_000)
        try await withSandbox(of: NativeHost.backend, SandboxConfiguration(limits: limits)) { sandbox in
            try await sandbox.write(FileBundle([try file("main.\(kind)", source)]))
            let outcome = try await sandbox.run(
                Command(arguments: [kind == "c" ? "gcc" : "g++", "-o", "main", "main.\(kind)"], limits: limits))
            #expect(outcome.ending != .exited(0))
            #expect(outcome.cpuTime < .seconds(2))
            #expect(outcome.stderr.bytes.count <= 50_000)
        }
    }
}

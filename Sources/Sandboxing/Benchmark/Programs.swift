import Core
import Glibc

extension NativeBenchmark {
    /// The programs that are measured, compiled in a sandbox and put on the host too, for the bare runs.
    struct Programs: Sendable {
        let directory: String
        let source: FileBundle
        let staticBundle: FileBundle
        let dynamicBundle: FileBundle

        var staticPath: String { directory + "/static" }
        var dynamicPath: String { directory + "/dynamic" }
        var sourcePath: String { directory + "/main.c" }

        /// Ends at once, without a C library: the least that a process can cost.
        private static let staticSource = """
            void _start(void) {
            #if defined(__x86_64__)
                __asm__ volatile("syscall" : : "a"(231), "D"(0));
            #else
                register long number __asm__("x8") = 94, status __asm__("x0") = 0;
                __asm__ volatile("svc 0" : : "r"(number), "r"(status));
            #endif
            }
            """
        private static let dynamicSource = "int main(void) { return 0; }\n"

        init(_ backend: NativeBackend) async throws {
            source = FileBundle([try SourceFile(path: RelativePath("main.c"), text: Self.dynamicSource)])
            staticBundle = try await Self.compile(
                backend, Self.staticSource, "static", ["-static", "-nostdlib", "-ffreestanding"])
            dynamicBundle = try await Self.compile(backend, Self.dynamicSource, "dynamic", [])
            var template = Array("/tmp/assay-benchmark-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else {
                throw SandboxError.setupFailed(step: "make directory", errno: errno)
            }
            directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            for file in staticBundle.files + dynamicBundle.files + source.files {
                let number = open(directory + "/" + file.path.string, O_WRONLY | O_CREAT | O_CLOEXEC, 0o755)
                guard number >= 0 else { throw SandboxError.setupFailed(step: "write program", errno: errno) }
                try Descriptor(number).append(file.contents)
            }
        }

        func remove() {
            HostFile.removeTree(directory)
        }

        private static func compile(
            _ backend: NativeBackend, _ text: String, _ name: String, _ options: [String]
        ) async throws -> FileBundle {
            let limits = Language.compileLimits
            let source = FileBundle([try SourceFile(path: RelativePath("main.c"), text: text)])
            return try await withSandbox(of: backend, SandboxConfiguration(limits: limits)) { sandbox in
                try await sandbox.write(source)
                let outcome = try await sandbox.run(
                    Command(arguments: ["gcc", "-O2", "-o", name, "main.c"] + options, limits: limits))
                guard outcome.ending == .exited(0) else {
                    throw SandboxError.lost(String(decoding: outcome.stderr.bytes, as: UTF8.self))
                }
                let files = try await sandbox.collect(bytes: 8 << 20, files: 8).files
                return FileBundle(files.filter { $0.path.string == name })
            }
        }
    }
}

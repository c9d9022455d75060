import Core
import Glibc
import Sandboxing
import TaskFormats
import Testing

/// A program in Java finds the same, and its compiler says the same, whether a virtual machine waited for it or was
/// started for it.
@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged }, .serialized)
struct JavaWarmTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var files: [String: String] = [:]
        var stdin = ""

        var testDescription: String { name }

        init(_ name: String, _ source: String, files: [String: String] = [:], stdin: String = "") {
            (self.name, self.files, self.stdin) = (name, files, stdin)
            self.files["Main.java"] = source
        }
    }

    private static func main(_ statements: String, _ members: String = "") -> String {
        """
        import java.util.*;
        public class Main {
            \(members)
            public static void main(String[] args) throws Exception { \(statements) }
        }
        """
    }

    static let cases = [
        Case("a hello", main("System.out.println(\"hello\");")),
        Case("nothing at all", main("")),
        Case(
            "input",
            main("var in = new Scanner(System.in); System.out.println(in.nextInt() + in.nextInt() + in.nextLine());"),
            stdin: "1\n2 äöü\n"),
        Case("no input", main("System.out.println(System.in.read());")),
        Case("an exception", main("f(0);", "static int f(int x) { return 1 / x; }")),
        Case(
            "an exception of an exception",
            main("try { List.of(1).get(2); } catch (RuntimeException e) { throw new Exception(\"ä\", e); }")),
        Case("an exit", main("System.err.print(\"a\"); System.exit(7);")),
        Case(
            "recursion without end",
            main("try { f(); } catch (StackOverflowError e) { System.out.println(e); }", "static void f() { f(); }")),
        Case(
            "what the virtual machine shows",
            main(
                """
                for (var entry : new TreeMap<>(System.getenv()).entrySet()) System.out.println(entry);
                for (var name : new TreeSet<>(System.getProperties().stringPropertyNames())) System.out.println(name + "=" + System.getProperty(name));
                System.out.println(Runtime.getRuntime().maxMemory() + " " + Locale.getDefault() + " " + TimeZone.getDefault().getID());
                System.out.println(Arrays.toString(Thread.currentThread().getStackTrace()));
                System.out.println(new Object() + " " + Thread.currentThread() + " " + Main.class.getClassLoader().getClass());
                for (var thread : new TreeMap<>(Map.of(1, 2)).keySet()) System.out.println(Thread.getAllStackTraces().keySet().size());
                System.out.println(Main.class.getProtectionDomain().getCodeSource().getLocation());
                """)),
        Case(
            "what the system shows",
            main(
                """
                System.out.println(Arrays.toString(new java.io.File(".").list()) + Arrays.toString(new java.io.File("/tmp").list()));
                for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/self/limits")))
                    if (!line.startsWith("Max cpu time")) System.out.println(line);
                for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/self/status")))
                    if (line.startsWith("Cap") || line.startsWith("Seccomp") || line.startsWith("NoNewPrivs")) System.out.println(line);
                for (String target : List.of("0", "1", "2"))
                    System.out.println(java.nio.file.Files.readSymbolicLink(java.nio.file.Path.of("/proc/self/fd/" + target)).toString().replaceAll("[0-9]+", "N"));
                System.out.println(new java.io.File("/proc/self/cwd").getCanonicalPath());
                """)),
        Case(
            "threads and processes",
            main(
                """
                var thread = new Thread(() -> System.out.println(Thread.currentThread().getName()));
                thread.start(); thread.join();
                var process = new ProcessBuilder("sh", "-c", "echo $JAVA_TOOL_OPTIONS x; cat; ls /proc/self/fd | wc -l").redirectErrorStream(true).start();
                process.getOutputStream().close();
                System.out.print(new String(process.getInputStream().readAllBytes()));
                """)),
        Case(
            "classes in other files",
            main("System.out.println(new Helper().text() + p.Other.value());"),
            files: [
                "Helper.java": "class Helper { String text() { return \"helped\"; } }",
                "p/Other.java": "package p; public class Other { public static int value() { return 3; } }",
            ]),
        Case(
            "names that need care", main("System.out.println(new A().x());"),
            files: ["a b/A\"c'\\@d.java": "class A { int x() { return 4; } }"]),
        Case("a syntax error", "public class Main { void f( }"),
        Case("an unknown name", main("int x = nothing; String s = 1;")),
        Case("a warning", main("List list = new ArrayList(); list.add(1); new Date(1, 2, 3);")),
        Case("another class", "public class Other { }"),
        Case("no main method", "public class Main { }"),
        Case("letters beyond ASCII", main("System.out.println(größe);", "static String größe = \"→ ∀x\";")),
        Case("a class within a method", main("class A {} System.out.println(A.class.getName());")),
    ]

    private static let backend = NativeBackend(
        NativeConfiguration(poolSize: 2, maximumSandboxes: 16, userIDBase: 0x7b00_0000, cgroup: "assay-java"))

    private static func java() throws -> Language {
        let path = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Languages/java.yaml"
        return try LanguageFile.parse(String(contentsOfFile: path, encoding: .utf8), named: path)
    }

    private struct Missing: Error {}

    /// Runs a command that begins as `start`; in a virtual machine that waited, if `isWarm`.
    private func run(
        _ arguments: [String], _ start: WarmStart, _ files: FileBundle, stdin: String = "", limits: Limits,
        isWarm: Bool,
        collects: Bool = false
    ) async throws -> (Outcome, FileBundle) {
        let backend = Self.backend
        if isWarm { try await backend.warmUp(start, limits: limits) }
        let before = backend.statistics.warmRuns
        let configuration = SandboxConfiguration(limits: limits, warm: isWarm ? start : nil)
        let result = try await withSandbox(of: backend, configuration) { sandbox in
            try await sandbox.write(files)
            let outcome = try await sandbox.run(
                Command(
                    arguments: arguments, environment: start.environment, stdin: Array(stdin.utf8), limits: limits))
            return (outcome, collects ? try await sandbox.collect(bytes: 1 << 20, files: 100) : FileBundle([]))
        }
        guard backend.statistics.warmRuns - before == (isWarm ? 1 : 0) else { throw Missing() }
        return result
    }

    private struct Life: Equatable {
        var compiler: String
        var classes: [SourceFile] = []
        var program: String?
    }

    private func text(_ outcome: Outcome) -> String {
        "\(outcome.ending)\n\(outcome.stdout.text)\n\(outcome.stderr.text)"
    }

    private func start(_ beginning: [String], _ language: Language, _ preparation: WarmPreparation?) throws -> WarmStart
    {
        let environment = Command.environment(of: language)
        guard let preparation,
            let start = WarmStart(arguments: beginning, environment: environment, preparation: preparation)
        else { throw Missing() }
        return start
    }

    private func programLimits() throws -> Limits {
        NativeHost.limits {
            $0.memory = 512 << 20
            $0.processes = 256
        }
    }

    private func runStart(_ limits: Limits) throws -> WarmStart {
        let java = try Self.java()
        let command = java.expand(java.run, entry: java.entryFile, files: [java.entryFile], limits: limits)
        return try start(command, java, java.warm)
    }

    private func live(_ example: Case, isWarm: Bool) async throws -> Life {
        let java = try Self.java()
        let limits = Language.compileLimits
        let files = try example.files.sorted { $0.key < $1.key }.map {
            SourceFile(path: try RelativePath($0.key), text: $0.value)
        }
        let command = try #require(java.compile)
        let compiler = try #require(WarmStart(compilerOf: java, entry: java.entryFile, limits: limits))
        let whole = java.expand(command, entry: java.entryFile, files: files.map(\.path), limits: limits)
        let (compiled, artefacts) = try await run(
            whole, compiler, FileBundle(files), limits: limits, isWarm: isWarm,
            collects: true)
        var life = Life(compiler: text(compiled))
        guard compiled.ending == .exited(0) else { return life }
        life.classes = artefacts.files.sorted { $0.path.string < $1.path.string }
        let runLimits = try programLimits()
        let begin = try runStart(runLimits)
        let (outcome, _) = try await run(
            begin.arguments, begin, artefacts, stdin: example.stdin, limits: runLimits, isWarm: isWarm)
        life.program = text(outcome)
        return life
    }

    @Test(arguments: cases) func itIsTheSame(_ example: Case) async throws {
        let cold = try await live(example, isWarm: false)
        let warm = try await live(example, isWarm: true)
        #expect(warm == cold)
    }

    private func outcome(_ statements: String, _ change: (inout Limits) -> Void) async throws -> Outcome {
        var limits = try programLimits()
        change(&limits)
        let example = Case("", Self.main(statements))
        let source = SourceFile(path: try RelativePath("Main.java"), text: example.files["Main.java"] ?? "")
        let java = try Self.java()
        let compile = java.expand(
            try #require(java.compile), entry: java.entryFile, files: [source.path], limits: Language.compileLimits)
        let program = try await withSandbox(
            of: Self.backend, SandboxConfiguration(limits: Language.compileLimits)
        ) { sandbox in
            try await sandbox.write(FileBundle([source]))
            let compiled = try await sandbox.run(Command(arguments: compile, limits: Language.compileLimits))
            #expect(compiled.ending == .exited(0), "\(compiled.stderr.text)")
            return try await sandbox.collect(bytes: 1 << 20, files: 10)
        }
        let begin = try runStart(limits)
        return try await run(begin.arguments, begin, program, limits: limits, isWarm: true).0
    }

    @Test func itsLimitsAreTheRuns() async throws {
        let busy = try await outcome("while (true) {}") { $0.cpuTime = .milliseconds(300) }
        #expect(busy.ending == .overCPUTime)
        #expect(busy.cpuTime >= .milliseconds(300) && busy.cpuTime < .milliseconds(900))
        let asleep = try await outcome("System.out.println(1); Thread.sleep(60000);") {
            $0.wallTime = .milliseconds(600)
        }
        #expect(asleep.ending == .overWallTime && asleep.stdout.text == "1\n")
        // Beyond its heap, which ends the machine by itself, and beyond its cgroup.
        let heap = try await outcome("var list = new ArrayList<long[]>(); while (true) list.add(new long[100000]);") {
            _ in
        }
        #expect(heap.ending == .exited(3))
        let child = try await outcome(
            "new ProcessBuilder(\"python3\", \"-c\", \"x = bytearray(400 << 20)\").start().waitFor(); Thread.sleep(9000);"
        ) { $0.memory = 300 << 20 }
        #expect(child.ending == .overMemory)
        let threads = try await outcome(
            "int n = 0; try { while (true) { var t = new Thread(() -> { try { Thread.sleep(9000); } catch (Exception e) {} }); t.setDaemon(true); t.start(); n++; } } catch (OutOfMemoryError e) { System.out.println(n); }"
        ) { $0.processes = 64 }
        // -XX:+ExitOnOutOfMemoryError does not count this kind of it.
        #expect(threads.ending == .exited(0))
        let made = Int(threads.stdout.text.split(separator: "\n").last ?? "") ?? -1
        #expect(made > 20 && made < 64, "\(threads.stdout.text)")
        let file = try await outcome(
            "try (var out = new java.io.FileOutputStream(\"f\")) { while (true) out.write(new byte[1000]); } catch (java.io.IOException e) { System.out.println(new java.io.File(\"f\").length()); }"
        ) { $0.fileSize = 5000 }
        #expect(file.stdout.text == "5000\n")
    }

    @Test func argumentsThatWereNotKnownStartAnother() async throws {
        let limits = try programLimits()
        let begin = try runStart(limits)
        var command = Command(arguments: begin.arguments, environment: begin.environment, limits: limits)
        #expect(begin.fits(command))
        command.arguments.append("more")
        #expect(!begin.fits(command))
    }
}

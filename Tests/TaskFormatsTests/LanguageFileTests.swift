import Core
import Foundation
import TaskFormats
import Testing

@Suite struct LanguageFileTests {
    static let whole = """
        title: Tea
        aliases: [t, tea#]
        extensions: [tea, t]
        entry: src/main.tea
        package: tea-compiler
        version: [teac, --version]
        version_pattern: "tea ([0-9]+)"
        compile: [teac, -o, program, "{sources}", "-m{memory_mb}"]
        run: [./program, 42, yes]
        environment:
          TEA_HOME: /tmp/tea
        out_of_memory: { exit_code: 3, message: the pot is full }
        limits: { cpu: 1.5 s, memory: 64 MiB, processes: 3 }
        compile_limits:
          wall: 2min
          work_size: 1 GiB
        """

    @Test func readsEveryField() throws {
        let language = try LanguageFile.parse(Self.whole, named: "somewhere/tea.yaml")
        var limits = LimitsRequest()
        limits.cpuTime = .milliseconds(1500)
        limits.memory = 64 << 20
        limits.processes = 3
        var compileLimits = LimitsRequest()
        compileLimits.wallTime = .seconds(120)
        compileLimits.workSize = 1 << 30
        #expect(
            try language
                == Language(
                    name: "tea", title: "Tea", aliases: ["t", "tea#"], extensions: ["tea", "t"],
                    entryFile: RelativePath("src/main.tea"), versionCommand: ["teac", "--version"],
                    versionPattern: "tea ([0-9]+)", package: "tea-compiler",
                    compile: ["teac", "-o", "program", "{sources}", "-m{memory_mb}"], run: ["./program", "42", "yes"],
                    outOfMemory: OutOfMemorySign(ending: .exited(3), message: "the pot is full"),
                    environment: ["TEA_HOME": "/tmp/tea"], limits: limits, compileLimits: compileLimits))
    }

    @Test func readsHowARuntimeIsPrepared() throws {
        let text = Self.whole + "\nwarm: { environment: { A: b }, files: { .x/y.py: \"print()\" } }\n"
        let files = [SourceFile(path: try RelativePath(".x/y.py"), text: "print()")]
        let language = try LanguageFile.parse(text, named: "tea.yaml")
        #expect(language.warm == WarmPreparation(files: files, environment: ["A": "b"]))
        let compiler = """

            warm_compiler:
              libraries: { .x/z: assay-java-agent }
              arguments: ["@/a"]
              more_arguments: false
            """
        #expect(
            try LanguageFile.parse(Self.whole + compiler, named: "tea.yaml").warmCompiler
                == WarmPreparation(
                    libraries: [RelativePath(".x/z"): "assay-java-agent"], arguments: ["@/a"], takesMoreArguments: false
                ))
        for wrong in [
            "{ libraries: { ../y: a } }", "{ libraries: { y: ../a } }", "{ libraries: { y: \"\" } }",
            "{ arguments: a }",
            "{ more_arguments: 2 }", "{ files: { ../y: a } }", "{ files: { /y: a } }", "{ command: [a] }",
            "{ files: { y: [a] } }",
        ] {
            #expect(throws: TaskFormatError.self) {
                try LanguageFile.parse(Self.whole + "\nwarm: \(wrong)\n", named: "tea.yaml")
            }
        }
    }

    /// One change to `whole` that makes it wrong, and where the error must point.
    struct Fault: CustomTestStringConvertible {
        let original: String
        let replacement: String
        let line: Int
        let field: String
        let reason: String

        init(_ original: String, _ replacement: String, line: Int, field: String, _ reason: String) {
            self.original = original
            self.replacement = replacement
            self.line = line
            self.field = field
            self.reason = reason
        }

        var testDescription: String { replacement }
    }

    @Test(arguments: [
        Fault("title:", "titel:", line: 1, field: "title", "is missing"),
        Fault("title: Tea", "title: Tea\ncolour: green", line: 2, field: "colour", "is not a field here"),
        Fault("title: Tea", "title:", line: 1, field: "title", "expected text"),
        Fault("title: Tea", "title: [Tea]", line: 1, field: "title", "expected text"),
        Fault("title: Tea", "title: Tea\ntitle: Tee", line: 1, field: "title", "more than once"),
        Fault("extensions: [tea, t]", "extensions: tea", line: 3, field: "extensions", "expected a list"),
        Fault("tea#", "Tee trinken", line: 2, field: "aliases[1]", "lower-case"),
        Fault("src/main.tea", "../main.tea", line: 4, field: "entry", "parts . or .."),
        Fault("\"tea ([0-9]+)\"", "\"tea ([0-9\"", line: 7, field: "version_pattern", "regular expression"),
        Fault("\"{sources}\"", "\"{source}\"", line: 8, field: "compile[3]", "no placeholder {source}"),
        Fault("\"{sources}\"", "\"-i{sources}\"", line: 8, field: "compile[3]", "a whole argument"),
        Fault("[teac, --version]", "[teac, \"{entry}\"]", line: 6, field: "version[1]", "no placeholder {entry}"),
        Fault("[./program, 42, yes]", "[]", line: 9, field: "run", "expected a program"),
        Fault("[./program, 42, yes]", "./program", line: 9, field: "run", "expected a list"),
        Fault("[./program, 42, yes]", "[./program, [a]]", line: 9, field: "run[1]", "expected text"),
        Fault("TEA_HOME: /tmp", "TEA=HOME: /tmp", line: 11, field: "environment.TEA=HOME", "no name"),
        Fault("exit_code: 3, ", "", line: 12, field: "out_of_memory", "either exit_code or signal"),
        Fault("exit_code: 3", "exit_code: 256", line: 12, field: "out_of_memory.exit_code", "from 0 to 255"),
        Fault("cpu: 1.5 s", "cpu: 1.5", line: 13, field: "limits.cpu", "a time with its unit"),
        Fault("cpu: 1.5 s", "cpu: 0s", line: 13, field: "limits.cpu", "greater than zero"),
        Fault("memory: 64 MiB", "memory: 64 mib", line: 13, field: "limits.memory", "a size with its unit"),
        Fault("memory: 64 MiB", "memory: -64 MiB", line: 13, field: "limits.memory", "a size with its unit"),
        Fault("processes: 3", "processes: three", line: 13, field: "limits.processes", "a whole number"),
        Fault("processes: 3", "threads: 3", line: 13, field: "limits.threads", "is not a field here"),
        Fault("wall: 2min", "wall: soon", line: 15, field: "compile_limits.wall", "a time with its unit"),
    ])
    func namesFileLineAndField(_ fault: Fault) throws {
        let text = Self.whole.replacingOccurrences(of: fault.original, with: fault.replacement)
        try #require(text != Self.whole)
        let error = #expect(throws: TaskFormatError.self) { try LanguageFile.parse(text, named: "tea.yaml") }
        #expect(error?.file == "tea.yaml")
        #expect(error?.line == fault.line)
        #expect(error?.field == fault.field)
        #expect(error?.reason.contains(fault.reason) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: [
        "", "# nothing", "- a\n- list", "text", "title: [", "\tx", "title: \u{1}", "a: &x [1]\nb: [*x, *x]",
        String(repeating: "[", count: 100_000), String(repeating: "a: {", count: 100_000), "a: b\n---\nc: d",
        String(repeating: " ", count: 1 << 20) + "a: b",
    ])
    func refusesWhatIsNoMapping(_ text: String) {
        #expect(throws: TaskFormatError.self) { try LanguageFile.parse(text, named: "tea.yaml") }
    }

    @Test(arguments: ["Tea.yaml", ".yaml", "two words.yaml", ""])
    func theFilesNameIsTheLanguages(_ name: String) {
        #expect(throws: TaskFormatError.self) { try LanguageFile.parse(Self.whole, named: name) }
    }

    @Test func refusesTwoOwnersOfAName() throws {
        try withTemporaryDirectory { directory in
            try Self.whole.write(toFile: directory + "/tea.yaml", atomically: true, encoding: .utf8)
            try Self.whole.write(toFile: directory + "/tee.yaml", atomically: true, encoding: .utf8)
            let error = #expect(throws: TaskFormatError.self) { try LanguageFile.loadAll(in: directory) }
            #expect(error?.file == directory + "/tee.yaml")
            #expect(error?.reason == "is also a name of tea")
        }
    }

    @Test func refusesDirectoriesWithoutLanguages() throws {
        try withTemporaryDirectory { directory in
            #expect(throws: TaskFormatError.self) { try LanguageFile.loadAll(in: directory) }
            #expect(throws: TaskFormatError.self) { try LanguageFile.loadAll(in: directory + "/none") }
        }
    }

    @Test func ourOwnAreWhole() throws {
        let languages = try LanguageFile.loadAll(in: checkout + "/Languages")
        #expect(
            languages.map(\.name) == [
                "bash", "c", "cpp", "executable", "fortran", "go", "haskell", "java", "javascript", "lua", "ocaml",
                "octave", "pascal", "perl", "php", "prolog", "python3", "ruby", "rust", "scripts", "sql", "swift",
                "text",
            ])
    }

    /// Scripts/packages.txt installs what the language files name. Swift is no Debian package.
    @Test func theirPackagesAreInstalledBySetup() throws {
        let list = try String(contentsOfFile: checkout + "/Scripts/packages.txt", encoding: .utf8)
        let packages = Set(
            list.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap {
                $0.split(separator: " ").dropFirst().first.map(String.init)
            })
        for language in try LanguageFile.loadAll(in: checkout + "/Languages") where language.name != "swift" {
            #expect(packages.contains(language.package), "\(language.name)")
        }
    }
}

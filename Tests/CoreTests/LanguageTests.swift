import Core
import Testing

@Suite struct LanguageTests {
    static let language = Language(
        name: "tea", title: "Tea", extensions: ["tea", "t"], entryFile: try! RelativePath("main.tea"),
        versionCommand: ["teac"], package: "tea", run: [],
        outOfMemory: OutOfMemorySign(ending: .exited(3), message: "the pot is full"))

    func expand(
        _ command: [String], entry: String = "main.tea", files: [String] = ["main.tea"], limits: Limits = .default
    ) throws -> [String] {
        try Self.language.expand(
            command, entry: RelativePath(entry), files: files.map { try RelativePath($0) }, limits: limits)
    }

    @Test func namesTheEntryFile() throws {
        #expect(
            try expand(["{entry}", "-o{stem}", "a{entry}b"], entry: "src/a.b.tea") == [
                "src/a.b.tea", "-osrc/a.b", "asrc/a.b.teab",
            ])
        #expect(try expand(["{stem}"], entry: "src.d/Makefile") == ["src.d/Makefile"])
        #expect(try expand(["{stem}"], entry: "src/.tea") == ["src/.tea"])
    }

    @Test func listsSourcesEntryFirst() throws {
        let files = ["b.tea", "notes.txt", "main.tea", "lib/a.t", "tea"]
        #expect(
            try expand(["teac", "{sources}", "-x"], files: files) == ["teac", "main.tea", "b.tea", "lib/a.t", "-x"])
        #expect(try expand(["{others}", "{entry}"], files: files) == ["b.tea", "lib/a.t", "main.tea"])
        #expect(try expand(["a", "{others}", "b"]) == ["a", "b"])
        #expect(try expand(["{sources}"], entry: "start", files: ["start", "b.tea"]) == ["start", "b.tea"])
    }

    @Test func optionsAreTheLanguagesOrTheSubmissions() throws {
        var language = Self.language
        language.compilerOptions = ["-O{memory_mb}", "-x"]
        language.linkerOptions = ["-lm"]
        let command = [
            "teac", "{compiler_options}", "{sources}", "{linker_options}", "{interpreter_options}", "{main}",
        ]
        let files = try ["main.tea", "b.tea"].map { try RelativePath($0) }
        func expand(_ options: ProgramOptions) -> [String] {
            language.expand(command, entry: files[0], files: files, limits: Limits(memory: 64 << 20), options: options)
        }
        #expect(expand(ProgramOptions()) == ["teac", "-O64", "-x", "main.tea", "b.tea", "-lm", "main"])
        let own = ProgramOptions(
            compiler: ["{entry}"], linker: [], interpreter: ["-i", "a b"], main: "p.{stem}", compilesEntryOnly: true)
        #expect(expand(own) == ["teac", "{entry}", "main.tea", "-i", "a b", "p.{stem}"])
    }

    @Test func filesAreNeverOptions() throws {
        #expect(
            try expand(["{sources}", "{stem}"], entry: "-o.tea", files: ["-o.tea", "@list.tea"]) == [
                "./-o.tea", "./@list.tea", "./-o",
            ])
    }

    @Test func replacesOnce() throws {
        #expect(
            try expand(["{entry} {", "}{entry}{{stem}", "{x}"], entry: "{stem}.tea") == [
                "{stem}.tea {", "}{stem}.tea{{stem}", "{x}",
            ])
    }

    @Test(arguments: [
        (4, "4 1"), (16, "16 1"), (32, "32 16"), (64, "64 48"), (256, "256 192"), (384, "384 288"), (1024, "1024 928"),
    ])
    func leavesMemoryBesideTheHeap(_ mebibytes: Int, _ expected: String) throws {
        #expect(try expand(["{memory_mb} {heap_mb}"], limits: Limits(memory: mebibytes << 20)) == [expected])
    }

    @Test func stacksEndBeforeTheKernels() throws {
        #expect(try expand(["-Xss{stack_kb}k"], limits: Limits(stack: 64 << 20)) == ["-Xss57344k"])
    }

    @Test func aRuntimesOwnLimitIsTheMemoryLimit() {
        func ending(_ ending: Ending, _ stdout: String, _ stderr: String = "") -> Ending {
            let outcome = Outcome(
                ending: ending, stdout: CapturedOutput(bytes: Array(stdout.utf8)),
                stderr: CapturedOutput(bytes: Array(stderr.utf8)))
            return Self.language.interpreted(outcome).ending
        }
        let padding = String(repeating: "the pot ", count: OutOfMemorySign.window)
        #expect(ending(.exited(3), "hm: the pot is full\n") == .overMemory)
        #expect(ending(.exited(3), "", "the the pot is full") == .overMemory)
        #expect(ending(.exited(3), padding + "the pot is full\n") == .overMemory)
        #expect(ending(.exited(3), "", "the pot is full" + padding) == .overMemory)
        #expect(ending(.exited(3), "the pot is ful") == .exited(3))
        #expect(ending(.exited(1), "the pot is full") == .exited(1))
        #expect(ending(.overCPUTime, "the pot is full") == .overCPUTime)
    }
}

import Core
import Sandboxing
import Testing

@testable import Grading

struct WarmProgramTests {
    private func program(
        _ options: ProgramOptions = ProgramOptions(), warm: WarmPreparation? = WarmPreparation(environment: ["P": "x"]),
        environment: [String: String] = ["A": "1"]
    ) throws -> Program {
        let entry = try RelativePath("a.py")
        let language = Language(
            name: "tea", title: "Tea", extensions: ["py"], entryFile: entry, versionCommand: ["tea"], package: "tea",
            run: ["tea", "{interpreter_options}", "{entry}"], interpreterOptions: ["-I"], environment: environment,
            warm: warm)
        return Program(
            language: language, entryFile: entry, sources: [entry], files: FileBundle([]), limits: .default,
            options: options)
    }

    @Test func aRuntimeIsPreparedWithTheCommandAndEnvironmentOfItsProgram() throws {
        let program = try program()
        let start = try #require(program.warm)
        #expect(start.arguments == ["tea", "-I", "a.py"])
        #expect(start.environment == program.environment)
        #expect(start.environment["P"] == nil)
        let command = Command(
            arguments: program.command(["more"]), environment: program.environment, limits: .default)
        #expect(start.fits(command))
        var other = command
        other.environment["B"] = ""
        #expect(!start.fits(other))
        other = command
        other.arguments[1] = "-O"
        #expect(!start.fits(other))
        other = command
        other.connections.stdin = try Descriptor.pipe().reading
        #expect(!start.fits(other))
    }

    @Test func whoChoosesHowAProgramIsStartedGetsNoPreparedRuntime() throws {
        #expect(try program(ProgramOptions(interpreter: ["-O"])).warm == nil)
        #expect(try program(ProgramOptions(interpreter: [])).warm == nil)
        #expect(try program(ProgramOptions(main: "b")).warm == nil)
        #expect(try program(ProgramOptions(joinsErrorOutput: true)).warm == nil)
        #expect(try program(warm: nil).warm == nil)
        // The preparation's own variables could not be told from the program's.
        #expect(try program(environment: ["P": "y"]).warm == nil)
    }
}

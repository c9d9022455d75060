import Core
import Sandboxing

/// Compiled checkers, kept so that a task's checker is compiled once and not for each submission.
package actor CheckerPrograms {
    /// Bytes of the compiled files that are kept; the one used longest ago goes first.
    static let capacity = 256 << 20

    private struct Key: Hashable {
        let program: CheckerProgram
        let backend: BackendName
    }

    private struct Entry {
        let program: Program
        let size: Int
        var lastUse: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0

    package init() {}

    /// The program of `checker`, compiled. Throws `CheckerFailure` if it does not compile or its language is not here.
    func program(
        of checker: CheckerProgram, in languages: LanguageCatalog, on backend: any SandboxBackend, cpus: [Int]
    ) async throws -> Program {
        let key = Key(program: checker, backend: backend.name)
        clock += 1
        if var entry = entries[key] {
            entry.lastUse = clock
            entries[key] = entry
            return entry.program
        }
        let source = try Self.source(of: checker, in: languages)
        switch try await source.compile(on: backend, cpus: cpus) {
        case .failed(let compilation):
            let output = compilation.outcome.stdout.bytes + compilation.outcome.stderr.bytes
            throw CheckerFailure(
                "the checker does not compile: "
                    + (compilation.reason ?? String(decoding: output.prefix(2000), as: UTF8.self)))
        case .program(let program, _):
            keep(program, for: key)
            return program
        }
    }

    private func keep(_ program: Program, for key: Key) {
        let size = program.files.size
        guard size <= Self.capacity / 2 else { return }
        entries[key] = Entry(program: program, size: size, lastUse: clock)
        while entries.values.reduce(0, { $0 + $1.size }) > Self.capacity,
            let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            entries[oldest.key] = nil
        }
    }

    private static func source(
        of checker: CheckerProgram, in languages: LanguageCatalog
    ) throws(CheckerFailure) -> ProgramSource {
        let language = try language(named: checker.language, in: languages)
        let entryFile: RelativePath
        do {
            entryFile = try GradingContext.entryFile(
                among: checker.files.map(\.path), wanted: checker.entryFile, in: language)
        } catch { throw CheckerFailure("the checker's entry file: \(error.detail)") }
        let limits = language.limits.overridden(by: checker.limits).applied(to: checkerLimits)
        return ProgramSource(
            language: language, files: checker.files, entryFile: entryFile, runLimits: limits,
            compileLimits: language.compile.map { _ in language.compileLimits.applied(to: Language.compileLimits) },
            image: languages.image(of: language) ?? languages.standardImage)
    }

    private static func language(
        named name: String, in languages: LanguageCatalog
    ) throws(CheckerFailure) -> Language {
        if let own = Language.ownLanguage(named: name) { return own }
        guard let entry = languages.entry(named: name) else {
            throw CheckerFailure("the checker is written in '\(name)', which is no language here")
        }
        if case .unavailable(let reason) = entry.availability {
            throw CheckerFailure("the checker's language \(name) is not available here: \(reason)")
        }
        return entry.language
    }

    /// A checker's limits when its task says nothing.
    static let checkerLimits = Limits(cpuTime: .seconds(30), wallTime: .seconds(90), memory: 512 << 20)
}

/// The teacher's program failed, neither the student's nor the service.
struct CheckerFailure: Error, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

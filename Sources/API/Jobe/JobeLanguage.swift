import Core
import Grading

/// A language as Jobe's clients know it: its name there, what it is here, and the defaults that it has there.
struct JobeLanguage: Sendable {
    /// What requests call it.
    let id: String
    /// What the language files call it.
    let name: String
    /// The source file when the request names none; Java's follows from the source.
    let fileName: String
    /// `nil` leaves the language file's own.
    var compilerOptions: [String]?
    var linkerOptions: [String]?
    var interpreterOptions: [String]?
    /// Megabytes; `nil` is no limit but the service's own.
    var memory: Int? = 400
    /// Whether memory is limited by address space. Virtual machines that reserve far more than they use start only
    /// without that; their use is limited instead.
    var limitsAddressSpace = true
    /// Processes and threads without which it does not start.
    var fewestProcesses = 0

    static let all: [JobeLanguage] = [
        JobeLanguage(
            id: "c", name: "c", fileName: "prog.c",
            compilerOptions: ["-Wall", "-Werror", "-std=c99", "-x", "c"], linkerOptions: ["-lm"]),
        JobeLanguage(
            id: "cpp", name: "cpp", fileName: "prog.cpp", compilerOptions: ["-Wall", "-Werror"]),
        JobeLanguage(id: "python3", name: "python3", fileName: "prog.py", memory: 1000),
        JobeLanguage(
            id: "java", name: "java", fileName: "Prog.java", memory: nil, limitsAddressSpace: false,
            fewestProcesses: 256),
        JobeLanguage(
            id: "nodejs", name: "javascript", fileName: "prog.js", limitsAddressSpace: false, fewestProcesses: 64),
        JobeLanguage(id: "php", name: "php", fileName: "prog.php"),
        JobeLanguage(id: "pascal", name: "pascal", fileName: "prog.pas"),
        JobeLanguage(id: "octave", name: "octave", fileName: "prog.m", memory: 500),
    ]

    /// The language of `id` with the version found here; `nil` when it is unknown or missing.
    static func available(_ id: String, in catalog: LanguageCatalog) -> (language: JobeLanguage, version: String)? {
        guard let language = all.first(where: { $0.id == id }),
            case .available(let version)? = catalog.entry(named: language.name)?.availability
        else { return nil }
        return (language, version)
    }
}

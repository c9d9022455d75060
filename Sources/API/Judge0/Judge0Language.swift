import Core
import Grading

/// A language as Judge0's clients know it: by a number that they carry in their code.
struct Judge0Language: Sendable {
    let id: Int
    /// What the language files call it.
    let name: String
    /// What people read, before the version.
    let title: String
    /// Whose version it is; `nil` where the title says it.
    let tool: String?
    let fileName: String
    /// Whether Judge0 has a compiler step for it. Where it has none, what our syntax check finds is what running the
    /// program would have ended with.
    let isCompiled: Bool
    /// In place of the language file's compiler options when a submission brings none; `nil` keeps those.
    let compilerOptions: [String]?
    let interpreterOptions: [String]?
    /// Whether its version belongs in its name.
    let hasVersion: Bool

    init(
        _ id: Int, _ name: String, _ title: String, _ tool: String? = nil, file: String, compiled: Bool = false,
        options: [String]? = nil, interpreterOptions: [String]? = nil, hasVersion: Bool = true
    ) {
        self.id = id
        self.name = name
        self.title = title
        self.tool = tool
        fileName = file
        isCompiled = compiled
        compilerOptions = options
        self.interpreterOptions = interpreterOptions
        self.hasVersion = hasVersion
    }

    /// The program that consists of several files and brings its own scripts.
    static let multiFile = 89

    var isMultiFile: Bool { id == Self.multiFile }

    /// Every number of version 1.13.1. Several numbers of one language are its compilers of different age there.
    static let all: [Judge0Language] = [
        Judge0Language(43, "text", "Plain Text", file: "text.txt", hasVersion: false),
        Judge0Language(44, "executable", "Executable", file: "a.out", hasVersion: false),
        Judge0Language(45, "assembly", "Assembly", "NASM", file: "main.asm", compiled: true),
        Judge0Language(46, "bash", "Bash", file: "script.sh"),
        Judge0Language(47, "basic", "Basic", "FBC", file: "main.bas", compiled: true),
        Judge0Language(48, "c", "C", "GCC", file: "main.c", compiled: true, options: []),
        Judge0Language(49, "c", "C", "GCC", file: "main.c", compiled: true, options: []),
        Judge0Language(50, "c", "C", "GCC", file: "main.c", compiled: true, options: []),
        Judge0Language(51, "csharp", "C#", "Mono", file: "Main.cs", compiled: true),
        Judge0Language(52, "cpp", "C++", "GCC", file: "main.cpp", compiled: true, options: []),
        Judge0Language(53, "cpp", "C++", "GCC", file: "main.cpp", compiled: true, options: []),
        Judge0Language(54, "cpp", "C++", "GCC", file: "main.cpp", compiled: true, options: []),
        Judge0Language(55, "lisp", "Common Lisp", "SBCL", file: "script.lisp"),
        Judge0Language(56, "d", "D", "DMD", file: "main.d", compiled: true),
        Judge0Language(57, "elixir", "Elixir", file: "script.exs"),
        Judge0Language(58, "erlang", "Erlang", "OTP", file: "main.erl"),
        Judge0Language(59, "fortran", "Fortran", "GFortran", file: "main.f90", compiled: true, options: []),
        Judge0Language(60, "go", "Go", file: "main.go", compiled: true),
        Judge0Language(61, "haskell", "Haskell", "GHC", file: "main.hs", compiled: true, options: []),
        Judge0Language(62, "java", "Java", "OpenJDK", file: "Main.java", compiled: true),
        Judge0Language(63, "javascript", "JavaScript", "Node.js", file: "script.js"),
        Judge0Language(64, "lua", "Lua", file: "script.lua"),
        Judge0Language(65, "ocaml", "OCaml", file: "main.ml", compiled: true),
        Judge0Language(66, "octave", "Octave", file: "script.m"),
        Judge0Language(67, "pascal", "Pascal", "FPC", file: "main.pas", compiled: true),
        Judge0Language(68, "php", "PHP", file: "script.php"),
        Judge0Language(69, "prolog", "Prolog", "SWI-Prolog", file: "main.pro"),
        Judge0Language(70, "python2", "Python", file: "script.py"),
        Judge0Language(71, "python3", "Python", file: "script.py"),
        Judge0Language(72, "ruby", "Ruby", file: "script.rb"),
        Judge0Language(73, "rust", "Rust", file: "main.rs", compiled: true),
        Judge0Language(74, "typescript", "TypeScript", file: "script.ts", compiled: true),
        Judge0Language(75, "c-clang", "C", "Clang", file: "main.c", compiled: true),
        Judge0Language(76, "cpp-clang", "C++", "Clang", file: "main.cpp", compiled: true),
        Judge0Language(77, "cobol", "COBOL", "GnuCOBOL", file: "main.cob", compiled: true),
        Judge0Language(78, "kotlin", "Kotlin", file: "Main.kt", compiled: true),
        Judge0Language(79, "objective-c", "Objective-C", "Clang", file: "main.m", compiled: true),
        Judge0Language(80, "r", "R", file: "script.r"),
        Judge0Language(81, "scala", "Scala", file: "Main.scala", compiled: true),
        Judge0Language(
            82, "sql", "SQL", "SQLite", file: "script.sql", interpreterOptions: ["db.sqlite"]),
        Judge0Language(83, "swift", "Swift", file: "Main.swift", compiled: true),
        Judge0Language(84, "visual-basic", "Visual Basic.Net", "vbnc", file: "Main.vb", compiled: true),
        Judge0Language(85, "perl", "Perl", file: "script.pl"),
        Judge0Language(86, "clojure", "Clojure", file: "main.clj"),
        Judge0Language(87, "fsharp", "F#", ".NET Core SDK", file: "script.fsx"),
        Judge0Language(88, "groovy", "Groovy", file: "script.groovy", compiled: true),
        Judge0Language(multiFile, "scripts", "Multi-file program", file: "run", compiled: true, hasVersion: false),
    ]

    static func named(_ id: Int) -> Judge0Language? { all.first { $0.id == id } }
}

/// A language of Judge0's with what this node knows of it.
struct Judge0LanguageEntry: Sendable {
    let language: Judge0Language
    let definition: Language
    let version: String

    /// Those that can be run here, by number.
    static func available(in catalog: LanguageCatalog) -> [Judge0LanguageEntry] {
        Judge0Language.all.compactMap { Judge0LanguageEntry($0, in: catalog) }
    }

    /// `nil` when it cannot be run here.
    init?(_ language: Judge0Language, in catalog: LanguageCatalog) {
        guard let entry = catalog.entry(named: language.name), case .available(let version) = entry.availability else {
            return nil
        }
        self.language = language
        definition = entry.language
        self.version = version
    }

    /// As lists show it: `C (GCC 12.2.0)`.
    var title: String {
        guard language.hasVersion else { return language.title }
        return "\(language.title) (\(language.tool.map { "\($0) " } ?? "")\(version))"
    }

    /// As `GET /languages` shows it.
    var summary: JSONValue { ["id": .integer(language.id), "name": .string(title)] }

    /// As `GET /languages/all` shows it. Nothing is archived: what is listed runs.
    var summaryWithArchive: JSONValue {
        ["id": .integer(language.id), "name": .string(title), "is_archived": false]
    }

    /// As `GET /languages/:id` shows it; a `%s` stands where a submission's compiler options go.
    var details: JSONValue {
        let compile = language.isCompiled && !language.isMultiFile ? definition.compile : nil
        return [
            "id": .integer(language.id), "name": .string(title), "is_archived": false,
            "source_file": language.isMultiFile ? .null : .string(language.fileName),
            "compile_cmd": JSONValue(compile.map(text)),
            "run_cmd": language.isMultiFile ? .null : .string(text(of: definition.run)),
        ]
    }

    private func text(of command: [String]) -> String {
        let file = language.fileName
        let stem = file.split(separator: ".").first.map(String.init) ?? file
        return command.flatMap { word -> [String] in
            switch word {
            case "{compiler_options}": ["%s"]
            case "{linker_options}": definition.linkerOptions
            case "{interpreter_options}": language.interpreterOptions ?? definition.interpreterOptions
            case "{entry}", "{sources}": [file]
            case "{main}", "{stem}": [stem]
            case "{others}": []
            default: [word]
            }
        }.joined(separator: " ")
    }
}

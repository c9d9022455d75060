import Core

/// Finds the programs of a package: each a file or a directory of its own.
struct ProgramFinder {
    let name: String
    /// Whether a program may bring the scripts `build` and `run`, as teachers' may.
    var allowsScripts = false

    struct Program {
        let name: String
        let files: [SourceFile]
        let language: String
    }

    /// Endings of files, and the languages that they are written in.
    private static let languages: [String: String] = [
        "c": "c", "cc": "cpp", "cpp": "cpp", "cxx": "cpp", "c++": "cpp", "C": "cpp", "py": "python3", "py3": "python3",
        "java": "java", "js": "javascript", "mjs": "javascript", "rb": "ruby", "pl": "perl", "php": "php", "lua": "lua",
        "go": "go", "rs": "rust", "hs": "haskell", "ml": "ocaml", "pas": "pascal", "sh": "bash", "f90": "fortran",
        "swift": "swift", "m": "octave", "pro": "prolog", "sql": "sql",
    ]

    static func language(of files: [SourceFile]) -> String? {
        var found: [String] = []
        for file in files.sorted(by: { $0.path.string < $1.path.string }) {
            guard let dot = file.path.name.lastIndex(of: "."), dot != file.path.name.startIndex else { continue }
            if let language = languages[String(file.path.name[dot...].dropFirst())] { found.append(language) }
        }
        return found.first
    }

    /// The programs in `tree`, by name. Files whose language nobody knows are reported.
    func programs(in tree: FileTree) throws(TaskFormatError) -> [Program] {
        var programs: [Program] = []
        for file in tree.topFiles {
            guard let language = Self.language(of: [file]) else {
                if Self.isNote(file.path.name) { continue }
                throw TaskFormatError(file: "\(name)/\(file.path)", reason: "is in no language that is known here")
            }
            programs.append(Program(name: file.path.name, files: [file], language: language))
        }
        for directory in tree.directories {
            let files = tree.below(directory).sorted
            if !allowsScripts, let script = files.first(where: Self.isScript) {
                throw TaskFormatError(
                    file: "\(name)/\(directory)",
                    reason: "has a \(script.path) script of its own, which submissions may not have")
            }
            guard let program = program(of: files, directory) else {
                throw TaskFormatError(file: "\(name)/\(directory)", reason: "is in no language that is known here")
            }
            programs.append(program)
        }
        return programs
    }

    /// All `files` as one program; `nil` if they are in no language that is known here.
    func program(of files: [SourceFile], _ name: String) -> Program? {
        let scripts = Set(files.filter(Self.isScript).map(\.path.string))
        guard allowsScripts, !scripts.isEmpty else {
            return Self.language(of: files).map { Program(name: name, files: files, language: $0) }
        }
        // Archives made on other systems do not say what can be executed.
        let files = files.map { file in
            SourceFile(
                path: file.path, contents: file.contents, isExecutable: file.isExecutable || Self.isScript(file))
        }
        let language = scripts.contains("build") ? Language.ownScripts : Language.ownRunScript
        return Program(name: name, files: files, language: language.name)
    }

    private static func isScript(_ file: SourceFile) -> Bool {
        file.path.string == "build" || file.path.string == "run"
    }

    private static func isNote(_ name: String) -> Bool {
        ["md", "txt", "yaml", "json", "gitkeep"].contains { name.hasSuffix("." + $0) } || !name.contains(".")
    }
}

/// Reads `submissions/` or `solutions/`: a directory for each expected verdict.
struct SolutionReader {
    let name: String

    func solutions(in tree: FileTree) throws(TaskFormatError) -> [ReferenceSolution] {
        var solutions: [ReferenceSolution] = []
        // A file may also say by its own name what must become of it: wrong-answer.py, accepted-2.cpp.
        for file in tree.topFiles {
            let base = String(file.path.name.prefix { $0 != "." })
            let stem = base.last?.isNumber == true ? String(base.prefix { !$0.isNumber }).droppingEnd("-_") : base
            guard let language = ProgramFinder.language(of: [file]), let expectation = Expectation(directory: stem)
            else { continue }
            solutions.append(
                ReferenceSolution(
                    name: file.path.string, files: [file], language: language, expectation: expectation))
        }
        for directory in tree.directories {
            let programs = try ProgramFinder(name: "\(name)/\(directory)").programs(in: tree.below(directory))
            for program in programs {
                let title = "\(directory)/\(program.name)"
                let marked = try Self.markedExpectation(in: program.files, file: "\(name)/\(title)")
                guard let expectation = marked ?? Expectation(directory: directory) else {
                    throw TaskFormatError(
                        file: "\(name)/\(directory)",
                        reason: "is no verdict, and \(program.name) has no @EXPECTED_RESULTS@ of its own")
                }
                solutions.append(
                    ReferenceSolution(
                        name: title, files: program.files, language: program.language, expectation: expectation))
            }
        }
        return solutions
    }

    /// DOMjudge's comment in a source file: `@EXPECTED_RESULTS@: TIMELIMIT, WRONG-ANSWER`.
    static func markedExpectation(in files: [SourceFile], file: String) throws(TaskFormatError) -> Expectation? {
        for source in files {
            let text = String(decoding: source.contents.prefix(64 << 10), as: UTF8.self)
            for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
                guard let mark = line.range(of: "@EXPECTED_RESULTS@:") ?? line.range(of: "@EXPECTED_SCORE@:") else {
                    continue
                }
                let words = line[mark.upperBound...].split { ", \t\r".contains($0) }.map(String.init)
                    .filter { $0.contains(where: \.isLetter) }
                var permitted: [Verdict] = []
                for word in words {
                    guard let verdict = domjudgeVerdicts[word.uppercased()] else {
                        throw TaskFormatError(file: file, reason: "expects \(word), which is no verdict")
                    }
                    permitted.append(verdict)
                }
                return Expectation(permitted: permitted)
            }
        }
        return nil
    }

    private static let domjudgeVerdicts: [String: Verdict] = [
        "CORRECT": .accepted, "ACCEPTED": .accepted, "WRONG-ANSWER": .wrongAnswer, "WRONG_ANSWER": .wrongAnswer,
        "NO-OUTPUT": .wrongAnswer, "TIMELIMIT": .timeLimitExceeded, "TIME_LIMIT_EXCEEDED": .timeLimitExceeded,
        "RUN-ERROR": .runtimeError, "RUN_TIME_ERROR": .runtimeError, "RUNTIME-ERROR": .runtimeError,
        "MEMORY-LIMIT": .memoryLimitExceeded, "OUTPUT-LIMIT": .outputLimitExceeded,
        "COMPILER-ERROR": .compileError, "COMPILER_ERROR": .compileError,
    ]
}

extension String {
    fileprivate func droppingEnd(_ characters: String) -> String {
        var text = self
        while let last = text.last, characters.contains(last) { text.removeLast() }
        return text
    }
}

extension StringProtocol {
    /// Where `other` first occurs.
    fileprivate func range(of other: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return nil
    }
}

import Core

/// The programs of a problem package that judge: validators and graders, each a file or a directory.
struct ContestPrograms {
    let tree: FileTree
    let name: String
    let version: ContestPackage.Version
    let limits: LimitsRequest

    /// Codes of languages in packages that have other names here.
    static let languageCodes = ["js": "javascript", "python": "python3", "py": "python3", "cxx": "cpp", "c++": "cpp"]

    private static let validatorLanguages = [(suffix: ".ctd", name: "checktestdata"), (suffix: ".viva", name: "VIVA")]

    /// In `output_validator` (2025-09) or `output_validators`; empty where the default one stands.
    func outputValidators() throws(TaskFormatError) -> [CheckerProgram] {
        if let program = try single("output_validator") { return [program] }
        let programs = try programs("output_validators")
        if version == .current, programs.count > 1 {
            throw TaskFormatError(
                file: "\(name)/output_validators", reason: "holds \(programs.count) validators; 2025-09 has one")
        }
        return programs
    }

    func inputValidators() throws(TaskFormatError) -> [CheckerProgram] {
        let directory = tree.hasDirectory("input_validators") ? "input_validators" : "input_format_validators"
        for path in tree.below(directory).paths {
            // Debian has no package of either, and a validator that is left out would accept everything.
            guard let tool = Self.validatorLanguages.first(where: { path.hasSuffix($0.suffix) }) else { continue }
            throw TaskFormatError(
                file: "\(name)/\(directory)/\(path)",
                reason:
                    "is written in \(tool.name), which is not supported here: write it as a program that ends with 42"
            )
        }
        return try programs(directory)
    }

    /// The one program in a directory, which may be the program itself; `nil` if there is none.
    func single(_ directory: String) throws(TaskFormatError) -> CheckerProgram? {
        let files = tree.below(directory)
        guard !files.isEmpty else { return nil }
        let finder = ProgramFinder(name: "\(name)/\(directory)", allowsScripts: true)
        let isProgram = !files.topFiles.isEmpty && (files.topFiles.count > 1 || !files.directories.isEmpty)
        if isProgram, let own = finder.program(of: files.sorted, "") {
            return program(own)
        }
        let programs = try finder.programs(in: files)
        guard programs.count == 1, let first = programs.first else {
            throw TaskFormatError(
                file: "\(name)/\(directory)", reason: "holds \(programs.count) programs; one is expected")
        }
        return program(first)
    }

    private func programs(_ directory: String) throws(TaskFormatError) -> [CheckerProgram] {
        try ProgramFinder(name: "\(name)/\(directory)", allowsScripts: true).programs(in: tree.below(directory))
            .map(program)
    }

    private func program(_ found: ProgramFinder.Program) -> CheckerProgram {
        let dot = found.name.lastIndex(of: ".") ?? found.name.endIndex
        return CheckerProgram(
            language: found.language, files: found.files, limits: limits, name: String(found.name[..<dot]))
    }

    /// `include/LANGUAGE/…`, by language; `default` is for all.
    static func included(_ tree: FileTree) -> [String: [SourceFile]] {
        let files = tree.below("include")
        var included: [String: [SourceFile]] = [:]
        for directory in files.directories {
            included[languageCodes[directory] ?? directory] = files.below(directory).sorted
        }
        return included
    }
}

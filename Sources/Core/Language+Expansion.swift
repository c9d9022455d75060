extension Language {
    /// What a word in braces stands for in a command of a language file. Each is a whole argument or a part of one,
    /// except for those that are lists.
    package enum Placeholder: String, Sendable, CaseIterable {
        /// The file that the program starts from.
        case entry
        /// `entry` without its extension.
        case stem
        /// Every file with one of the language's extensions, the entry file first. A whole argument, expanded to many.
        case sources
        /// `sources` without the entry file. A whole argument, expanded to many or none.
        case others
        /// The language's compiler options, or the submission's own. A whole argument, expanded to many or none, as
        /// are the next two.
        case compilerOptions = "compiler_options"
        case linkerOptions = "linker_options"
        case interpreterOptions = "interpreter_options"
        /// The class or module that the program starts from: `stem`, unless the submission says otherwise.
        case main
        /// The memory limit in MiB.
        case memoryMB = "memory_mb"
        /// What a runtime may give to its heap, in MiB: the memory limit less `heapReserve`.
        case heapMB = "heap_mb"
        /// The stack limit in KiB less an eighth, so that a runtime finds the end of the stack before the kernel does.
        case stackKB = "stack_kb"

        package var isList: Bool {
            switch self {
            case .sources, .others, .compilerOptions, .linkerOptions, .interpreterOptions: true
            case .entry, .stem, .main, .memoryMB, .heapMB, .stackKB: false
            }
        }

        /// As it is written.
        package var text: String { "{" + rawValue + "}" }
    }

    /// A command of this language for one submission. The submission's own options are taken as they are: a brace in
    /// one is no placeholder.
    package func expand(
        _ command: [String], entry: RelativePath, files: [RelativePath], limits: Limits,
        options: ProgramOptions = ProgramOptions()
    ) -> [String] {
        let others =
            options.compilesEntryOnly ? [] : files.filter { $0 != entry && isSource($0) }.map(Self.argument)
        let values: [(Placeholder, String)] = [
            (.entry, Self.argument(entry)), (.stem, Self.argument(entry.withoutExtension)),
            (.memoryMB, String(limits.memory >> 20)), (.heapMB, String(Self.heap(of: limits.memory) >> 20)),
            (.stackKB, String((limits.stack - limits.stack / 8) >> 10)),
            (.main, options.main ?? Self.argument(entry.withoutExtension)),
        ]
        func own(_ options: [String]) -> [String] { options.map { Self.replacing(values, in: $0) } }
        return command.flatMap { argument in
            switch argument {
            case Placeholder.sources.text: [Self.argument(entry)] + others
            case Placeholder.others.text: others
            case Placeholder.compilerOptions.text: options.compiler ?? own(compilerOptions)
            case Placeholder.linkerOptions.text: options.linker ?? own(linkerOptions)
            case Placeholder.interpreterOptions.text: options.interpreter ?? own(interpreterOptions)
            default: [Self.replacing(values, in: argument)]
            }
        }
    }

    /// Whether `file` has one of the language's extensions.
    package func isSource(_ file: RelativePath) -> Bool {
        file.fileExtension.map(extensions.contains) ?? false
    }

    /// Memory that a runtime needs beside its heap, in bytes: a quarter of the limit, between 16 and 96 MiB.
    package static func heapReserve(of memory: Int) -> Int { min(max(memory / 4, 16 << 20), 96 << 20) }

    private static func heap(of memory: Int) -> Int { max(memory - heapReserve(of: memory), 1 << 20) }

    /// `file` as an argument that is no option (`-o`) and names no list of arguments (`@file`).
    private static func argument(_ file: RelativePath) -> String {
        file.string.hasPrefix("-") || file.string.hasPrefix("@") ? "./" + file.string : file.string
    }

    /// Replaces in one pass: a file named `{stem}` stays what it is.
    private static func replacing(_ values: [(Placeholder, String)], in argument: String) -> String {
        var result = ""
        var rest = argument[...]
        while let brace = rest.firstIndex(of: "{") {
            result += rest[..<brace]
            rest = rest[brace...]
            if let (placeholder, value) = values.first(where: { rest.hasPrefix($0.0.text) }) {
                result += value
                rest = rest.dropFirst(placeholder.text.count)
            } else {
                result.append("{")
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }
}

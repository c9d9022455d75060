package import Core
import Foundation

/// A language as its file in `Languages/` describes it. The file's name is the language's. docs/LANGUAGES.md explains
/// the fields.
package enum LanguageFile {
    /// The ending of a language file's name.
    package static let ending = ".yaml"

    /// Reads `text`, the contents of a file whose name, with or without directories before it, is `named`.
    package static func parse(_ text: String, named: String) throws(TaskFormatError) -> Language {
        var fields = try YAMLDocument.fields(of: text, file: named)
        var language = Language(
            name: try name(of: named),
            title: try fields.require("title").text(),
            aliases: try fields.take("aliases").map(names) ?? [],
            extensions: try fields.require("extensions").texts(),
            entryFile: try fields.require("entry").relativePath(),
            versionCommand: try command(fields.require("version"), placeholders: []),
            package: try fields.require("package").text(),
            compile: try fields.take("compile").map { value throws(TaskFormatError) in try command(value) },
            run: try command(fields.require("run")),
            compilerOptions: try fields.take("compiler_options").map(options) ?? [],
            linkerOptions: try fields.take("linker_options").map(options) ?? [],
            interpreterOptions: try fields.take("interpreter_options").map(options) ?? [],
            outOfMemory: try fields.take("out_of_memory").map(outOfMemory),
            environment: try fields.take("environment").map(environment) ?? [:],
            limits: try fields.take("limits").map(LimitsRequest.init) ?? LimitsRequest(),
            compileLimits: try fields.take("compile_limits").map(LimitsRequest.init) ?? LimitsRequest(),
            image: try fields.take("image").map(ImageReference.init))
        language.sandbox = try SandboxChoice(&fields)
        language.warm = try fields.take("warm").map(preparation)
        language.warmCompiler = try fields.take("warm_compiler").map(preparation)
        if let pattern = fields.take("version_pattern") { language.versionPattern = try expression(pattern) }
        try fields.finish()
        return language
    }

    /// Every language file of `directory`, by name. No two may share a name or an alias.
    package static func loadAll(in directory: String) throws(TaskFormatError) -> [Language] {
        let files: [String]
        do { files = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
            throw TaskFormatError(file: directory, reason: "cannot be read: \(error.localizedDescription)")
        }
        var languages: [Language] = []
        var owners: [String: String] = [:]
        for file in files.sorted() where file.hasSuffix(ending) && !file.hasPrefix(".") {
            let path = directory + "/" + file
            let language = try parse(contents(of: path), named: path)
            for name in [language.name] + language.aliases {
                if let owner = owners.updateValue(language.name, forKey: name) {
                    throw TaskFormatError(file: path, field: name, reason: "is also a name of \(owner)")
                }
            }
            languages.append(language)
        }
        guard !languages.isEmpty else {
            throw TaskFormatError(file: directory, reason: "holds no language file (*\(ending))")
        }
        return languages
    }

    private static func contents(of path: String) throws(TaskFormatError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TaskFormatError(file: path, reason: "cannot be read")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw TaskFormatError(file: path, reason: "is not UTF-8")
        }
        return text
    }

    private static func name(of path: String) throws(TaskFormatError) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? ""
        let name = file.hasSuffix(ending) ? String(file.dropLast(ending.count)) : file
        guard isName(name) else {
            throw TaskFormatError(
                file: path, reason: "the file's name must be a language's: lower-case letters, digits, + - _ and .")
        }
        return name
    }

    /// Longest name or alias, in bytes.
    private static let maximumNameLength = 64

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= maximumNameLength
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "+-_.#".utf8.contains(byte)
                }
            }
    }

    private static func names(_ value: YAMLValue) throws(TaskFormatError) -> [String] {
        try value.items().map { item throws(TaskFormatError) in
            let name = try item.text()
            guard isName(name) else { throw item.error("expected lower-case letters, digits, + - _ . and #") }
            return name
        }
    }

    /// A command's arguments. What stands in braces must be one of `placeholders`.
    private static func command(
        _ value: YAMLValue, placeholders: [Language.Placeholder] = Language.Placeholder.allCases
    ) throws(TaskFormatError) -> [String] {
        let items = try value.items()
        guard !items.isEmpty else { throw value.error("expected a program and its arguments") }
        return try items.map { item throws(TaskFormatError) in
            let argument = try item.text()
            for match in argument.matches(of: #/\{[a-z_]+\}/#) {
                guard let placeholder = placeholders.first(where: { $0.text == match.output }) else {
                    throw item.error("there is no placeholder \(match.output) here")
                }
                guard !placeholder.isList || match.output == argument else {
                    throw item.error("\(match.output) must be a whole argument")
                }
            }
            return argument
        }
    }

    /// Options that stand in a command until a submission brings its own: arguments like any other, but no lists.
    private static func options(_ value: YAMLValue) throws(TaskFormatError) -> [String] {
        try command(value, placeholders: Language.Placeholder.allCases.filter { !$0.isList })
    }

    private static func environment(_ value: YAMLValue) throws(TaskFormatError) -> [String: String] {
        var fields = try value.fields()
        var environment: [String: String] = [:]
        for (name, value) in fields.takeRest() {
            guard !name.isEmpty, !name.contains("="), !name.contains("\0") else {
                throw value.error("is no name of a variable")
            }
            environment[name] = try value.text()
        }
        return environment
    }

    private static func preparation(_ value: YAMLValue) throws(TaskFormatError) -> WarmPreparation {
        var fields = try value.fields()
        var preparation = WarmPreparation(environment: try fields.take("environment").map(environment) ?? [:])
        for (path, text) in try fields.take("files").map(paths) ?? [] {
            preparation.files.append(SourceFile(path: path, text: try text.text()))
        }
        for (path, name) in try fields.take("libraries").map(paths) ?? [] {
            let library = try name.text()
            guard isName(library) else { throw name.error("is no name of a library") }
            preparation.libraries[path] = library
        }
        preparation.arguments =
            try fields.take("arguments").map { value throws(TaskFormatError) in
                try command(value, placeholders: [])
            } ?? []
        preparation.takesMoreArguments = try fields.take("more_arguments")?.flag() ?? true
        try fields.finish()
        return preparation
    }

    /// What lies where below the work directory.
    private static func paths(_ value: YAMLValue) throws(TaskFormatError) -> [(RelativePath, YAMLValue)] {
        var fields = try value.fields()
        return try fields.takeRest().map { path, value throws(TaskFormatError) in
            guard let path = try? RelativePath(path) else { throw value.error("is no path below the work directory") }
            return (path, value)
        }
    }

    private static func outOfMemory(_ value: YAMLValue) throws(TaskFormatError) -> OutOfMemorySign {
        var fields = try value.fields()
        let message = try fields.require("message").text()
        let exitCode = fields.take("exit_code")
        let signal = fields.take("signal")
        try fields.finish()
        switch (exitCode, signal) {
        case (let code?, nil): return OutOfMemorySign(ending: .exited(try int32(code, in: 0...255)), message: message)
        case (nil, let signal?):
            return OutOfMemorySign(ending: .signalled(try int32(signal, in: 1...64)), message: message)
        default: throw value.error("needs either exit_code or signal")
        }
    }

    private static func int32(_ value: YAMLValue, in range: ClosedRange<Int>) throws(TaskFormatError) -> Int32 {
        let number = try value.integer()
        guard range.contains(number) else {
            throw value.error("must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return Int32(number)
    }

    private static func expression(_ value: YAMLValue) throws(TaskFormatError) -> String {
        let pattern = try value.text()
        do { _ = try NSRegularExpression(pattern: pattern) } catch { throw value.error("is no regular expression") }
        return pattern
    }
}

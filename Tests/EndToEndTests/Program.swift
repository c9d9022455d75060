import Foundation
import Testing

/// A source file of `Programs/LANGUAGE/CASE.EXTENSION`.
struct Program: Sendable, CustomTestStringConvertible {
    let language: String
    let name: String

    var testDescription: String { "\(language) \(name)" }

    /// The languages that have a program for every case.
    static let thorough = ["c", "cpp", "python3", "java", "javascript"]

    /// Every other language has a hello.
    static let others = [
        "bash", "fortran", "go", "haskell", "lua", "ocaml", "octave", "pascal", "perl", "php", "prolog", "ruby", "rust",
        "sql",
    ]

    static func named(_ name: String, in languages: [String] = thorough) -> [Program] {
        languages.map { Program(language: $0, name: name) }
    }

    /// The submission's `files`: the source under the name that the language expects.
    func files() throws -> JSONValue {
        let directory = try #require(Bundle.module.url(forResource: "Programs/\(language)", withExtension: nil)).path
        let file = try #require(
            try FileManager.default.contentsOfDirectory(atPath: directory).first { $0.hasPrefix(name + ".") })
        let text = try String(contentsOfFile: directory + "/" + file, encoding: .utf8)
        let stem = language == "java" ? "Main" : "main"
        return .object([stem + file.dropFirst(name.count): .string(text)])
    }
}

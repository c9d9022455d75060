import Core
import Foundation
import Yams

/// A setting that cannot be read, and where it was written.
struct ConfigurationError: Error, CustomStringConvertible {
    let source: String
    let detail: String

    var description: String { "\(source): \(detail)" }
}

extension Configuration {
    /// Looked for in this order when no file is named.
    static let usualFiles = ["./assay.yaml", "/etc/assay/assay.yaml"]

    /// Defaults, then `file` (or the first of `usualFiles` that exists), then `environment`, then `flags`.
    static func load(
        file: String?, environment: [String: String], flags: [(String, String)]
    ) throws -> Configuration {
        var configuration = Configuration()
        if let path = file ?? usualFiles.first(where: { FileManager.default.fileExists(atPath: $0) }) {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError(source: path, detail: "cannot be read")
            }
            for (name, value) in try settings(inYAML: String(decoding: data, as: UTF8.self), source: path) {
                try configuration.set(name, value, source: path)
            }
        }
        for setting in Setting.all {
            guard let value = environment[setting.environmentName] else { continue }
            try configuration.set(setting.name, value, source: setting.environmentName)
        }
        for (name, value) in flags { try configuration.set(name, value, source: "--\(name)") }
        return configuration
    }

    mutating func set(_ name: String, _ value: String, source: String) throws {
        guard let setting = Setting.named(name) else {
            throw ConfigurationError(source: source, detail: "there is no setting named '\(name)'")
        }
        if let expected = setting.write(&self, value) {
            throw ConfigurationError(source: source, detail: "\(name): expected \(expected), not '\(value)'")
        }
    }

    /// The leaves of a mapping, nested names joined by dots.
    private static func settings(inYAML text: String, source: String) throws -> [(String, String)] {
        guard let root = try Yams.compose(yaml: text) else { return [] }
        var leaves: [(String, String)] = []
        func walk(_ node: Yams.Node, _ name: String) throws {
            switch node {
            case .mapping(let mapping):
                for (key, value) in mapping {
                    guard let key = key.string else {
                        throw ConfigurationError(source: source, detail: "the names of settings are strings")
                    }
                    try walk(value, name.isEmpty ? key : "\(name).\(key)")
                }
            case .scalar(let scalar) where !name.isEmpty: leaves.append((name, scalar.string))
            default: throw ConfigurationError(source: source, detail: "\(name): expected one value")
            }
        }
        try walk(root, "")
        return leaves
    }

    /// As YAML, every setting with what it means: a complete assay.yaml.
    var printed: String {
        Setting.all.map { setting in
            "# \(setting.help)\n\(setting.name): \(Self.scalar(setting.read(self)))\n"
        }.joined()
    }

    /// In quotes where YAML would read it as something else.
    private static func scalar(_ value: String) -> String {
        let isPlain =
            value.first.map { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "." } == true
            && value.allSatisfy { $0.isLetter || $0.isNumber || "/.:,_-+ ".contains($0) } && !value.hasSuffix(":")
            && !value.contains(": ")
        if isPlain { return value }
        return "\"\(value.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\""))\""
    }
}

package import Core
import Foundation
package import Sandboxing

/// The languages of this node, each with the version found or the reason why it is missing.
package struct LanguageCatalog: Sendable {
    package struct Entry: Sendable, Hashable, Codable {
        package let language: Language
        package let availability: Availability
        /// Where its programs run.
        package let image: SandboxImage

        package init(language: Language, availability: Availability, image: SandboxImage = .host) {
            self.language = language
            self.availability = availability
            self.image = image
        }
    }

    package enum Availability: Sendable, Hashable, Codable {
        case available(version: String)
        case unavailable(reason: String)
    }

    /// By name.
    package let entries: [Entry]
    /// Where programs of no particular language run.
    let standardImage: SandboxImage
    private let index: [String: Int]

    package init(_ entries: [Entry], standardImage: SandboxImage = .host) {
        self.standardImage = standardImage
        self.entries = entries.sorted { $0.language.name < $1.language.name }
        var index: [String: Int] = [:]
        for (position, entry) in self.entries.enumerated() {
            for name in entry.language.aliases where index[name] == nil { index[name] = position }
        }
        for (position, entry) in self.entries.enumerated() { index[entry.language.name] = position }
        self.index = index
    }

    /// The language of a name or alias.
    package func entry(named name: String) -> Entry? { index[name].map { entries[$0] } }

    /// Where programs of `language` run, if it is one of these.
    func image(of language: Language) -> SandboxImage? { entry(named: language.name)?.image }

    /// The available language whose files end in `fileExtension`, as `assay run` guesses it.
    package func entry(forExtension fileExtension: String) -> Entry? {
        entries.first { $0.language.extensions.first == fileExtension }
            ?? entries.first { $0.language.extensions.contains(fileExtension) }
    }

    /// Runs each language's version command in a sandbox, where its programs will run: what is installed on the host
    /// but not visible there does not count.
    package static func detect(
        _ languages: [Language], in backend: any SandboxBackend, images: ImagePolicy = ImagePolicy(),
        concurrently: Int = 2
    ) async -> LanguageCatalog {
        let entries = await withTaskGroup(of: Entry.self) { group in
            var remaining = languages[...]
            var entries: [Entry] = []
            func start(_ language: Language) {
                group.addTask { await detect(language, images.image(of: language), in: backend) }
            }
            for language in remaining.prefix(concurrently) { start(language) }
            remaining = remaining.dropFirst(concurrently)
            for await entry in group {
                entries.append(entry)
                if let language = remaining.popFirst() { start(language) }
            }
            return entries
        }
        return LanguageCatalog(entries, standardImage: images.standardImage)
    }

    private static func detect(
        _ language: Language, _ image: SandboxImage, in backend: any SandboxBackend
    ) async -> Entry {
        let limits = Language.compileLimits
        do {
            let configuration = SandboxConfiguration(limits: limits, image: image)
            let outcome = try await withSandbox(of: backend, configuration) { sandbox in
                let command = Command(
                    arguments: language.versionCommand, environment: Command.environment(of: language),
                    limits: limits)
                return try await sandbox.run(command, with: nil, isLast: true)
            }
            return Entry(language: language, availability: availability(of: language, from: outcome), image: image)
        } catch {
            return Entry(language: language, availability: .unavailable(reason: "\(error)"), image: image)
        }
    }

    static func availability(of language: Language, from outcome: Outcome) -> Availability {
        let program = language.versionCommand.first ?? language.name
        guard outcome.ending == .exited(0) else {
            if outcome.ending == .exited(127) { return .unavailable(reason: "\(program) was not found") }
            return .unavailable(reason: "\(program) did not tell its version: \(outcome.ending)")
        }
        let text = String(decoding: outcome.stdout.bytes + outcome.stderr.bytes, as: UTF8.self)
        guard let expression = try? NSRegularExpression(pattern: language.versionPattern),
            let match = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)),
            let range = Range(match.range(at: match.numberOfRanges > 1 ? 1 : 0), in: text)
        else {
            return .unavailable(reason: "\(program) printed no version that matches \(language.versionPattern)")
        }
        return .available(version: String(text[range]))
    }
}

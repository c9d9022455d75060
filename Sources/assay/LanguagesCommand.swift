import ArgumentParser
import Core
import Grading

struct LanguagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "languages", abstract: "List the languages and what this machine has of them.",
        discussion: "Needs root: the versions are asked for in a sandbox, where programs will run.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        var configuration = try options.load()
        if options.logLevel == nil { configuration.logLevel = .error }
        let node = try await Node.start(configuration, pool: 0, logger: LogOutput.logger(configuration.logLevel))
        let rows = node.context.languages.entries.map { entry -> [String] in
            let language = entry.language
            switch entry.availability {
            case .available(let version): return [language.name, language.title, version]
            case .unavailable(let reason):
                return [language.name, language.title, "-", "\(reason); install \(language.package)"]
            }
        }
        print(TerminalOutput.table([["NAME", "LANGUAGE", "VERSION", ""]] + rows))
        await node.shutdown()
    }
}

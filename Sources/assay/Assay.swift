import ArgumentParser

@main
struct Assay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay", abstract: "Grades programs in sandboxes.", version: Version.string,
        subcommands: [
            ServeCommand.self, RunCommand.self, GradeCommand.self, TaskCommand.self, LanguagesCommand.self,
            BackendsCommand.self, BenchCommand.self, ImageCommand.self, DoctorCommand.self, TokenCommand.self,
            VersionCommand.self,
        ])
}

enum Version {
    static let string = "0.1.0"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() { print("assay \(Version.string)") }
}

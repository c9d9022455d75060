import ArgumentParser
import Core
import Foundation

struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Keep root file systems for programs to run in.",
        subcommands: [Import.self, List.self])

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Unpack an OCI image.",
            discussion: """
                Language files and tasks name what was imported by its name (image: NAME), language files also by its \
                directory (image: dir:/path). Needs umoci, and root for the owners of the image's files.
                """)

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: "A tar archive of an OCI image layout, or the layout's directory.")
        var archive: String

        @Argument(help: "The image's name in the directory of images, or the path of a directory to make.")
        var directory: String

        @Option(help: "Which of the archive's images (default: the only one).")
        var tag: String?

        func run() throws {
            let store = ImageStore(directory: try options.load().imageDirectory)
            let target = try store.path(of: directory)
            try store.unpack(archive, tag: tag, into: target)
            print(target)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the images that language files and tasks can name.")

        @OptionGroup var options: ConfigurationOptions

        func run() throws {
            let store = ImageStore(directory: try options.load().imageDirectory)
            let rows = try store.names().map { [$0, try store.path(of: $0)] }
            print(TerminalOutput.table([["NAME", "DIRECTORY"], ["host", "the host's own programs"]] + rows))
        }
    }
}

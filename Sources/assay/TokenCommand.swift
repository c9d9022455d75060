import API
import ArgumentParser
import Core
import Foundation
import Storage

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Manage access tokens.",
        discussion: """
            With the first token the service asks everybody for one. Roles: submit (hand in, and read one's own), read
            (read everything), teacher (both, and manage tasks), metrics (read /metrics), admin (everything). A running
            service knows of new and revoked tokens at once.
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    struct Options: ParsableArguments {
        @OptionGroup var options: ConfigurationOptions

        @Option(name: .long, help: "Directory where submissions are kept (default ./assay-data).")
        var data: String?

        @Option(name: .long, help: "PostgreSQL URL or SQLite file (default: assay.sqlite in the data directory).")
        var database: String?

        func withStore<Result>(_ body: (Store) async throws -> Result) async throws -> Result {
            let configuration = try options.load(flags: [("data", data), ("database", database)])
            let store = try await configuration.openStore()
            do {
                let result = try await body(store)
                await store.close()
                return result
            } catch {
                await store.close()
                throw error
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it, this once.")

        @OptionGroup var options: Options

        @Argument(help: "What to call it.")
        var name: String

        @Option(name: .long, help: "submit, read, teacher, admin or metrics; may be repeated.")
        var role: [Role]

        @Option(name: .long, help: "A course that it is limited to; may be repeated.")
        var course: [String] = []

        func run() async throws {
            let (text, token) = TokenText.make(name: name, roles: Set(role), courses: Set(course))
            try await options.withStore { try await $0.insert(token) }
            print(text)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the tokens; not their secrets, which nobody has.")

        @OptionGroup var options: Options

        func run() async throws {
            let tokens = try await options.withStore { try await $0.tokens() }
            let rows = tokens.map { token in
                [
                    token.id, token.name, token.roles.map(\.rawValue).sorted().joined(separator: ","),
                    token.courses.isEmpty ? "every course" : token.courses.sorted().joined(separator: ","),
                    token.createdAt.formatted(.iso8601),
                    token.revokedAt.map { "revoked \($0.formatted(.iso8601))" } ?? "",
                ]
            }
            print(TerminalOutput.table([["ID", "NAME", "ROLES", "COURSES", "CREATED", ""]] + rows))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a token.")

        @OptionGroup var options: Options

        @Argument(help: "Its id, as assay token list shows it.")
        var id: String

        func run() async throws {
            guard try await options.withStore({ try await $0.revokeToken(id) }) else {
                throw ValidationError("There is no token '\(id)' that is not revoked already.")
            }
            print("revoked \(id)")
        }
    }
}

extension Role: ExpressibleByArgument {}

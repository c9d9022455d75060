import Foundation
import Testing

/// A directory of its own, removed afterwards.
func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("assay-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.path)
}

/// Runs a program and throws when that fails.
func run(_ program: String, _ arguments: String...) throws { try spawn([program] + arguments) }

/// As `run`. Not by Foundation's `Process`, which waits until everything that the program started has ended too.
func spawn(_ command: [String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    let arguments = command.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var (child, status) = (pid_t(0), Int32(0))
    try #require(posix_spawn(&child, command[0], &actions, nil, arguments, environ) == 0, "\(command)")
    while waitpid(child, &status, 0) < 0 { try #require(errno == EINTR) }
    try #require(status == 0, "\(command)")
}

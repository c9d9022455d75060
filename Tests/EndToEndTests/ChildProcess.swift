import Foundation

/// A program that a test runs beside itself. Nobody blocks while it works.
final class ChildProcess: Sendable {
    struct Result: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    private let process: Process
    private let end: AsyncStream<Int32>

    var processID: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// Starts `arguments`, a program by its path or its name in PATH. Output goes to files: a full pipe stops nobody.
    init(
        _ arguments: [String], in directory: String? = nil, input: String? = nil, output: String, errors: String
    ) throws {
        process = Process()
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        if let input {
            process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        let files = [try Self.file(output), try Self.file(errors)]
        process.standardOutput = files[0]
        process.standardError = files[1]
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        end = stream
        process.terminationHandler = { process in
            continuation.yield(process.terminationStatus)
            continuation.finish()
        }
        try process.run()
        // Foundation would keep them open, and whatever this process starts later inherits them: in the end so many
        // that a database server finds no room for its own.
        for file in files { try file.close() }
        if input != nil { try (process.standardInput as? FileHandle)?.close() }
    }

    /// Waits for its end: its exit code, or the signal that ended it. May be called once.
    func wait() async -> Int32 {
        var status: Int32 = -1
        for await value in end { status = value }
        return status
    }

    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    private static func file(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    /// Runs `arguments` to their end, in a directory of their own: some programs leave notes.
    static func run(_ arguments: [String], input: String = "") async throws -> Result {
        try await withScratchDirectory { directory in
            try input.write(toFile: directory + "/in", atomically: false, encoding: .utf8)
            let child = try ChildProcess(
                arguments, in: directory, input: directory + "/in", output: directory + "/out",
                errors: directory + "/err")
            let status = await child.wait()
            return Result(
                status: status, output: try text(directory + "/out"), errors: try text(directory + "/err"))
        }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }
}

/// A directory that is there for the length of `body`.
func withScratchDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let directory = NSTemporaryDirectory() + "assay-end-to-end-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(directory)
}

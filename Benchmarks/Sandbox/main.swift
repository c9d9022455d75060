import Core
import Foundation
import Glibc
import Sandboxing
import TaskFormats

// As root:
//   sandbox-bench [repetitions]     prints what the native backend costs on this machine
//   sandbox-bench soak [runs] [warm FILE]
//                                   runs a program that often, and fails if anything grows: a static one that does
//                                   nothing, or hello in the prepared runtime of a language file (Languages/python3.yaml)
// With `--user UID` at the end it becomes that user first, and only the launcher keeps root.

var arguments = CommandLine.arguments.dropFirst()
var listener: ListeningLauncher?
if arguments.count >= 2, arguments.dropLast().last == "--user", let user = arguments.last.flatMap({ UInt32($0) }) {
    arguments = arguments.dropLast(2)
    listener = try ListeningLauncher(socketPath: "/run/assay-bench.sock", userID: user)
    try Privilege.drop(userID: user, groupID: user)
}
let launcherSocket = listener?.socketPath
let makeBackend: @Sendable (Int) -> NativeBackend = { poolSize in
    NativeBackend(
        NativeConfiguration(
            launcherSocket: launcherSocket, poolSize: poolSize, userIDBase: 0x7300_0000, cgroup: "assay-bench"))
}

/// Hello in the runtime that the language file at `path` prepares.
func warmHello(_ path: String) throws -> NativeSoak.Program {
    let language = try LanguageFile.parse(String(contentsOfFile: path, encoding: .utf8), named: path)
    guard let preparation = language.warm,
        let start = WarmStart(
            arguments: ["python3", "main.py"],
            environment: Command.environment(of: language), preparation: preparation)
    else { fatalError("\(path) prepares no runtime") }
    return NativeSoak.Program(
        files: [try SourceFile(path: RelativePath("main.py"), text: "print('hello world')")], warm: start)
}

if arguments.first == "soak" {
    let backend = makeBackend(8)
    let runs = arguments.dropFirst().first.flatMap { Int($0) } ?? 20_000
    print("runs      descriptors   launcher's   memory KiB   launcher's   median µs")
    let file = arguments.dropFirst(2).first == "warm" ? arguments.last : nil
    // Beside programs on every CPU no runtime is prepared.
    let width = file == nil ? 4 : 1
    let samples = try await NativeSoak(backend, program: file.map(warmHello)).run(runs, width: width) { sample in
        print(
            sample.runs, sample.serviceDescriptors, sample.launcherDescriptors, sample.serviceMemory >> 10,
            sample.launcherMemory >> 10, Int(sample.median.microseconds), separator: "\t")
    }
    if file != nil { print("in prepared runtimes:", backend.statistics.warmRuns) }
    await backend.shutdown()
    let grown = NativeSoak.growth(samples)
    print(grown.isEmpty ? "nothing grew" : "grew: " + grown.joined(separator: ", "))
    exit(grown.isEmpty ? 0 : 1)
} else {
    let repetitions = arguments.first.flatMap { Int($0) } ?? 200
    print(try await NativeBenchmark(repetitions: repetitions, makeBackend: makeBackend).run().table)
}

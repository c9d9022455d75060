import Glibc
import Sandboxing

// As root:
//   sandbox-bench [repetitions]     prints what the native backend costs on this machine
//   sandbox-bench soak [runs]       runs a program that often, and fails if anything grows
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

if arguments.first == "soak" {
    let backend = makeBackend(8)
    let runs = arguments.dropFirst().first.flatMap { Int($0) } ?? 20_000
    print("runs      descriptors   launcher's   memory KiB   launcher's   median µs")
    let samples = try await NativeSoak(backend).run(runs) { sample in
        print(
            sample.runs, sample.serviceDescriptors, sample.launcherDescriptors, sample.serviceMemory >> 10,
            sample.launcherMemory >> 10, Int(sample.median.microseconds), separator: "\t")
    }
    await backend.shutdown()
    let grown = NativeSoak.growth(samples)
    print(grown.isEmpty ? "nothing grew" : "grew: " + grown.joined(separator: ", "))
    exit(grown.isEmpty ? 0 : 1)
} else {
    let repetitions = arguments.first.flatMap { Int($0) } ?? 200
    print(try await NativeBenchmark(repetitions: repetitions, makeBackend: makeBackend).run().table)
}

import Glibc
import Sandboxing

// As root:
//   sandbox-bench [repetitions]     prints what the native backend costs on this machine
//   sandbox-bench soak [runs]       runs a program that often, and fails if anything grows

func makeBackend(_ poolSize: Int) -> NativeBackend {
    NativeBackend(NativeConfiguration(poolSize: poolSize, userIDBase: 0x7300_0000, cgroup: "assay-bench"))
}

let arguments = CommandLine.arguments.dropFirst()
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

import Sandboxing

// Prints what the native backend costs on this machine. `sandbox-bench [repetitions]`, as root.

let repetitions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200
let benchmark = NativeBenchmark(repetitions: repetitions) { poolSize in
    NativeBackend(NativeConfiguration(poolSize: poolSize, userIDBase: 0x7300_0000, cgroup: "assay-bench"))
}
print(try await benchmark.run().table)

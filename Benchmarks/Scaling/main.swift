import Foundation

// scaling-simulation DIRECTORY [LARGEST]
//   Simulates an exam hour of 10,000 students and more, up to LARGEST (1,000,000), and writes simulation.json and plots
//   into DIRECTORY. The store works in /dev/shm. The largest run goes through the real store a million times: minutes.

guard CommandLine.arguments.count >= 2 else {
    print("usage: scaling-simulation DIRECTORY [LARGEST]")
    exit(2)
}
let largest = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 1_000_000 : 1_000_000
try await Study(largest: largest, output: CommandLine.arguments[1]).run()

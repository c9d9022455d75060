import Foundation

// scaling-simulation DIRECTORY [LARGEST [WHOLE]]
//   Simulates an exam hour of 10,000 students and more, up to LARGEST (1,000,000), and writes simulation.json and plots
//   into DIRECTORY. The store works in /dev/shm. The largest run goes through the real store in part: minutes.
//   Up to WHOLE students (30,000) all of them do; with 1000000 that is a million times.

guard CommandLine.arguments.count >= 2 else {
    print("usage: scaling-simulation DIRECTORY [LARGEST [WHOLE]]")
    exit(2)
}
let largest = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 1_000_000 : 1_000_000
let whole = CommandLine.arguments.count > 3 ? Int(CommandLine.arguments[3]) ?? Study.usualWhole : Study.usualWhole
try await Study(largest: largest, whole: whole, output: CommandLine.arguments[1]).run()

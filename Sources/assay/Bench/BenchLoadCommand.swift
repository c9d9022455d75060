import ArgumentParser
import Benchmarking
import Core
import Foundation

struct BenchLoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Put a running service under load, and find the rate that it keeps up with.",
        discussion: """
            Requests arrive when the schedule says, whether or not earlier ones were answered, and a latency counts from
            then: a service that makes its clients wait does not look faster for it. Each request is a submission that is
            waited for.
            """)

    @Argument(help: "Where the service listens: host:port, or http://host:port.")
    var address: String

    @Option(name: .long, help: "Requests per second, in the mean; with --find-rate where the search begins.")
    var rate = 10.0

    @Option(name: .long, help: "How long requests arrive, for each rate.")
    var duration = "20s"

    @Option(name: .long, help: "How they arrive: constant, poisson (at random), exam (rising towards a deadline).")
    var shape = ArrivalSchedule.Shape.poisson

    @Option(
        name: .long,
        help: """
            What is submitted, with weights: c=1,python3=3. Languages are \(LoadTask.languages.joined(separator: ", ")); a \
            name that ends in .json is a file with a request.
            """)
    var mix = "c=1,python3=3"

    @Option(name: .long, help: "Access token.")
    var token: String?

    @Option(name: .long, help: "Requests under way at the same time, at most.")
    var connections = 256

    @Option(name: .long, help: "What arrivals and the mix are drawn from.")
    var seed: UInt64 = 1

    @Flag(name: .customLong("find-rate"), help: "Look for the highest rate that is kept up with.")
    var findRate = false

    @Option(
        name: .customLong("latency-limit"), help: "What 99 of 100 latencies may take at a rate that is kept up with.")
    var latencyLimit = "2s"

    @Option(name: .shortAndLong, help: "JSON file to write.")
    var output: String?

    func run() async throws {
        let plan = try plan()
        let machine = MachineFacts.current(assay: Version.string, directory: "/")
        print("  rate/s     sent accepted  refused   failed  done/s      p50      p90      p99    p99.9      max ms")
        var trials: [LoadReport.Trial] = []
        if findRate {
            let limit = try Self.time(latencyLimit, "--latency-limit")
            let found = await SustainableRate(plan, limit: limit.milliseconds).search { trial in
                let row = LoadReport.Trial(rate: trial.rate, result: trial.result, isSustained: trial.isSustained)
                print(Self.line(row) + (trial.isSustained ? "  kept up" : ""))
            }
            trials = found.map { .init(rate: $0.rate, result: $0.result, isSustained: $0.isSustained) }
        } else {
            trials = [.init(rate: rate, result: await LoadRun(plan).run(), isSustained: nil)]
            print(Self.line(trials[0]))
        }
        let report = LoadReport(machine: machine, plan: plan, trials: trials)
        if findRate {
            print("sustainable: \(report.sustainableRate.map { "\($0) per second" } ?? "none of these rates")")
        }
        if let output { try report.json.write(to: URL(fileURLWithPath: output)) }
    }

    private func plan() throws -> LoadPlan {
        let parts = (address.hasPrefix("http://") ? address.dropFirst(7) : address[...]).split(separator: ":")
        guard parts.count >= 2, let port = UInt16(parts[parts.count - 1]) else {
            throw ValidationError("The address is host:port, such as 127.0.0.1:8080.")
        }
        guard rate > 0, connections > 0 else { throw ValidationError("--rate and --connections are above 0.") }
        let host = parts.dropLast().joined(separator: ":").filter { $0 != "[" && $0 != "]" }
        var plan = LoadPlan(
            host: host, port: port, token: token, tasks: try LoadTask.mix(mix), rate: rate,
            seconds: try Self.time(duration, "--duration").inSeconds)
        plan.shape = shape
        plan.seed = seed
        plan.connections = connections
        return plan
    }

    private static func time(_ text: String, _ option: String) throws -> Duration {
        guard let time = Quantity.duration(text), time > .zero else {
            throw ValidationError("\(option) takes a time such as 20s, not '\(text)'.")
        }
        return time
    }

    private static func line(_ trial: LoadReport.Trial) -> String {
        let counts = [trial.sent, trial.accepted, trial.refused, trial.failed].map { String(format: "%9ld", $0) }
            .joined()
        let times = [trial.p50, trial.p90, trial.p99, trial.p999, trial.maximum]
            .map { String(format: "%9.1f", $0) }.joined()
        return String(format: "%8.1f", trial.rate) + counts + String(format: "%8.1f", trial.throughput) + times
    }
}

extension ArrivalSchedule.Shape: ExpressibleByArgument {}

import Foundation

/// Which simulations are run, and what is drawn of them.
struct Study {
    let largest: Int
    /// More students than these are not simulated whole, but every fourth, twelfth … course of them, with as small a part
    /// of the nodes and of the database. Chance evens out less in a part than in the whole, so that waits come out
    /// rather too long than too short.
    let whole: Int
    let output: String

    static let seed: UInt64 = 1
    static let slotsPerNode = 16
    static let courseSize = 200
    /// Submissions per second that one PostgreSQL is taken to carry: a server of its own with a quick disk, and a small
    /// one. Assumed, not measured.
    static let databaseRate = 1500.0
    static let smallDatabaseRate = 500.0
    static let sizes = [10_000, 30_000, 100_000, 300_000, 1_000_000]
    /// Slots, as a multiple of what the average of the hour needs.
    static let provisions = [0.8, 1.25, 2, 4]
    /// Up to so many students every provision is simulated; beyond, the one that the sizing rule gives.
    static let thorough = 10_000
    static let rule = 4.0
    static let usualWhole = 30_000
    static let part = 25_000

    private struct Record: Codable {
        let provision: Double
        let databaseRate: Double
        /// One course in so many was simulated.
        let sampling: Int
        let students: Int
        let nodes: Int
        let result: Simulation.Result
    }

    func run() async throws {
        var records: [Record] = []
        let directory = "/dev/shm/assay-scaling-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for students in Self.sizes where students <= largest {
            for provision in Self.provisions where students <= Self.thorough || provision == Self.rule {
                records.append(try await simulate(students, provision, Self.databaseRate, in: directory))
            }
        }
        if largest >= Self.sizes.last ?? 0 {
            let small = Self.smallDatabaseRate
            records.append(try await simulate(largest, Self.rule, small, in: directory))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(records).write(to: URL(fileURLWithPath: output + "/simulation.json"))
        try draw(records)
    }

    private func simulate(
        _ students: Int, _ provision: Double, _ databaseRate: Double, in directory: String
    ) async throws -> Record {
        let sampling = students > whole ? students / Self.part : 1
        let load = Load(students: students / sampling, courseSize: Self.courseSize, seed: Self.seed)
        let slots = Double(load.students) / Load.window * Load.meanSeconds * provision
        let nodes = max(1, Int((slots / Double(Self.slotsPerNode)).rounded(.up)))
        // A single small node has as many slots as are needed.
        let perNode = nodes == 1 ? max(1, Int(slots.rounded(.up))) : Self.slotsPerNode
        let result = try await Simulation(
            load: load, nodes: nodes, slotsPerNode: perNode, databaseRate: databaseRate / Double(sampling)
        ).run(in: directory)
        let record = Record(
            provision: provision, databaseRate: databaseRate, sampling: sampling, students: students,
            nodes: nodes * sampling, result: result)
        print(Self.line(record))
        fflush(nil)
        return record
    }

    private static func line(_ record: Record) -> String {
        let result = record.result
        return String(
            format: "%8d students (1 in %d) %4d nodes %5d slots (%.2f×), database %.0f/s: used %.0f %%, median %.2f s, "
                + "p99 %.1f s, longest %.1f s, queue %d, drained %.0f s after, courses %.2f–%.2f s, %.0f µs per claim",
            record.students, record.sampling, record.nodes, result.slots * record.sampling, record.provision,
            record.databaseRate, result.utilisation * 100, result.medianWait, result.wait99, result.longestWait,
            result.longestQueue * record.sampling, result.drained, result.quickestCourse, result.slowestCourse,
            result.claimMicroseconds)
    }

    private func draw(_ records: [Record]) throws {
        func lines(_ value: (Record) -> Double) -> [Chart.Line] {
            Self.provisions.map { provision in
                let records = records.filter { $0.provision == provision && $0.databaseRate == Self.databaseRate }
                return Chart.Line(
                    name: "\(String(format: "%g", provision))× the average",
                    points: records.map { (x: Double($0.students), y: value($0)) })
            }.filter { !$0.points.isEmpty }
        }
        var waits = Chart(
            title: "Wait of the slowest percent in an exam hour", xTitle: "students, one submission each",
            yTitle: "seconds (99th percentile)", lines: lines(\.result.wait99))
        waits.isLogarithmic = (true, true)
        try write(waits, "wait")
        let middle = records.filter { $0.students == min(largest, Self.thorough) }
        let queue = Chart(
            title: "Submissions that wait, \(min(largest, Self.thorough)) students",
            xTitle: "minute of the hour; the deadline is at 60", yTitle: "submissions",
            lines: middle.map { record in
                Chart.Line(
                    name: "\(String(format: "%g", record.provision))× (\(record.result.slots) slots)",
                    points: record.result.queueByMinute.enumerated().map { (x: Double($0 + 1), y: Double($1)) })
            })
        try write(queue, "queue")
        var nodes = Chart(
            title: "Nodes with \(Self.slotsPerNode) slots", xTitle: "students, one submission each", yTitle: "nodes",
            lines: lines { Double($0.nodes) })
        nodes.isLogarithmic = (true, true)
        nodes.floor = 1
        try write(nodes, "nodes")
    }

    private func write(_ chart: Chart, _ name: String) throws {
        try chart.svg.write(toFile: "\(output)/\(name).svg", atomically: true, encoding: .utf8)
    }
}

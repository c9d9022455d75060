package import Core

/// A report as v1 shows it.
struct ReportWire: Sendable, Encodable {
    let report: Report

    private enum CodingKeys: String, CodingKey {
        case verdict, score, backend, storage, message, compilation, tests, groups, feedback, grader
        case unenforced
        case maximumScore = "maximum_score"
        case cpuTime = "cpu_seconds"
        case wallTime = "wall_seconds"
        case peakMemory = "memory_bytes"
        case requestID = "request_id"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(report.verdict, forKey: .verdict)
        try container.encode(report.score, forKey: .score)
        try container.encode(report.maximumScore, forKey: .maximumScore)
        try container.encode(report.backend, forKey: .backend)
        try container.encodeIfPresent(report.storage, forKey: .storage)
        try container.encodeIfPresent(report.message, forKey: .message)
        try container.encodeIfPresent(report.requestID, forKey: .requestID)
        try container.encodeIfPresent(report.unenforced, forKey: .unenforced)
        try container.encode(report.cpuTime.inSeconds, forKey: .cpuTime)
        try container.encode(report.wallTime.inSeconds, forKey: .wallTime)
        try container.encode(report.peakMemory, forKey: .peakMemory)
        try container.encodeIfPresent(report.compilation.map(CompilationWire.init), forKey: .compilation)
        try container.encode(report.tests.map(TestResultWire.init), forKey: .tests)
        try container.encodeIfPresent(report.groups?.map(GroupResultWire.init), forKey: .groups)
        try container.encodeIfPresent(report.feedback.map(FeedbackWire.init), forKey: .feedback)
        try container.encodeIfPresent(report.grader.map(GraderWire.init), forKey: .grader)
    }
}

private enum OutcomeKeys: String, CodingKey {
    case ending, stdout, stderr, output, stages, network
    case cpuTime = "cpu_seconds"
    case wallTime = "wall_seconds"
    case peakMemory = "memory_bytes"
    case stdoutTruncated = "stdout_truncated"
    case stderrTruncated = "stderr_truncated"
    case outputTruncated = "output_truncated"
}

extension Outcome {
    fileprivate func encodeMeasures(to container: inout KeyedEncodingContainer<OutcomeKeys>) throws {
        try container.encode(EndingWire(ending: ending), forKey: .ending)
        try container.encode(cpuTime.inSeconds, forKey: .cpuTime)
        try container.encode(wallTime.inSeconds, forKey: .wallTime)
        try container.encode(peakMemory, forKey: .peakMemory)
        try container.encode(StagesWire(stages), forKey: .stages)
        try container.encodeIfPresent(traffic.map(TrafficWire.init), forKey: .network)
    }
}

struct CompilationWire: Sendable, Encodable {
    let compilation: Compilation

    private enum CodingKeys: String, CodingKey {
        case succeeded
    }

    func encode(to encoder: any Encoder) throws {
        var own = encoder.container(keyedBy: CodingKeys.self)
        try own.encode(compilation.succeeded, forKey: .succeeded)
        let outcome = compilation.outcome
        var container = encoder.container(keyedBy: OutcomeKeys.self)
        try outcome.encodeMeasures(to: &container)
        try container.encode(Text(outcome.stdout.bytes + outcome.stderr.bytes), forKey: .output)
        try container.encode(outcome.stdout.isTruncated || outcome.stderr.isTruncated, forKey: .outputTruncated)
    }
}

struct TestResultWire: Sendable, Encodable {
    let result: TestResult

    private enum CodingKeys: String, CodingKey {
        case name, verdict, points, message, group, visibility, feedback, format, tags
        case nameFormat = "name_format"
        case extraData = "extra_data"
        case timeLimit = "time_limit"
        case maximumPoints = "maximum_points"
    }

    func encode(to encoder: any Encoder) throws {
        var own = encoder.container(keyedBy: CodingKeys.self)
        try own.encode(result.name, forKey: .name)
        try own.encode(result.verdict, forKey: .verdict)
        try own.encodeIfPresent(result.timeLimit, forKey: .timeLimit)
        try own.encode(result.points, forKey: .points)
        try own.encode(result.maximumPoints, forKey: .maximumPoints)
        try own.encodeIfPresent(result.message, forKey: .message)
        try own.encodeIfPresent(result.feedback, forKey: .feedback)
        try own.encodeIfPresent(result.format, forKey: .format)
        try own.encodeIfPresent(result.nameFormat, forKey: .nameFormat)
        try own.encodeIfPresent(result.tags, forKey: .tags)
        try own.encodeIfPresent(result.extraData, forKey: .extraData)
        try own.encodeIfPresent(result.group, forKey: .group)
        try own.encodeIfPresent(result.visibility, forKey: .visibility)
        guard let outcome = result.outcome else { return }
        var container = encoder.container(keyedBy: OutcomeKeys.self)
        try outcome.encodeMeasures(to: &container)
        try container.encode(Text(outcome.stdout.bytes), forKey: .stdout)
        try container.encode(outcome.stdout.isTruncated, forKey: .stdoutTruncated)
        try container.encode(Text(outcome.stderr.bytes), forKey: .stderr)
        try container.encode(outcome.stderr.isTruncated, forKey: .stderrTruncated)
    }
}

/// A grader's own run, for teachers.
struct GraderWire: Sendable, Encodable {
    let outcome: Outcome

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: OutcomeKeys.self)
        try outcome.encodeMeasures(to: &container)
        try container.encode(Text(outcome.stdout.bytes), forKey: .stdout)
        try container.encode(outcome.stdout.isTruncated, forKey: .stdoutTruncated)
        try container.encode(Text(outcome.stderr.bytes), forKey: .stderr)
        try container.encode(outcome.stderr.isTruncated, forKey: .stderrTruncated)
    }
}

struct EndingWire: Sendable, Encodable {
    let ending: Ending

    private enum CodingKeys: String, CodingKey {
        case kind, code, signal
        case signalName = "signal_name"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch ending {
        case .exited(let code):
            try container.encode("exited", forKey: .kind)
            try container.encode(code, forKey: .code)
        case .signalled(let signal):
            try container.encode("signalled", forKey: .kind)
            try container.encode(signal, forKey: .signal)
            try container.encode(signalName(signal), forKey: .signalName)
        case .overCPUTime: try container.encode("over-cpu-time", forKey: .kind)
        case .overWallTime: try container.encode("over-wall-time", forKey: .kind)
        case .overMemory: try container.encode("over-memory", forKey: .kind)
        case .overOutput: try container.encode("over-output", forKey: .kind)
        case .cancelled: try container.encode("cancelled", forKey: .kind)
        }
    }
}

struct StagesWire: Sendable, Encodable {
    let create: Double
    let launch: Double
    let execute: Double
    let stop: Double
    let clean: Double

    init(_ stages: StageTimings) {
        create = stages.create.inSeconds
        launch = stages.launch.inSeconds
        execute = stages.execute.inSeconds
        stop = stages.stop.inSeconds
        clean = stages.clean.inSeconds
    }
}

struct TrafficWire: Sendable, Encodable {
    let sent: Int
    let received: Int

    private enum CodingKeys: String, CodingKey {
        case sent = "sent_bytes"
        case received = "received_bytes"
    }

    init(_ traffic: NetworkTraffic) { (sent, received) = (traffic.sent, traffic.received) }
}

extension V1 {
    /// `report` as v1 would show it, for commands that grade without a server.
    package static func json(_ report: Report) -> [UInt8] { JSON.encode(ReportWire(report: report)) }
}

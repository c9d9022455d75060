/// What is to be done, in which order. The order is drawn from the seed, so that a benchmark that was interrupted goes
/// on where it was.
package struct BenchmarkPlan: Sendable {
    /// One thing that is done without a pause.
    enum Step: Sendable, Hashable {
        /// Round 0 is the first warm-up.
        case run(experiment: Int, subject: Int, round: Int, underLoad: Bool)
        case concurrency(subject: Int, parallel: Int)
        case idleMemory(subject: Int, round: Int)
        case density(subject: Int)
    }

    package var experiments: [Experiment]
    package var subjects: [BenchmarkSubject]
    package var settings: BenchmarkReport.Settings
    /// Runs that are under way at the same time.
    package var parallels = [1, 2, 4, 8, 16, 32]
    /// Sandboxes of which the memory is taken, and how often.
    package var idleSandboxes = 8
    package var idleRounds = 3
    /// The most sandboxes that are tried at the same time; 0 tries none.
    package var densityLimit = 128
    /// Whether hello is also measured while every CPU is busy.
    package var measuresLoad = true

    package init(experiments: [Experiment], subjects: [BenchmarkSubject], settings: BenchmarkReport.Settings) {
        self.experiments = experiments
        self.subjects = subjects
        self.settings = settings
    }

    /// In each round every experiment in every configuration once, in an order drawn anew, so that whatever else the
    /// machine does falls on all of them alike.
    var steps: [Step] {
        var random = SeededRandom(settings.seed)
        var steps: [Step] = []
        for round in 0..<(settings.warmUps + settings.runs) {
            for experiment in experiments.indices {
                for subject in subjects.indices.shuffled(using: &random) {
                    steps.append(.run(experiment: experiment, subject: subject, round: round, underLoad: false))
                }
            }
        }
        for round in 0..<(measuresLoad ? settings.warmUps + settings.runs : 0) {
            guard let hello = experiments.firstIndex(of: .hello) else { break }
            for subject in subjects.indices.shuffled(using: &random) {
                steps.append(.run(experiment: hello, subject: subject, round: round, underLoad: true))
            }
        }
        for parallel in parallels { steps += subjects.indices.map { .concurrency(subject: $0, parallel: parallel) } }
        let poolless = subjects.indices.filter { !subjects[$0].keepsPool }
        for round in 0..<idleRounds { steps += poolless.map { .idleMemory(subject: $0, round: round) } }
        if densityLimit > 0 { steps += subjects.indices.map { .density(subject: $0) } }
        return steps
    }

    static let underLoad = "-under-load"

    /// Names the plan: a state file is only continued by the same one.
    var fingerprint: String {
        let parts =
            experiments.map(\.name) + subjects.map(\.label) + parallels.map { "\($0)" } + [
                "\(settings.seed) \(settings.runs) \(settings.warmUps) \(settings.memoryPerSandbox)",
                "\(settings.secondsPerCell ?? 0) \(idleSandboxes) \(idleRounds) \(densityLimit) \(measuresLoad)",
            ]
        return parts.joined(separator: ";")
    }
}

package import Core
import Sandboxing
import Synchronization
package import TaskFormats

/// A draft with every name in it resolved and every limit decided. Made when a submission is taken, to refuse what
/// cannot be graded, and again when it is graded.
struct GradingPlan: Sendable {
    let language: Language
    let task: GradingTask
    let entryFile: RelativePath
    let backend: any SandboxBackend
    /// How its sandboxes get their roots.
    let storage: StorageStrategy
    let runLimits: Limits
    /// `nil` when the language needs no compiler.
    let compileLimits: Limits?

    /// The submission's files as they came.
    let submitted: [SourceFile]
    /// The submission's files, with the task's in place of those that have the same names.
    let files: [SourceFile]
    let options: ProgramOptions
    /// Of the student's program.
    let image: SandboxImage
    /// What the task's programs may reach.
    let network: NetworkMode
    /// Of a teacher's grader, whose language the service does not know.
    let graderImage: SandboxImage

    /// The student's program, to be compiled.
    var source: ProgramSource {
        ProgramSource(
            language: language, files: files, entryFile: entryFile, runLimits: runLimits, compileLimits: compileLimits,
            options: options, image: image)
    }

    /// What it occupies while it is graded. Parties that run at the same time count together.
    var demand: ResourceDemand {
        let (other, atOnce) = otherParty
        let running = atOnce ? runLimits.memory + other : max(runLimits.memory, other)
        return ResourceDemand(cpus: runLimits.cpus, memory: max(running, compileLimits?.memory ?? 0))
    }

    /// Memory of the teacher's programs, and whether they run while the student's does.
    private var otherParty: (memory: Int, atOnce: Bool) {
        switch task.judging {
        case .testCases: return (0, false)
        case .plan(let plan):
            let memory = plan.programs.map { $0.limits.applied(to: CheckerPrograms.checkerLimits).memory }
            return (memory.max() ?? 0, plan.conduct.isInteractive)
        case .script(let script): return (script.limits.applied(to: ScriptJudge.graderLimits).memory, true)
        }
    }
}

/// Everything that names in drafts refer to.
package struct GradingContext: Sendable {
    package let tasks: TaskCatalog
    private let facts: Facts
    private let settings: SubmissionPolicy
    /// Tasks that came over HTTP, which stand before those of `tasks`; `nil` where there are none.
    package let uploads: UploadedTasks?
    /// Where set-up scripts run; `nil` where they cannot.
    package let layers: LayerStore?
    let checkers = CheckerPrograms()

    package init(
        languages: LanguageCatalog, tasks: TaskCatalog, backends: BackendRegistry, policy: SubmissionPolicy,
        uploads: UploadedTasks? = nil, layers: LayerStore? = nil
    ) {
        self.layers = layers
        self.uploads = uploads
        self.tasks = tasks
        facts = Facts(languages: languages, backends: backends, capacity: policy.capacity)
        settings = policy
    }

    package var languages: LanguageCatalog { facts.current.languages }
    package var backends: BackendRegistry { facts.current.backends }

    package var policy: SubmissionPolicy {
        var policy = settings
        policy.capacity = facts.current.capacity
        return policy
    }

    /// From now on, accepts what other nodes can grade. For a node that grades nothing itself.
    func adopt(_ abilities: NodeAbilities) {
        facts.current = Facts.Values(
            languages: LanguageCatalog(abilities.languages),
            backends: BackendRegistry(remote: abilities.backends, default: abilities.defaultBackend),
            capacity: abilities.capacity)
    }

    /// What is true of the nodes that grade. Found once where that is this node; otherwise it changes with them.
    private final class Facts: Sendable {
        struct Values: Sendable {
            let languages: LanguageCatalog
            let backends: BackendRegistry
            let capacity: ResourceDemand
        }

        private let values: Mutex<Values>

        init(languages: LanguageCatalog, backends: BackendRegistry, capacity: ResourceDemand) {
            values = Mutex(Values(languages: languages, backends: backends, capacity: capacity))
        }

        var current: Values {
            get { values.withLock { $0 } }
            set { values.withLock { $0 = newValue } }
        }
    }
}

extension GradingContext {
    /// The task that `draft` refers to, if it is one that came over HTTP, as it is now. Throws `unavailable`.
    func uploadedTask(of draft: SubmissionDraft) async throws(SubmissionError) -> GradingTask? {
        guard case .catalog(let id) = draft.task, let uploads else { return nil }
        do { return try await uploads.task(id) } catch {
            throw .unavailable(reason: "\(error)", retryAfter: Submissions.retryWhenUnavailable)
        }
    }

    /// Resolves `draft`, whose task `uploaded` is if that came over HTTP; throws `invalid` with every problem found.
    func plan(
        for draft: SubmissionDraft, uploaded: GradingTask? = nil
    ) throws(SubmissionError) -> GradingPlan {
        var problems: [SubmissionProblem] = []
        func attempt<Value>(_ body: () throws(SubmissionProblem) -> Value) -> Value? {
            do { return try body() } catch {
                problems.append(error)
                return nil
            }
        }
        let task = attempt { () throws(SubmissionProblem) in try self.task(for: draft.task, uploaded) }
        let language = attempt { () throws(SubmissionProblem) in
            // Such a task does something with files of its own; the language that was named is only a note.
            task?.takesFiles == true ? .files : try self.language(named: draft.language)
        }
        let backend = attempt { () throws(SubmissionProblem) in
            try self.backend(
                draft.sandbox.completed(by: task?.sandbox).completed(by: language?.sandbox),
                network: task?.network ?? .none)
        }
        let network = attempt { () throws(SubmissionProblem) in try policy.egress.granted(task?.network ?? .none) }
        let taskImage = attempt { () throws(SubmissionProblem) in try self.image(of: task) } ?? nil
        let image = taskImage ?? language.map { languages.image(of: $0) ?? policy.images.image(of: $0) } ?? .host
        let graderImage = taskImage ?? policy.images.standardImage
        if let backend, let problem = imageProblem([image, graderImage], on: backend.chosen) {
            problems.append(problem)
        }
        if let task, let backend { problems += setUpProblems(task, on: backend.chosen) }
        problems += fileProblems(draft.files, task)
        let entryFile = language.flatMap { language in
            attempt { () throws(SubmissionProblem) in try Self.entryFile(of: draft, task, in: language) }
        }
        if let language, let allowed = task?.languages, language != .files, !allowed.contains(language.name) {
            problems.append(SubmissionProblem(.language, "the task allows only \(allowed.joined(separator: ", "))"))
        }
        if let task { problems += taskProblems(task) }
        let runLimits = Self.runLimits(of: draft, language, task)
        problems += limitProblems(runLimits)
        guard problems.isEmpty, let language, let task, let backend, let entryFile, let network
        else { throw .invalid(problems) }
        return GradingPlan(
            language: language, task: task, entryFile: entryFile, backend: MeasuredBackend(backend.chosen),
            storage: backend.storage,
            runLimits: runLimits,
            compileLimits: language.compile.map { _ in
                language.compileLimits.overridden(by: task.compileLimits ?? LimitsRequest())
                    .applied(to: Language.compileLimits)
            }, submitted: draft.files, files: Self.files(of: draft, task, language), options: Self.options(of: draft),
            image: image, network: network, graderImage: graderImage)
    }

    /// How programs are built and started for a task of the catalogue is not the submission's to say.
    private static func options(of draft: SubmissionDraft) -> ProgramOptions {
        guard case .inline = draft.task else { return ProgramOptions() }
        return draft.options
    }

    /// Who submits for a task of the catalogue may only ask for less than it gives.
    private static func runLimits(of draft: SubmissionDraft, _ language: Language?, _ task: GradingTask?) -> Limits {
        let base = (language?.limits ?? LimitsRequest())
            .overridden(by: task?.limits(for: language?.name ?? "") ?? LimitsRequest())
        let limits = base.applied(to: .default)
        let asked = base.overridden(by: draft.limits).applied(to: .default)
        guard case .catalog = draft.task else { return asked }
        return limits.lowered(to: asked)
    }

    private static func files(
        of draft: SubmissionDraft, _ task: GradingTask, _ language: Language
    ) -> [SourceFile] {
        let own = task.files(for: language.name)
        guard !own.isEmpty else { return draft.files }
        let paths = Set(own.map(\.path))
        return draft.files.filter { !paths.contains($0.path) } + own
    }

    private func language(named name: String) throws(SubmissionProblem) -> Language {
        guard let entry = languages.entry(named: name) else {
            throw SubmissionProblem(.language, "there is no language named '\(name.shortened)'")
        }
        if case .unavailable(let reason) = entry.availability {
            throw SubmissionProblem(
                .language, "\(name) is not available here (\(reason)); package \(entry.language.package) provides it")
        }
        return entry.language
    }

    private func task(
        for reference: TaskReference, _ uploaded: GradingTask?
    ) throws(SubmissionProblem) -> GradingTask {
        switch reference {
        case .inline(let task): return task
        case .catalog(let id):
            guard let task = uploaded ?? tasks.task(id) else {
                throw SubmissionProblem(.task, "there is no task named '\(id.shortened)'")
            }
            return task
        }
    }

    /// The first available one of those that are wanted.
    private func backend(
        _ choice: SandboxChoice, network: NetworkMode
    ) throws(SubmissionProblem) -> (chosen: any SandboxBackend, storage: StorageStrategy) {
        var problem: SubmissionProblem?
        for name in choice.backends ?? [backends.defaultName] {
            guard let backend = backends.backend(named: name), let report = backends.reports[name] else {
                problem = problem ?? .init(.backend, "there is no backend named '\(name.rawValue.shortened)'")
                continue
            }
            if case .unavailable(let reason, _) = report.availability {
                problem = problem ?? .init(.backend, "backend \(name) is not available here: \(reason)")
                continue
            }
            let storage = choice.storage ?? report.storage
            try check(report, network: network, storage: storage)
            return (storage == report.storage ? backend : ChosenStorage(backend: backend, storage: storage), storage)
        }
        throw problem ?? .init(.backend, "no backend is named")
    }

    private func check(
        _ report: BackendReport, network: NetworkMode, storage: StorageStrategy
    ) throws(SubmissionProblem) {
        let name = report.name
        guard report.capabilities.networkModes.contains(network.name) else {
            throw SubmissionProblem(.network, "backend \(name) does not offer network mode \(network.name) here")
        }
        guard storage != report.storage else { return }
        guard let offer = report.storages.first(where: { $0.name == storage.rawValue }) else {
            throw SubmissionProblem(.storage, "backend \(name) does not offer storage \(storage.rawValue)")
        }
        if case .unavailable(let reason, _) = offer.availability {
            throw SubmissionProblem(.storage, "storage \(storage.rawValue) is not available here: \(reason)")
        }
    }

    private func image(of task: GradingTask?) throws(SubmissionProblem) -> SandboxImage? {
        guard let reference = task?.image else { return nil }
        return try policy.images.image(of: reference)
    }

    private func imageProblem(_ images: [SandboxImage], on backend: any SandboxBackend) -> SubmissionProblem? {
        guard let can = backends.reports[backend.name]?.capabilities else { return nil }
        let refused = images.first { image in
            switch image {
            case .host: false
            case .directory: !can.images
            // Only our own launcher lays one directory over the host's programs.
            case .layer: !can.images || backend.name != .native
            }
        }
        guard let image = refused else { return nil }
        return SubmissionProblem(.backend, "backend \(backend.name) offers no images here, and \(image) is needed")
    }

    private func setUpProblems(_ task: GradingTask, on backend: any SandboxBackend) -> [SubmissionProblem] {
        guard case .script(let script) = task.judging, script.setUp != nil else { return [] }
        if layers == nil, !(backend is RemoteBackend) {
            return [SubmissionProblem(.task, "the task needs its set-up script, which cannot run here")]
        }
        guard backends.reports[backend.name]?.capabilities.layers == true else {
            return [SubmissionProblem(.backend, "\(backend.name) cannot show what the task's set-up script made")]
        }
        return []
    }

    private func fileProblems(_ files: [SourceFile], _ task: GradingTask?) -> [SubmissionProblem] {
        guard !files.isEmpty else { return [SubmissionProblem(.files, "at least one file is needed")] }
        let bytes = files.reduce(0) { $0 + $1.contents.count }
        let limit = min(policy.sourceBytes, task?.sourceBytes ?? policy.sourceBytes)
        if bytes > limit {
            return [SubmissionProblem(.files, "\(bytes) bytes together; at most \(limit) are allowed")]
        }
        var problems: [SubmissionProblem] = []
        let paths = Set(files.map(\.path.string))
        for file in files {
            var parent = ""
            for part in file.path.parts.dropLast() {
                parent += parent.isEmpty ? part : "/" + part
                if paths.contains(parent) {
                    problems.append(SubmissionProblem(.file(file.path.string), "\(parent) is a file, not a directory"))
                }
            }
        }
        return problems
    }

    private static func entryFile(
        of draft: SubmissionDraft, _ task: GradingTask?, in language: Language
    ) throws(SubmissionProblem) -> RelativePath {
        // A program that the task brings starts the submission, and no other does.
        if let own = task?.files(for: language.name), own.contains(where: { $0.path == language.entryFile }) {
            return language.entryFile
        }
        return try entryFile(among: draft.files.map(\.path), wanted: draft.entryFile, in: language)
    }

    static func entryFile(
        among paths: [RelativePath], wanted: RelativePath?, in language: Language
    ) throws(SubmissionProblem) -> RelativePath {
        if language == .files, let first = paths.first { return first }
        if let wanted {
            guard paths.contains(wanted) else {
                throw SubmissionProblem(.entryFile, "\(wanted) is not among the files")
            }
            return wanted
        }
        if paths.contains(language.entryFile) { return language.entryFile }
        if paths.count == 1 { return paths[0] }
        let candidates = paths.filter { path in language.extensions.contains { path.name.hasSuffix("." + $0) } }
        if candidates.count == 1 { return candidates[0] }
        throw SubmissionProblem(
            .entryFile, "which file does the program start from? Name it, or call it \(language.entryFile)")
    }

    private func taskProblems(_ task: GradingTask) -> [SubmissionProblem] {
        let count: Int
        switch task.judging {
        case .testCases(let tests, _, _): count = tests.count
        case .plan(let plan): count = plan.tests.count
        case .script: return []
        }
        if count == 0 { return [SubmissionProblem(.tests, "at least one test case is needed")] }
        if count > policy.testCases {
            return [SubmissionProblem(.tests, "\(count) test cases; at most \(policy.testCases) are allowed")]
        }
        return []
    }

    private func limitProblems(_ limits: Limits) -> [SubmissionProblem] {
        var problems = limits.problems(ceiling: policy.ceiling).map { problem in
            SubmissionProblem(.limit(problem.name), problem.detail)
        }
        if limits.cpus > policy.capacity.cpus, limits.cpus <= policy.ceiling.cpus {
            problems.append(SubmissionProblem(.limit(.cpus), "no machine here has more than \(policy.capacity.cpus)"))
        }
        if limits.memory > policy.capacity.memory, limits.memory <= policy.ceiling.memory {
            problems.append(
                SubmissionProblem(.limit(.memory), "no machine here can give more than \(policy.capacity.memory) bytes")
            )
        }
        return problems
    }
}

extension LimitProblem {
    var detail: String {
        switch (value, floor, ceiling) {
        case (.time(let value), .time(let floor), .time(let ceiling)):
            "\(value.inSeconds) is outside \(floor.inSeconds) to \(ceiling.inSeconds) seconds"
        case (.count(let value), .count(let floor), .count(let ceiling)):
            "\(value) is outside \(floor) to \(ceiling)"
        default: "is out of bounds"
        }
    }
}

extension String {
    /// For messages that repeat what somebody sent.
    var shortened: String { count <= 64 ? self : prefix(61) + "…" }
}

extension GradingContext {
    /// Throws everything that keeps `draft` from being graded here.
    package func check(_ draft: SubmissionDraft) throws(SubmissionError) { _ = try plan(for: draft) }
}

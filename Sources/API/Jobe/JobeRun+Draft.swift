import Core

extension JobeRun {
    /// Defaults of Jobe's parameters, in Jobe's units.
    enum Default {
        /// Seconds.
        static let cpuTime = 5.0
        static let processes = 30.0
        /// Megabytes.
        static let disk = 20.0
        /// Megabytes.
        static let stream = 2.0
        /// Wall seconds allowed per CPU second.
        static let wallTimeFactor = 2
    }

    /// The submission that this run is: one program, one test without an expectation. `attachments` are the files of
    /// `files`. What asks for more than `ceiling` gets `ceiling`; only CPU time is refused above `longestCPUTime`.
    func draft(
        _ language: JobeLanguage, attachments: [SourceFile], ceiling: Limits, longestCPUTime: Duration,
        metadata: [String: String] = [:]
    ) throws(JobeRefusal) -> SubmissionDraft {
        let java = language.id == "java" ? JavaSource(source) : nil
        let entry = try Self.path(fileName ?? java?.path ?? language.fileName)
        let main = parameters.mainClass ?? java?.mainClass
        let test = TestCase(name: "run", stdin: Array(input.utf8), arguments: parameters.arguments ?? [])
        return SubmissionDraft(
            language: language.name,
            files: [SourceFile(path: entry, text: source)] + attachments.filter { $0.path != entry },
            entryFile: entry,
            task: .inline(
                GradingTask(
                    network: .none, judging: .testCases([test], .exact, stopOnFirstFailure: false))),
            limits: try limits(language, ceiling: ceiling, longestCPUTime: longestCPUTime), metadata: metadata,
            options: ProgramOptions(
                compiler: parameters.compilerOptions ?? language.compilerOptions,
                linker: parameters.linkerOptions ?? language.linkerOptions,
                interpreter: parameters.interpreterOptions ?? language.interpreterOptions, main: main,
                compilesEntryOnly: true),
            notes: FrontEndNotes(frontEnd: Jobe.name, content: []))
    }

    /// A file name of the client's as a path below the work directory.
    static func path(_ name: String) throws(JobeRefusal) -> RelativePath {
        do { return try RelativePath(name) } catch {
            throw JobeRefusal(.badRequest, "the file name '\(name.prefix(128))' \(error)")
        }
    }

    private func limits(
        _ language: JobeLanguage, ceiling: Limits, longestCPUTime: Duration
    ) throws(JobeRefusal) -> LimitsRequest {
        // Jobe reads zero as "no limit"; the most that anybody may have is what that comes to here.
        func amount(_ value: Double?, _ fallback: Double, unit: Int, from floor: Int, to ceiling: Int) -> Int {
            let value = value ?? fallback
            guard value > 0 else { return ceiling }
            return min(max(Int(min(value * Double(unit), 1e15)), floor), ceiling)
        }
        let megabyte = 1 << 20
        let longest = min(longestCPUTime, ceiling.cpuTime)
        let seconds = parameters.cpuTime ?? Default.cpuTime
        guard seconds <= longest.inSeconds else {
            throw JobeRefusal(
                .badRequest,
                "cputime exceeds maximum allowed on this Jobe server (\(Int(longest.inSeconds)) secs)")
        }
        let cpuTime = seconds > 0 ? max(.seconds(seconds), Limits.floor.cpuTime) : longest
        var limits = LimitsRequest()
        limits.cpuTime = cpuTime
        limits.wallTime = min(cpuTime * Default.wallTimeFactor, ceiling.wallTime)
        if let fallback = parameters.memory ?? language.memory.map(Double.init) {
            let memory = amount(fallback, 0, unit: megabyte, from: Limits.floor.memory, to: ceiling.memory)
            // One process cannot get beyond its address space; all of them together not beyond the same in memory.
            limits.memory = memory
            if language.limitsAddressSpace { limits.addressSpace = memory }
        } else {
            limits.memory = min(Self.memoryWithoutLimit, ceiling.memory)
        }
        limits.processes = max(
            amount(
                parameters.processes, Default.processes, unit: 1, from: Limits.floor.processes, to: ceiling.processes),
            min(language.fewestProcesses, ceiling.processes))
        limits.fileSize = amount(
            parameters.disk, Default.disk, unit: megabyte, from: Limits.floor.fileSize, to: ceiling.fileSize)
        limits.workSize = min(max(Limits.default.workSize, (limits.fileSize ?? 0) * 2), ceiling.workSize)
        limits.output = amount(
            parameters.stream, Default.stream, unit: megabyte, from: Limits.floor.output, to: ceiling.output)
        return limits
    }

    /// Bytes of memory for a language that Jobe gives no limit: a machine must know what to keep free for it.
    static let memoryWithoutLimit = 1 << 30
}

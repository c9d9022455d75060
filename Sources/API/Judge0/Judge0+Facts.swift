import Core
import Foundation
import Grading
import HTTPServer
import Storage

extension Judge0 {
    /// What this service says of itself: every answer is a fact of this node.
    func registerFacts(_ on: (Method, String, [Role], @escaping Handler) -> Void) {
        func facts(_ path: String, _ value: @escaping @Sendable () -> JSONValue) {
            on(.get, path, []) { _, _ in JSON.response(.ok, value()) }
        }
        facts("/languages") { .array(Judge0LanguageEntry.available(in: context.languages).map(\.summary)) }
        facts("/languages/all") {
            .array(Judge0LanguageEntry.available(in: context.languages).map(\.summaryWithArchive))
        }
        on(.get, "/languages/{id}", []) { request, _ throws(Judge0Refusal) in
            guard let id = Int(request.parameters["id"] ?? ""), let language = Judge0Language.named(id),
                let entry = Judge0LanguageEntry(language, in: context.languages)
            else { throw Judge0Refusal(.notFound, "there is no language with this id here") }
            return JSON.response(.ok, entry.details)
        }
        facts("/statuses") { .array(Judge0Status.allCases.map(\.json)) }
        facts("/config_info") { configurationFacts }
        facts("/system_info") { Judge0System.facts() }
        facts("/about") {
            [
                "version": .string(Self.version), "homepage": "", "source_code": "",
                "maintainer": .string("Assay \(configuration.serviceVersion)"),
            ]
        }
        on(.get, "/version", []) { _, _ in Response.text(Self.version) }
        on(.get, "/license", []) { _, _ in Response.text(configuration.license) }
        on(.get, "/isolate", []) { _, _ in Response.text(isolation) }
        on(.get, "/workers", []) { _, _ throws(Judge0Refusal) in
            JSON.response(.ok, JSONValue.array([try await workers()]))
        }
        on(.get, "/statistics", []) { _, _ throws(Judge0Refusal) in JSON.response(.ok, try await statistics()) }
        // A request that comes this far was let in.
        on(.post, "/authenticate", []) { _, _ in Response() }
    }

    private var configurationFacts: JSONValue {
        func number(_ value: Double) -> JSONValue { .number(value) }
        func whole(_ value: Double) -> JSONValue { .integer(Int(value)) }
        return [
            "maintenance_mode": false, "enable_wait_result": true, "enable_compiler_options": true,
            "allowed_languages_for_compile_options": [], "enable_command_line_arguments": true,
            "enable_submission_delete": true, "enable_callbacks": true,
            "callbacks_max_tries": .integer(bounds.callbackTries), "callbacks_timeout": .number(bounds.callbackTimeout),
            "enable_additional_files": true, "max_queue_size": .integer(context.policy.queue.submissions),
            "cpu_time_limit": number(bounds.cpuTime.fallback), "max_cpu_time_limit": number(bounds.cpuTime.most),
            "cpu_extra_time": number(bounds.cpuExtraTime.fallback),
            "max_cpu_extra_time": number(bounds.cpuExtraTime.most),
            "wall_time_limit": number(bounds.wallTime.fallback), "max_wall_time_limit": number(bounds.wallTime.most),
            "memory_limit": whole(bounds.memory.fallback), "max_memory_limit": whole(bounds.memory.most),
            "stack_limit": whole(bounds.stack.fallback), "max_stack_limit": whole(bounds.stack.most),
            "max_processes_and_or_threads": whole(bounds.processes.fallback),
            "max_max_processes_and_or_threads": whole(bounds.processes.most),
            "enable_per_process_and_thread_time_limit": false,
            "allow_enable_per_process_and_thread_time_limit": true,
            "enable_per_process_and_thread_memory_limit": false,
            "allow_enable_per_process_and_thread_memory_limit": true,
            "max_file_size": whole(bounds.fileSize.fallback), "max_max_file_size": whole(bounds.fileSize.most),
            "number_of_runs": whole(bounds.runs.fallback), "max_number_of_runs": whole(bounds.runs.most),
            "redirect_stderr_to_stdout": false, "max_extract_size": .integer(bounds.extractSize),
            "enable_batched_submissions": true, "max_submission_batch_size": .integer(bounds.batch),
            "submission_cache_duration": .number(0), "use_docs_as_homepage": false, "allow_enable_network": false,
            "enable_network": false,
        ]
    }

    /// What isolates programs here, in place of the version of the sandbox that Judge0 uses.
    private var isolation: String {
        let name = context.backends.defaultName
        let report = context.backends.reports[name]
        return "Assay \(configuration.serviceVersion), backend \(name) \(report?.version ?? "")\n"
    }

    private func workers() async throws(Judge0Refusal) -> JSONValue {
        let queue: QueueStatistics
        do { queue = try await submissions.queueStatistics() } catch { throw Judge0Refusal(error, nil) }
        let total = capacity.total.cpus
        let free = capacity.available.cpus
        return [
            "queue": "default", "size": .integer(queue[.queued]), "available": .integer(total),
            "idle": .integer(free), "working": .integer(total - free), "paused": 0, "failed": 0,
        ]
    }

    /// Of this interface's submissions, as they are kept now.
    private func statistics() async throws(Judge0Refusal) -> JSONValue {
        let now = Date()
        do throws(SubmissionError) {
            var filter = SubmissionFilter(metadata: [Submission.frontEndNote: Judge0Request.frontEnd])
            let total = try await submissions.count(filter)
            var languages: [JSONValue] = []
            var seen: Set<String> = []
            for entry in Judge0LanguageEntry.available(in: context.languages)
            where seen.insert(entry.language.name).inserted {
                filter.language = entry.language.name
                let count = try await submissions.count(filter)
                if count > 0 { languages.append(["language": entry.summary, "count": .integer(count)]) }
            }
            filter.language = nil
            var days: [String: JSONValue] = [:]
            var today = 0
            for age in 0..<30 {
                let start = Self.day(of: now).addingTimeInterval(Double(-age) * 86_400)
                filter.createdAfter = start
                filter.createdBefore = start.addingTimeInterval(86_400)
                let count = try await submissions.count(filter)
                if age == 0 { today = count }
                days[String(timestamp(start).prefix(10))] = .integer(count)
            }
            return [
                "created_at": .string(timestamp(now)), "cached_until": .string(timestamp(now)),
                "submissions": [
                    "total": .integer(total), "today": .integer(today), "last_30_days": .object(days),
                ],
                "languages": .array(languages),
            ]
        } catch { throw Judge0Refusal(error, nil) }
    }

    /// Midnight, UTC.
    private static func day(of date: Date) -> Date {
        Date(timeIntervalSince1970: (date.timeIntervalSince1970 / 86_400).rounded(.down) * 86_400)
    }
}

/// The machine, as the kernel tells of it.
enum Judge0System {
    static func facts() -> JSONValue {
        var facts: [String: JSONValue] = [:]
        let processor = fields(of: "/proc/cpuinfo")
        let memory = fields(of: "/proc/meminfo")
        facts["Architecture"] = .string(machine)
        facts["CPU(s)"] = .string("\(ProcessInfo.processInfo.activeProcessorCount)")
        facts["Model name"] = JSONValue(processor["model name"])
        facts["Vendor ID"] = JSONValue(processor["vendor_id"])
        facts["CPU MHz"] = JSONValue(processor["cpu MHz"])
        for (name, source) in [("Mem", "MemTotal"), ("Available", "MemAvailable"), ("Swap", "SwapTotal")] {
            facts[name] = JSONValue(memory[source])
        }
        return .object(facts)
    }

    private static var machine: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #else
            "unknown"
        #endif
    }

    /// The first value of each name in a file of `name: value` lines.
    private static func fields(of path: String) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path) else { return [:] }
        var fields: [String: String] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let name = parts[0].trimmingCharacters(in: .whitespaces)
            if fields[name] == nil { fields[name] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return fields
    }
}

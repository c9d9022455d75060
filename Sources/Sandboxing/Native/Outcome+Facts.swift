import CSandbox
import Core

extension Outcome {
    /// The outcome that the launcher's facts mean.
    init(_ reply: LauncherReply, limits: Limits, stopped: StopReason?) throws(SandboxError) {
        let result = try reply.body(ASSAY_RESULT, as: assay_result.self)
        let ending = try Ending(result, limits: limits, stopped: stopped)
        var tail = reply.tail(after: assay_result.self)
        var descriptors = reply.descriptors[...]
        func output(_ size: UInt64, inFile: Int, truncated: Int) throws(SandboxError) -> CapturedOutput {
            let isTruncated = result.flags & UInt32(truncated) != 0
            if result.flags & UInt32(inFile) != 0 {
                guard let file = descriptors.popFirst() else { throw .lost("the launcher sent no output") }
                return CapturedOutput(bytes: try file.contents(Int(size)), isTruncated: isTruncated)
            }
            guard size <= UInt64(tail.count) else { throw .lost("the launcher sent too little output") }
            defer { tail = tail.dropFirst(Int(size)) }
            return CapturedOutput(bytes: Array(tail.prefix(Int(size))), isTruncated: isTruncated)
        }
        self.init(
            ending: ending, cpuTime: .nanoseconds(result.cpu_ns), wallTime: .nanoseconds(result.execute_ns),
            peakMemory: Int(result.peak_memory),
            stdout: try output(
                result.stdout_size, inFile: ASSAY_STDOUT_IN_FILE, truncated: ASSAY_STDOUT_TRUNCATED),
            stderr: try output(
                result.stderr_size, inFile: ASSAY_STDERR_IN_FILE, truncated: ASSAY_STDERR_TRUNCATED),
            stages: StageTimings(
                launch: .nanoseconds(result.launch_ns), execute: .nanoseconds(result.execute_ns),
                stop: .nanoseconds(result.stop_ns)))
    }
}

extension Ending {
    /// What the program did to end, or which limit it broke. Of several facts the one that explains the others counts:
    /// a program whose memory is used up may then also be over its time, and is killed in either case.
    init(_ result: assay_result, limits: Limits, stopped: StopReason?) throws(SandboxError) {
        let killed = Int(result.killed)
        if killed == ASSAY_KILLED_BY_SERVICE, stopped == .cancelled {
            self = .cancelled
        } else if result.oom_kills > 0 {
            self = .overMemory
        } else if killed == ASSAY_KILLED_FOR_OUTPUT
            || result.flags & UInt32(ASSAY_STDOUT_TRUNCATED | ASSAY_STDERR_TRUNCATED) != 0
        {
            self = .overOutput
        } else if killed == ASSAY_KILLED_FOR_CPU || result.cpu_ns > limits.cpuTime.nanoseconds {
            self = .overCPUTime
        } else if killed == ASSAY_KILLED_BY_SERVICE || result.execute_ns > limits.wallTime.nanoseconds {
            self = .overWallTime
        } else if Int(result.ended) == ASSAY_ENDED_EXITED {
            self = .exited(result.code)
        } else if Int(result.ended) == ASSAY_ENDED_SIGNALLED {
            self = .signalled(result.code)
        } else {
            throw .lost("the sandbox's first process ended")
        }
    }
}

extension NetworkTraffic {
    init(_ result: assay_result) {
        self.init(sent: Int(result.sent_bytes), received: Int(result.received_bytes))
    }
}

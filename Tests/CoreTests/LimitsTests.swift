import Core
import Testing

@Suite struct LimitsTests {
    @Test func wallTimeFollowsCPUTime() {
        var request = LimitsRequest()
        request.cpuTime = .seconds(20)
        let limits = request.applied(to: .default)
        #expect(limits.cpuTime == .seconds(20))
        #expect(limits.wallTime == .seconds(20 * LimitsRequest.wallTimeFactor))
        request.wallTime = .seconds(21)
        #expect(request.applied(to: .default).wallTime == .seconds(21))
    }

    @Test func shortCPUTimeLeavesTheClock() {
        var request = LimitsRequest()
        request.cpuTime = .milliseconds(100)
        #expect(request.applied(to: .default).wallTime == Limits.default.wallTime)
    }

    @Test func laterRequestsCount() {
        var language = LimitsRequest()
        language.memory = 1
        language.processes = 2
        var submission = LimitsRequest()
        submission.memory = 3
        let merged = language.overridden(by: submission)
        #expect(merged.memory == 3)
        #expect(merged.processes == 2)
    }

    @Test func everyLimitHasAFloorAndACeiling() {
        #expect(Limits.default.problems(ceiling: .ceiling).isEmpty)
        #expect(Limits.floor.problems(ceiling: .ceiling).isEmpty)
        #expect(Limits.ceiling.problems(ceiling: .ceiling).isEmpty)
        var above = Limits.ceiling
        above.cpuTime += .nanoseconds(1)
        above.wallTime += .nanoseconds(1)
        above.memory += 1
        above.addressSpace = above.addressSpace! + 1
        above.stack += 1
        above.processes += 1
        above.openFiles += 1
        above.fileSize += 1
        above.workSize += 1
        above.workFiles += 1
        above.output += 1
        above.cpus += 1
        #expect(Set(above.problems(ceiling: .ceiling).map(\.name)) == Set(LimitName.allCases))
        let below = Limits(
            cpuTime: .zero, wallTime: .zero, memory: -1, addressSpace: 0, stack: -1, processes: 0, openFiles: 0,
            fileSize: -1, workSize: 0, workFiles: 0, output: -1, cpus: 0)
        #expect(Set(below.problems(ceiling: .ceiling).map(\.name)) == Set(LimitName.allCases))
    }
}

/// A limit by name, so that a problem with one can say which.
package enum LimitName: String, Sendable, Hashable, CaseIterable {
    case cpuTime, wallTime, memory, addressSpace, stack, processes, openFiles, fileSize, workSize, workFiles, output,
        cpus
}

/// A limit outside its bounds.
package struct LimitProblem: Error, Sendable, Hashable {
    package let name: LimitName
    package let value: Bound
    package let floor: Bound
    package let ceiling: Bound

    /// A limit's value in its own unit.
    package enum Bound: Sendable, Hashable {
        case time(Duration)
        /// Bytes or a number of things.
        case count(Int)
    }
}

extension Limits {
    /// Every limit that lies below `floor` or above `ceiling`.
    package func problems(floor: Limits = .floor, ceiling: Limits) -> [LimitProblem] {
        var problems: [LimitProblem] = []
        func check(_ name: LimitName, _ value: Duration, _ floor: Duration, _ ceiling: Duration) {
            guard value < floor || value > ceiling else { return }
            problems.append(LimitProblem(name: name, value: .time(value), floor: .time(floor), ceiling: .time(ceiling)))
        }
        func check(_ name: LimitName, _ value: Int, _ floor: Int, _ ceiling: Int) {
            guard value < floor || value > ceiling else { return }
            problems.append(
                LimitProblem(name: name, value: .count(value), floor: .count(floor), ceiling: .count(ceiling)))
        }
        check(.cpuTime, cpuTime, floor.cpuTime, ceiling.cpuTime)
        check(.wallTime, wallTime, floor.wallTime, ceiling.wallTime)
        check(.memory, memory, floor.memory, ceiling.memory)
        if let addressSpace {
            check(.addressSpace, addressSpace, floor.addressSpace ?? 1, ceiling.addressSpace ?? .max)
        }
        check(.stack, stack, floor.stack, ceiling.stack)
        check(.processes, processes, floor.processes, ceiling.processes)
        check(.openFiles, openFiles, floor.openFiles, ceiling.openFiles)
        check(.fileSize, fileSize, floor.fileSize, ceiling.fileSize)
        check(.workSize, workSize, floor.workSize, ceiling.workSize)
        check(.workFiles, workFiles, floor.workFiles, ceiling.workFiles)
        check(.output, output, floor.output, ceiling.output)
        check(.cpus, cpus, floor.cpus, ceiling.cpus)
        return problems
    }
}

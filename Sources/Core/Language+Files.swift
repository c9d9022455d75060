extension Language {
    /// Stands for the language where a task takes files and does something with them of its own: nothing is compiled,
    /// and nothing is run but what the task says.
    package static let files = Language(
        name: "files", title: "Files", extensions: [], entryFile: anyFile, versionCommand: [], package: "", run: [])

    private static let anyFile: RelativePath = {
        do { return try RelativePath("submission") } catch { preconditionFailure("\(error)") }
    }()
}

extension Limits {
    /// The lesser of each limit.
    package func lowered(to other: Limits) -> Limits {
        Limits(
            cpuTime: min(cpuTime, other.cpuTime), wallTime: min(wallTime, other.wallTime),
            memory: min(memory, other.memory),
            addressSpace: addressSpace.map { min($0, other.addressSpace ?? $0) } ?? other.addressSpace,
            stack: min(stack, other.stack), processes: min(processes, other.processes),
            openFiles: min(openFiles, other.openFiles), fileSize: min(fileSize, other.fileSize),
            workSize: min(workSize, other.workSize), workFiles: min(workFiles, other.workFiles),
            output: min(output, other.output), cpus: min(cpus, other.cpus))
    }
}

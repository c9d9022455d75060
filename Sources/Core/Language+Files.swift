extension Language {
    /// Stands for the language where a task takes files and does something with them of its own: nothing is compiled,
    /// and nothing is run but what the task says.
    package static let files = Language(
        name: "files", title: "Files", extensions: [], entryFile: anyFile, versionCommand: [], package: "", run: [])

    /// A teacher's program that brings its own way to be built and run: the scripts `build` and `run`.
    package static let ownScripts = Language(
        name: "own-scripts", title: "Own scripts", extensions: [], entryFile: path("build"), versionCommand: [],
        package: "", compile: ["./build"], run: ["./run"])
    /// The same without `build`.
    package static let ownRunScript = Language(
        name: "own-run-script", title: "Own script", extensions: [], entryFile: path("run"), versionCommand: [],
        package: "", run: ["./run"])

    /// A language that no language file describes and only teachers' programs have.
    package static func ownLanguage(named name: String) -> Language? {
        [ownScripts, ownRunScript].first { $0.name == name }
    }

    private static let anyFile = path("submission")

    private static func path(_ text: String) -> RelativePath {
        do { return try RelativePath(text) } catch { preconditionFailure("\(error)") }
    }
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

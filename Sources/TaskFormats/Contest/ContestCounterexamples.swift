import Core

/// Data that only checks the validators: `invalid_input`, `invalid_output`, `valid_output`, and the sample's `.out`.
struct ContestCounterexamples {
    let package: ContestPackage

    func cases() throws(TaskFormatError) -> [DataCase] {
        guard package.version == .current else { return [] }
        return try cases(in: "invalid_input", .invalidInput) + cases(in: "invalid_output", .invalidOutput)
            + cases(in: "valid_output", .validOutput)
            + cases(in: ContestPackage.sample, .validOutput, onlyWithOutput: true)
    }

    private func cases(
        in directory: String, _ kind: DataCase.Kind, onlyWithOutput: Bool = false
    ) throws(TaskFormatError) -> [DataCase] {
        let files = package.tree.below("data/\(directory)")
        var cases: [DataCase] = []
        for path in files.paths where path.hasSuffix(".in") {
            let base = String(path.dropLast(3))
            let output = files[base + ".out"]
            if output == nil, onlyWithOutput { continue }
            if output == nil, kind != .invalidInput {
                throw package.error("data/\(directory)/\(base).out", "is missing")
            }
            let test = try ContestTests(package: package).test(
                base, below: directory, files, try settings(directory, base), needsAnswer: kind != .invalidInput)
            cases.append(DataCase(kind: kind, test: test, output: output?.contents ?? []))
        }
        return cases
    }

    /// Of `test_group.yaml` in the case's own directory.
    private func settings(_ directory: String, _ base: String) throws(TaskFormatError) -> ContestGroup {
        let inner = base.split(separator: "/").dropLast().map { $0 + "/" }.joined()
        let path = "data/\(directory)/\(inner)test_group.yaml"
        return try ContestGroup(
            current: package.tree.text(path), file: "\(package.name)/\(path)", scoring: .sum, allowsScores: false)
    }
}

import Core

/// The test data of a problem package as groups of tests.
struct ContestData {
    let package: ContestPackage
    let checker: Checker

    private var isLegacy: Bool { package.version == .legacy }
    private var dataFiles: FileTree { package.tree.below("data") }

    static let sample = "sample"
    static let secret = "secret"

    func plan() throws(TaskFormatError) -> TestPlan {
        let data = dataFiles
        let top = try legacySettings(nil, "", data)
        let secretSettings =
            try isLegacy
            ? legacySettings(top, Self.secret, data)
            : currentSettings(Self.secret, data, scoring: .sum)
        var groups: [TestGroup] = []
        let sampleSettings =
            try isLegacy
            ? legacySettings(top, Self.sample, data)
            : currentSettings(Self.sample, data, scoring: .sum)
        if let group = try group(Self.sample, data.below(Self.sample), sampleSettings, isSecret: false) {
            groups.append(group)
        }
        let secret = data.below(Self.secret)
        if let own = try group(Self.secret, FileTree(secret.topFiles), secretSettings, isSecret: true) {
            groups.append(own)
        }
        for directory in secret.directories {
            let path = "\(Self.secret)/\(directory)"
            let settings =
                try isLegacy
                ? legacySettings(secretSettings, path, data)
                : currentSettings(path, data, scoring: .allOrNothing)
            let files = secret.below(directory)
            if package.version == .legacy,
                let deeper = files.directories.first(where: { name in
                    files.below(name).paths.contains { $0.hasSuffix(".in") }
                })
            {
                throw error("data/\(path)/\(deeper)", "groups within groups of secret are not supported here")
            }
            guard let group = try group(path, files, settings, isSecret: true) else { continue }
            groups.append(group)
        }
        guard groups.contains(where: { $0.name.hasPrefix(Self.secret) }) || isLegacy else {
            throw error("data/secret", "holds no test")
        }
        guard !groups.isEmpty else { throw error("data", "holds no test") }
        try checkRequirements(of: groups)
        return try scored(groups, top: top, secret: secretSettings)
    }

    private var conduct: Conduct {
        let isInteractive = package.types.contains("interactive")
        if package.types.contains("multi-pass") {
            return .multiPass(passes: package.limits.validationPasses, isInteractive: isInteractive)
        }
        return isInteractive ? .interactive : .batch
    }

    // MARK: points

    private func scored(
        _ groups: [TestGroup], top: ContestGroup, secret: ContestGroup
    ) throws(TaskFormatError) -> TestPlan {
        var groups = groups
        guard package.isScoring else {
            // Passing is one point; everything must be accepted, the sample too.
            for index in groups.indices {
                groups[index].scoring = .allOrNothing
                groups[index].points = index == groups.count - 1 ? 1 : 0
                groups[index].stopOnFailure = true
            }
            return TestPlan(
                groups: groups, checker: checker, conduct: conduct, scoring: .allOrNothing, stopOnFailure: true)
        }
        let sampleCounts = isLegacy && !top.ignoresSample
        if let index = groups.firstIndex(where: { $0.name == Self.sample }) { groups[index].isCounted = sampleCounts }
        if sampleCounts, secret.scoring != .sum, groups.contains(where: { $0.name == Self.sample }) {
            throw error(
                "data/testdata.yaml", "a sample that counts is supported only where groups are summed: ignore_sample")
        }
        if !isLegacy { try scoreCurrent(&groups, secret) }
        var plan = TestPlan(
            groups: groups, checker: checker, conduct: conduct, scoring: secret.scoring,
            stopOnFailure: isLegacy && secret.breaksOnReject && secret.isStated)
        plan.verdictRule = secret.verdictRule
        return plan
    }

    /// Divides each group's points among its tests, as its aggregation wants them.
    private func scoreCurrent(_ groups: inout [TestGroup], _ secret: ContestGroup) throws(TaskFormatError) {
        let subgroups = groups.filter { $0.name.hasPrefix(Self.secret + "/") }
        if !subgroups.isEmpty, groups.contains(where: { $0.name == Self.secret }) {
            throw error("data/secret", "holds both tests and groups")
        }
        let total = secret.maximum ?? 100
        for index in groups.indices where groups[index].name.hasPrefix(Self.secret) {
            let isWhole = groups[index].name == Self.secret
            guard let points = isWhole ? total : groups[index].points else {
                throw error("data/\(groups[index].name)/test_group.yaml", "max_score is missing")
            }
            groups[index].points = points
            let count = Double(groups[index].tests.count)
            let each = groups[index].scoring == .minimum ? points : points / count
            for test in groups[index].tests.indices { groups[index].tests[test].points = each }
        }
        if let maximum = secret.maximum, !subgroups.isEmpty, secret.scoring == .sum {
            let sum = subgroups.reduce(0) { $0 + ($1.points ?? 0) }
            guard abs(sum - maximum) < 1e-6 else {
                throw error("data/secret/test_group.yaml", "max_score is \(maximum), the groups' together \(sum)")
            }
        }
    }

    private func checkRequirements(of groups: [TestGroup]) throws(TaskFormatError) {
        var seen: Set<String> = []
        for group in groups {
            for required in group.requires where !seen.contains(required) {
                throw error(
                    "data/\(group.name)/test_group.yaml", "require_pass names \(required), which is no group before it")
            }
            seen.insert(group.name)
        }
    }

    // MARK: groups

    private func legacySettings(
        _ parent: ContestGroup?, _ directory: String, _ data: FileTree
    ) throws(TaskFormatError) -> ContestGroup {
        let path = directory.isEmpty ? "testdata.yaml" : "\(directory)/testdata.yaml"
        return try ContestGroup(
            inheriting: parent, legacy: isLegacy ? data.text(path) : nil, file: "\(package.name)/data/\(path)")
    }

    private func currentSettings(
        _ directory: String, _ data: FileTree, scoring: GroupScoring
    ) throws(TaskFormatError) -> ContestGroup {
        let path = "\(directory)/test_group.yaml"
        return try ContestGroup(
            current: data.text(path), file: "\(package.name)/data/\(path)", scoring: scoring)
    }

    private func group(
        _ path: String, _ files: FileTree, _ settings: ContestGroup, isSecret: Bool
    ) throws(TaskFormatError) -> TestGroup? {
        let inputs = files.paths.filter { $0.hasSuffix(".in") && (isSecret ? !$0.contains("/") : true) }
        guard !inputs.isEmpty else { return nil }
        var tests: [TestCase] = []
        for input in inputs {
            tests.append(try test(String(input.dropLast(3)), below: path, files, settings))
        }
        return TestGroup(
            name: path, tests: tests, points: settings.maximum, scoring: settings.scoring,
            verdictRule: settings.verdictRule, requires: settings.requires,
            stopOnFailure: isLegacy ? settings.breaksOnReject : settings.scoring != .sum,
            visibility: isSecret ? .hidden : .sample)
    }

    private func test(
        _ base: String, below path: String, _ files: FileTree, _ settings: ContestGroup
    ) throws(TaskFormatError) -> TestCase {
        guard let input = files[base + ".in"] else { throw error("data/\(path)/\(base).in", "is missing") }
        let answer = files[base + ".ans"]
        if answer == nil, !package.types.contains("interactive"), !package.types.contains("multi-pass") {
            throw error("data/\(path)/\(base).ans", "is missing")
        }
        var test = TestCase(name: "\(path)/\(base)", stdin: input.contents, expectedOutput: answer?.contents ?? [])
        test.arguments = settings.arguments
        test.points = settings.acceptScore ?? 1
        test.rejectedPoints = settings.rejectScore
        var validatorArguments = settings.validatorArguments
        if let text = files.text(base + ".args") {
            test.arguments = text.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        test.detail = files.text(base + ".desc") ?? files.text(base + ".hint")
        if !isLegacy, let text = files.text(base + ".yaml") {
            var fields = try YAMLDocument.fields(of: text, file: "\(package.name)/data/\(path)/\(base).yaml")
            if let value = fields.take("args") { test.arguments = try ContestPackage.words(value) }
            if let value = fields.take("output_validator_args") {
                validatorArguments = try ContestPackage.words(value)
            }
            for name in ["input_validator_args", "full_feedback"] { _ = fields.take(name) }
            for name in ["description", "hint"] {
                guard let value = fields.take(name) else { continue }
                test.detail = try value.text()
            }
            try fields.finish()
        }
        let extra = files.below(base + ".files")
        if !extra.isEmpty { test.files = extra.sorted }
        if package.types.contains("submit-answer") { test.submittedOutput = try submittedFile(base) }
        if let validatorArguments { test.checker = try checker(with: validatorArguments) }
        return test
    }

    private func submittedFile(_ base: String) throws(TaskFormatError) -> RelativePath {
        let name = base.split(separator: "/").last.map(String.init) ?? base
        do { return try RelativePath(name + ".out") } catch { throw self.error("data/\(base)", "\(error)") }
    }

    private func checker(with arguments: [String]) throws(TaskFormatError) -> Checker {
        guard case .program(var program) = checker else {
            return .words(try ContestFlags(package.validatorArguments + arguments, file: package.name).comparison)
        }
        program.arguments = package.validatorArguments + arguments
        return .program(program)
    }

    private func error(_ path: String, _ reason: String) -> TaskFormatError {
        TaskFormatError(file: "\(package.name)/\(path)", reason: reason)
    }
}

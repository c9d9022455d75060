import Core

/// The test data of a 2025-09 problem package: the sample, and secret with either tests or groups.
struct CurrentContestData {
    let package: ContestPackage
    let data: FileTree

    init(package: ContestPackage) {
        self.package = package
        data = package.tree.below("data")
    }

    private struct Group {
        let path: String
        let settings: ContestGroup
        var tests: [TestCase]
    }

    func plan() throws(TaskFormatError) -> TestPlan {
        var groups: [TestGroup] = []
        if let sample = try sample() { groups.append(sample) }
        let secret = try settings(ContestPackage.secret, .sum, allowsScores: package.isScoring)
        let own = try secretGroups(secret)
        guard !own.isEmpty else { throw package.error("data/secret", "holds no test") }
        for group in own { groups.append(try scored(group, secret, isWhole: group.path == ContestPackage.secret)) }
        var plan = TestPlan(groups: groups, checker: try package.checker(for: ContestGroup()), conduct: package.conduct)
        guard package.isScoring else {
            plan.passesOrFails()
            return plan
        }
        plan.scoring = own.count == 1 && own[0].path == ContestPackage.secret ? .sum : secret.scoring
        if plan.scoring == .allOrNothing {
            // Everything is worth the whole, of which the last group carries the points.
            for index in plan.groups.indices {
                plan.groups[index].points = index == plan.groups.count - 1 ? secret.points ?? Self.defaultMaximum : 0
            }
        }
        try checkRequirements(of: plan.groups)
        try checkSum(own, secret, plan)
        return plan
    }

    /// What secret is worth where nothing is said.
    private static let defaultMaximum = 100.0

    // MARK: groups

    private func sample() throws(TaskFormatError) -> TestGroup? {
        let files = data.below(ContestPackage.sample)
        if let inner = ContestTests.directories(in: files).first(where: { name in
            files.below(name).paths.contains { $0.hasSuffix(".in") }
        }) {
            throw package.error("data/sample/\(inner)", "the sample holds no groups")
        }
        let settings = try settings(ContestPackage.sample, .allOrNothing, allowsScores: false)
        var tests = try tests(of: ContestPackage.sample, files, settings)
        guard !tests.isEmpty else { return nil }
        for index in tests.indices { tests[index].scoreRule = .ignored }
        return TestGroup(
            name: ContestPackage.sample, tests: tests, isCounted: !package.isScoring, visibility: .sample)
    }

    private func secretGroups(_ secret: ContestGroup) throws(TaskFormatError) -> [Group] {
        let files = data.below(ContestPackage.secret)
        let directories = ContestTests.directories(in: files)
        let hasOwn = !ContestTests.names(in: files).isEmpty
        if hasOwn, let first = directories.first {
            throw package.error("data/secret", "holds both tests and groups (\(first))")
        }
        if hasOwn || directories.isEmpty {
            let tests = try tests(of: ContestPackage.secret, files, secret)
            return tests.isEmpty ? [] : [Group(path: ContestPackage.secret, settings: secret, tests: tests)]
        }
        var groups: [Group] = []
        for name in directories {
            let path = "\(ContestPackage.secret)/\(name)"
            var settings = try settings(path, .allOrNothing, allowsScores: package.isScoring)
            settings.requires += secret.requires
            if let inner = files.below(name).paths.first(where: { $0.hasSuffix("/test_group.yaml") }) {
                throw package.error("data/\(path)/\(inner)", "groups within groups are not part of this version")
            }
            let tests = try tests(of: path, files.below(name), settings)
            guard !tests.isEmpty else { throw package.error("data/\(path)", "holds no test") }
            groups.append(Group(path: path, settings: settings, tests: tests))
        }
        return groups
    }

    /// The cases of a group, which may lie in directories of it, after the one that looks at the files.
    private func tests(
        of path: String, _ files: FileTree, _ settings: ContestGroup
    ) throws(TaskFormatError) -> [TestCase] {
        var tests: [TestCase] = []
        if let validation = settings.staticValidation {
            guard var validator = package.staticValidator else {
                throw package.error("data/\(path)/test_group.yaml", "there is no static validator for its static test")
            }
            validator.arguments = validation.arguments
            var test = TestCase(name: "\(path)/static", points: validation.points ?? 0)
            test.staticValidator = validator
            tests.append(test)
        }
        let extra = Set(files.paths.filter { path in path.split(separator: "/").contains { $0.hasSuffix(".files") } })
        for input in files.paths where input.hasSuffix(".in") && !extra.contains(input) {
            let base = String(input.dropLast(3))
            tests.append(try ContestTests(package: package).test(base, below: path, files, settings))
        }
        return tests
    }

    private func settings(
        _ directory: String, _ scoring: GroupScoring, allowsScores: Bool
    ) throws(TaskFormatError) -> ContestGroup {
        let path = "\(directory)/test_group.yaml"
        return try ContestGroup(
            current: data.text(path), file: "\(package.name)/data/\(path)", scoring: scoring,
            allowsScores: allowsScores)
    }

    // MARK: points

    /// Divides a group's points among its tests, as its aggregation wants them.
    private func scored(
        _ group: Group, _ secret: ContestGroup, isWhole: Bool
    ) throws(TaskFormatError) -> TestGroup {
        let settings = group.settings
        var result = TestGroup(
            name: group.path, tests: group.tests, scoring: settings.scoring, verdictRule: .first,
            requires: settings.requires, stopOnFailure: settings.scoring != .sum)
        guard package.isScoring else {
            for index in result.tests.indices { result.tests[index].scoreRule = .ignored }
            return result
        }
        if secret.scoring == .allOrNothing, settings.scoring != .allOrNothing {
            throw error(group, "secret passes or fails, so its groups must too: score_aggregation")
        }
        guard let points = try maximum(of: group, secret, isWhole) else {
            for index in result.tests.indices {
                (result.tests[index].points, result.tests[index].scoreRule) = (0, .required)
            }
            return result
        }
        result.points = points
        let statics = settings.staticValidation.map { $0.points ?? 0 } ?? 0
        let count = result.tests.filter { $0.staticValidator == nil }.count
        for index in result.tests.indices {
            let isStatic = result.tests[index].staticValidator != nil
            switch settings.scoring {
            case .allOrNothing: (result.tests[index].points, result.tests[index].scoreRule) = (0, .forbidden)
            case .minimum: (result.tests[index].points, result.tests[index].scoreRule) = (points, .bounded)
            default:
                result.tests[index].points = isStatic ? statics : (points - statics) / Double(count)
                result.tests[index].scoreRule = .bounded
            }
        }
        return result
    }

    /// `nil` has no bound.
    private func maximum(
        of group: Group, _ secret: ContestGroup, _ isWhole: Bool
    ) throws(TaskFormatError) -> Double? {
        switch group.settings.maximum {
        case .points(let points): return points
        case .unbounded, .unstated:
            if isWhole, group.settings.maximum == .unstated { return Self.defaultMaximum }
            if group.settings.scoring == .allOrNothing {
                guard secret.scoring != .allOrNothing || isWhole else { return 0 }
                throw error(group, "max_score is missing: a group that passes or fails needs it")
            }
            if !isWhole, secret.maximum != .unbounded {
                throw error(group, "max_score is missing: only where secret is unbounded its groups may be")
            }
            return nil
        }
    }

    private func checkSum(_ own: [Group], _ secret: ContestGroup, _ plan: TestPlan) throws(TaskFormatError) {
        guard secret.maximum != .unbounded, plan.scoring == .sum, own.first?.path != ContestPackage.secret else {
            return
        }
        let maximum = secret.points ?? Self.defaultMaximum
        let sum = own.reduce(0) { $0 + ($1.settings.points ?? 0) }
        guard sum <= maximum + 1e-6 else {
            throw package.error(
                "data/secret/test_group.yaml", "max_score is \(maximum), the groups' together \(sum)")
        }
    }

    private func checkRequirements(of groups: [TestGroup]) throws(TaskFormatError) {
        var seen: [String: TestGroup] = [:]
        for group in groups {
            for required in group.requires {
                let file = "data/\(group.name)/test_group.yaml"
                guard let other = seen[required] else {
                    throw package.error(file, "require_pass names \(required), which is no group before it")
                }
                guard other.scoring == .allOrNothing || required == ContestPackage.sample else {
                    throw package.error(file, "require_pass names \(required), which does not pass or fail")
                }
            }
            seen[group.name] = group
        }
    }

    private func error(_ group: Group, _ reason: String) -> TaskFormatError {
        package.error("data/\(group.path)/test_group.yaml", reason)
    }
}

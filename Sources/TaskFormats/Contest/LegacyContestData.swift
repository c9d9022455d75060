import Core

/// The test data of a legacy problem package: a tree of groups, each with settings that it may have from those above it.
struct LegacyContestData {
    let package: ContestPackage
    private let data: FileTree
    private var groups: [TestGroup] = []
    /// Whether anything is said of how results become one.
    private var isStated = false

    init(package: ContestPackage) {
        self.package = package
        data = package.tree.below("data")
    }

    mutating func plan() throws(TaskFormatError) -> TestPlan {
        let settings = try settings(nil, "")
        var root = GroupNode(name: "", members: [])
        try apply(settings, to: &root)
        for name in [ContestPackage.sample, ContestPackage.secret] {
            guard var node = try node(name, below: settings) else { continue }
            node.isCounted = name == ContestPackage.secret || !settings.ignoresSample
            root.members.append(.group(node))
        }
        guard !groups.isEmpty else { throw package.error("data", "holds no test") }
        var plan = TestPlan(groups: groups, checker: try package.checker(for: ContestGroup()), conduct: package.conduct)
        if package.isScoring || isStated {
            if !package.isScoring { root.passesOrFails(worth: 1) }
            plan.tree = root
            plan.verdictRule = root.verdictRule
        } else {
            plan.passesOrFails()
        }
        return plan
    }

    private mutating func settings(
        _ parent: ContestGroup?, _ directory: String
    ) throws(TaskFormatError) -> ContestGroup {
        let path = directory.isEmpty ? "testdata.yaml" : "\(directory)/testdata.yaml"
        let settings = try ContestGroup(
            inheriting: parent, legacy: data.text(path), file: "\(package.name)/data/\(path)")
        isStated = isStated || settings.isStated
        return settings
    }

    private func apply(_ settings: ContestGroup, to node: inout GroupNode) throws(TaskFormatError) {
        node.scoring = settings.scoring
        node.verdictRule = settings.verdictRule
        node.stopOnFailure = settings.breaksOnReject
        node.points = settings.points
        node.visibility = node.name.hasPrefix(ContestPackage.sample) ? .sample : .hidden
        guard settings.isGraded else { return }
        guard var grader = package.grader else {
            throw package.error("graders", "there is no grader, but `grading: custom`")
        }
        grader.arguments = settings.graderArguments
        node.grader = grader
    }

    /// The group in a directory; `nil` if there is no test in it or below it.
    private mutating func node(
        _ path: String, below parent: ContestGroup
    ) throws(TaskFormatError) -> GroupNode? {
        let files = data.below(path)
        let settings = try settings(parent, path)
        var node = GroupNode(name: path, members: [])
        try apply(settings, to: &node)
        let directories = Set(ContestTests.directories(in: files))
        // Cases and groups in one order, by name.
        let names = Set(ContestTests.names(in: files)).union(directories)
        var tests: [TestCase] = []
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            if files[name + ".in"] != nil {
                tests.append(try ContestTests(package: package).test(name, below: path, files, settings))
            }
            guard directories.contains(name) else { continue }
            close(&tests, &node)
            if let inner = try self.node("\(path)/\(name)", below: settings) { node.members.append(.group(inner)) }
        }
        close(&tests, &node)
        return node.members.isEmpty ? nil : node
    }

    /// Makes a group of the tests that come one after the other.
    private mutating func close(_ tests: inout [TestCase], _ node: inout GroupNode) {
        guard !tests.isEmpty else { return }
        node.members.append(.tests(groups.count))
        groups.append(
            TestGroup(
                name: node.name, tests: tests, points: node.points, scoring: node.scoring,
                verdictRule: node.verdictRule, stopOnFailure: node.stopOnFailure, visibility: node.visibility))
        tests = []
    }
}

extension GroupNode {
    /// Takes all scores away but the one for passing everything.
    fileprivate mutating func passesOrFails(worth points: Double) {
        scoring = .allOrNothing
        self.points = points
        members = members.map { member in
            guard case .group(var node) = member else { return member }
            node.passesOrFails(worth: 0)
            return .group(node)
        }
    }
}

extension TestPlan {
    /// Passing everything is one point; the sample counts too.
    mutating func passesOrFails() {
        for index in groups.indices {
            groups[index].scoring = .allOrNothing
            groups[index].points = index == groups.count - 1 ? 1 : 0
            groups[index].stopOnFailure = true
        }
        scoring = .allOrNothing
        stopOnFailure = true
    }
}

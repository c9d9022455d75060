import Core
import Foundation
import Grading

/// A task as everybody may see it: nothing of its tests but how many there are.
struct TaskWire: Sendable, Encodable {
    let id: String
    let title: String
    let format: String
    var version: Int?
    var digest: String?
    var createdAt: String?
    var course: String?
    var languages: [String]?
    var statement: String?
    var tests: Int?
    var maximumScore: Double?
    var takesFiles: Bool?
    var samples: [Sample]?
    var warnings: [String]?

    struct Sample: Sendable, Encodable {
        let name: String
        let input: Text
        let expected: Text?
    }

    private enum CodingKeys: String, CodingKey {
        case id, title, format, version, digest, course, languages, statement, tests, samples, warnings
        case createdAt = "created_at"
        case maximumScore = "maximum_score"
        case takesFiles = "takes_files"
    }

    init(id: String, title: String, format: String) {
        self.id = id
        self.title = title
        self.format = format
    }

    init?(_ record: UploadedTasks.Record) {
        guard let current = record.current else { return nil }
        self.init(id: record.id, title: current.title, format: current.format)
        version = current.number
        digest = current.archive.description
        createdAt = timestamp(current.createdAt)
        course = record.course
    }

    mutating func describe(_ task: GradingTask) {
        languages = task.languages
        statement = task.statement
        takesFiles = task.takesFiles
        switch task.judging {
        case .testCases(let tests, _, _):
            self.tests = tests.count
            maximumScore = tests.reduce(0) { $0 + $1.points }
        case .plan(let plan):
            tests = plan.tests.count
            maximumScore = plan.maximumScore
            samples = plan.groups.filter { $0.visibility == .sample }.flatMap(\.tests).map { test in
                Sample(name: test.name, input: Text(test.stdin), expected: test.expectedOutput.map { Text($0) })
            }
        case .script(let script): maximumScore = script.points
        }
    }
}

/// What checking a task came to.
struct TaskCheckWire: Sendable, Encodable {
    let passed: Bool
    let warnings: [String]
    let items: [Item]

    struct Item: Sendable, Encodable {
        let kind: String
        let name: String
        let expected: String
        let found: String
        let passed: Bool
        let cpuTime: Double?
        let note: String?

        private enum CodingKeys: String, CodingKey {
            case kind, name, expected, found, passed, note
            case cpuTime = "cpu_seconds"
        }
    }

    init(_ result: TaskCheck.Result) {
        passed = result.isPassed
        warnings = result.warnings
        items = result.items.map { item in
            Item(
                kind: item.kind.rawValue, name: item.name, expected: item.expected, found: item.found,
                passed: item.isPassed, cpuTime: item.time?.inSeconds, note: item.note)
        }
    }
}

import Core
import Foundation
import TaskFormats
import Testing

@Suite struct NativeTaskTests {
    /// The task that `yaml` and `files` make.
    func load(_ yaml: String, files: [String: String] = [:]) throws -> NativeTask {
        try withTemporaryDirectory { directory in
            try write(yaml, to: directory + "/task.yaml")
            for (path, text) in files { try write(text, to: directory + "/" + path) }
            return try NativeTask.load(directory: directory)
        }
    }

    func write(_ text: String, to path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test func readsEveryField() throws {
        let task = try load(
            """
            title: The sum
            languages: [c, python3]
            limits: { cpu: 2s, memory: 256 MiB }
            network: loopback
            checker: { numbers: { absolute: 1e-6, relative: 0.5 } }
            stop_on_first_failure: true
            tests:
              - name: small
                input: "1 2\\n"
                expected: 3
                args: [-v, 7]
                points: 2.5
              - input_file: data/large.txt
                expected_file: data/large.answer
              - {}
            """, files: ["data/large.txt": "1000 2000\n", "data/large.answer": "3000\n"])
        var limits = LimitsRequest()
        limits.cpuTime = .seconds(2)
        limits.memory = 256 << 20
        #expect(task.title == "The sum")
        #expect(
            task.task
                == GradingTask(
                    languages: ["c", "python3"], limits: limits, network: .loopback,
                    judging: .testCases(
                        [
                            TestCase(
                                name: "small", stdin: Array("1 2\n".utf8), arguments: ["-v", "7"],
                                expectedOutput: Array("3".utf8), points: 2.5),
                            TestCase(
                                name: "2", stdin: Array("1000 2000\n".utf8), expectedOutput: Array("3000\n".utf8)),
                            TestCase(name: "3"),
                        ], .numbers(absolute: 1e-6, relative: 0.5), stopOnFirstFailure: true)))
    }

    @Test func pairsFilesByName() throws {
        let task = try load(
            "{title: Pairs, tests: data}",
            files: [
                "data/10.in": "ten", "data/10.ans": "TEN", "data/2.in": "two", "data/2.ans": "TWO", "data/README": "",
                "data/.hidden.in": "",
            ])
        #expect(
            task.task.judging
                == .testCases(
                    [
                        TestCase(name: "2", stdin: Array("two".utf8), expectedOutput: Array("TWO".utf8)),
                        TestCase(name: "10", stdin: Array("ten".utf8), expectedOutput: Array("TEN".utf8)),
                    ], .trimmed, stopOnFirstFailure: false))
    }

    @Test func readsEgress() throws {
        let task = try load(
            """
            title: Net
            network: { egress: { allow: ["192.0.2.0/24:443"], dns: true, bytes_per_second: 1 MiB } }
            tests: [{}]
            """)
        #expect(
            task.task.network == .egress(EgressRules(allow: ["192.0.2.0/24:443"], dns: true, bytesPerSecond: 1 << 20)))
    }

    @Test(arguments: [
        ("tests: [{}]", "title", "is missing"),
        ("title: A", "tests", "is missing"),
        ("title: A\ntests: []", "tests", "holds no test"),
        ("title: A\ntests: {}", "tests", "expected a list of tests"),
        ("title: A\ntests: none", "tests", "there is no such file"),
        ("title: A\ntests: ../outside", "tests", "parts . or .."),
        ("title: A\ntests: odd", "tests", "odd/2.ans is missing"),
        ("title: A\ntests: link", "tests", "links are not followed"),
        ("title: A\ntests: [{name: a}, {name: a}]", "tests[1]", "another test is named a"),
        ("title: A\ntests: [{name: \"\"}]", "tests[0].name", "from 1 to 128 bytes"),
        ("title: A\ntests: [{points: -1}]", "tests[0].points", "from 0 to 1000000"),
        ("title: A\ntests: [{points: .nan}]", "tests[0].points", "expected a number"),
        ("title: A\ntests: [{points: many}]", "tests[0].points", "expected a number"),
        ("title: A\ntests: [{input: [1]}]", "tests[0].input", "expected text"),
        ("title: A\ntests: [{input: a, input_file: b}]", "tests[0].input_file", "excludes input"),
        ("title: A\ntests: [{input_file: none}]", "tests[0].input_file", "there is no such file"),
        ("title: A\ntests: [{input_file: /etc/passwd}]", "tests[0].input_file", "begin with a slash"),
        ("title: A\ntests: [{input_file: link/passwd}]", "tests[0].input_file", "links are not followed"),
        ("title: A\ntests: [{expected_file: passwd}]", "tests[0].expected_file", "links are not followed"),
        ("title: A\ntests: [{expected_file: fifo}]", "tests[0].expected_file", "not a regular file"),
        ("title: A\ntests: [{expected_file: odd}]", "tests[0].expected_file", "not a regular file"),
        ("title: A\ntests: [{expected_file: huge}]", "tests[0].expected_file", "is longer than"),
        ("title: A\ntests: [{stdin: a}]", "tests[0].stdin", "there are args, expected, expected_file, input"),
        ("title: A\ntests: [{}]\nlanguages: []", "languages", "allows no language"),
        ("title: A\ntests: [{}]\nlanguages: c", "languages", "expected a list"),
        ("title: A\ntests: [{}]\nchecker: fuzzy", "checker", "expected exact"),
        ("title: A\ntests: [{}]\nchecker: numbers", "checker", "needs a tolerance"),
        ("title: A\ntests: [{}]\nchecker: {numbers: {}}", "checker.numbers", "needs absolute"),
        ("title: A\ntests: [{}]\nchecker: {numbers: {absolute: -1}}", "checker.numbers.absolute", "negative"),
        ("title: A\ntests: [{}]\nnetwork: all", "network", "expected none"),
        ("title: A\ntests: [{}]\nstop_on_first_failure: maybe", "stop_on_first_failure", "true or false"),
        ("title: A\ntests: [{}]\nlimits: {cpu: 2}", "limits.cpu", "a time with its unit"),
        ("title: A\ntests: [{}]\nauthor: me", "author", "is not a field here"),
    ])
    func namesTheField(_ yaml: String, _ field: String, _ reason: String) throws {
        try withTemporaryDirectory { directory in
            try write(yaml, to: directory + "/task.yaml")
            for file in ["odd/1.in", "odd/1.ans", "odd/2.in"] { try write("", to: directory + "/" + file) }
            symlink("/etc", directory + "/link")
            symlink("/etc/passwd", directory + "/passwd")
            mkfifo(directory + "/fifo", 0o600)
            try write("", to: directory + "/huge")
            truncate(directory + "/huge", 65 << 20)
            let error = #expect(throws: TaskFormatError.self) { try NativeTask.load(directory: directory) }
            #expect(error?.file == directory + "/task.yaml")
            #expect(error?.line != nil)
            #expect(error?.field == field)
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        }
    }

    @Test func boundsTheTestsOfATask() throws {
        let most = "title: A\ntests: [" + String(repeating: "{},", count: 1000) + "]"
        _ = try load(most)
        #expect(throws: TaskFormatError.self) { try load(most.replacingOccurrences(of: "[", with: "[{},")) }
    }

    @Test func aDescriptionIsNoLink() throws {
        try withTemporaryDirectory { directory in
            try write("{title: A, tests: [{}]}", to: directory + "/elsewhere")
            symlink("elsewhere", directory + "/task.yaml")
            let error = #expect(throws: TaskFormatError.self) { try NativeTask.load(directory: directory) }
            #expect(error?.reason.contains("links are not followed") == true)
        }
    }
}

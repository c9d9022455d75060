import Core
import Testing

@testable import API

@Suite struct SubmissionRequestTests {
    private func draft(_ json: String) throws -> SubmissionDraft {
        try JSON.decode(SubmissionRequest.self, from: Array(json.utf8)).draft()
    }

    @Test func aProgramAloneIsRunOnce() throws {
        let draft = try draft(#"{"language":"c","files":{"main.c":"x"},"stdin":"in","args":["a"]}"#)
        #expect(draft.files == [SourceFile(path: try RelativePath("main.c"), text: "x")])
        let test = TestCase(name: "run", stdin: Array("in".utf8), arguments: ["a"])
        #expect(draft.task == .inline(GradingTask(judging: .testCases([test], .trimmed, stopOnFirstFailure: false))))
    }

    @Test func testsInheritInputAndArguments() throws {
        let draft = try draft(
            #"""
            {"language":"c","files":{"main.c":{"base64":"AP8="}},"stdin":"s","args":["a"],"stop_on_first_failure":true,
             "checker":{"kind":"numbers","absolute":0.5},
             "tests":[{"expected_stdout":"1"},{"name":"n","stdin":"t","args":[],"points":2.5}]}
            """#)
        #expect(draft.files[0].contents == [0, 255])
        let first = TestCase(name: "1", stdin: [115], arguments: ["a"], expectedOutput: [49])
        let second = TestCase(name: "n", stdin: [116], points: 2.5)
        #expect(
            draft.task
                == .inline(
                    GradingTask(
                        judging: .testCases(
                            [first, second], .numbers(absolute: 0.5, relative: 0), stopOnFirstFailure: true))))
    }

    @Test func readsEveryLimit() throws {
        let draft = try draft(
            #"""
            {"language":"c","files":{"main.c":""},"limits":{"cpu_seconds":0.5,"wall_seconds":2,"memory_bytes":3,
             "address_space_bytes":4,"stack_bytes":5,"processes":6,"open_files":7,"file_bytes":8,"work_bytes":9,
             "work_files":10,"output_bytes":11,"cpus":12}}
            """#)
        var expected = LimitsRequest()
        expected.cpuTime = .milliseconds(500)
        expected.wallTime = .seconds(2)
        expected.memory = 3
        expected.addressSpace = 4
        expected.stack = 5
        expected.processes = 6
        expected.openFiles = 7
        expected.fileSize = 8
        expected.workSize = 9
        expected.workFiles = 10
        expected.output = 11
        expected.cpus = 12
        #expect(draft.limits == expected)
    }

    @Test func limitsSurviveARoundTrip() throws {
        let wire = LimitsWire(.ceiling)
        #expect(try JSON.decode(LimitsWire.self, from: JSON.encode(wire)) == wire)
    }

    @Test(arguments: [
        ("", "body"), ("{", "body"), ("[]", "body"), ("null", "body"), ("{} x", "body"),
        (#"{"files":{"a":"b"}}"#, "language"), (#"{"language":"c"}"#, "files"),
        (#"{"language":1,"files":{"a":"b"}}"#, "language"), (#"{"language":null,"files":{"a":"b"}}"#, "language"),
        (#"{"language":"c","files":["a"]}"#, "files"), (#"{"language":"c","files":{"a":1}}"#, "files.a"),
        (#"{"language":"c","files":{"a":{"base64":"*"}}}"#, "files.a.base64"),
        (#"{"language":"c","files":{"a":{"base64":"QQ==","x":1}}}"#, "files.a.x"),
        (#"{"language":"c","files":{"a":"b"},"speed":1}"#, "speed"),
        (#"{"language":"c","files":{"a":"b"},"limits":{"cpu":1}}"#, "limits.cpu"),
        (#"{"language":"c","files":{"a":"b"},"limits":{"cpu_seconds":"1"}}"#, "limits.cpu_seconds"),
        (#"{"language":"c","files":{"a":"b"},"limits":{"cpu_seconds":1e300}}"#, "limits.cpu_seconds"),
        (#"{"language":"c","files":{"a":"b"},"limits":{"memory_bytes":1.5}}"#, "limits.memory_bytes"),
        (#"{"language":"c","files":{"a":"b"},"tests":[{"expected":1}]}"#, "tests[0].expected"),
        (#"{"language":"c","files":{"a":"b"},"tests":[{},{"points":"2"}]}"#, "tests[1].points"),
        (#"{"language":"c","files":{"a":"b"},"checker":{"kind":"fuzzy"}}"#, "checker.kind"),
        (#"{"language":"c","files":{"a":"b"},"network":{"mode":"all"}}"#, "network.mode"),
        (#"{"language":"c","files":{"a":"b"},"args":[1]}"#, "args[0]"),
        (#"{"language":"c","files":{"a":"b"},"metadata":{"k":1}}"#, "metadata.k"),
    ])
    func malformedRequestsNameTheField(_ json: String, _ field: String) {
        #expect {
            try draft(json)
        } throws: { error in
            (error as? JSONProblem)?.field == field
        }
    }

    @Test(arguments: [
        (#"{"language":"","files":{"a":"b"}}"#, "language"), (#"{"language":"c","files":{}}"#, "files"),
        (#"{"language":"c","files":{"../a":"b"}}"#, #"files["../a"]"#),
        (#"{"language":"c","files":{"/a":"b"}}"#, #"files["/a"]"#),
        (#"{"language":"c","files":{"a\u0000":"b"}}"#, "files[\"a\0\"]"),
        (#"{"language":"c","files":{"a":"b"},"entry":"../a"}"#, "entry"),
        (#"{"language":"c","files":{"a":"b"},"tests":[]}"#, "tests"),
        (#"{"language":"c","files":{"a":"b"},"tests":[{"points":-1}]}"#, "tests[0].points"),
        (#"{"language":"c","files":{"a":"b"},"tests":[{"name":""}]}"#, "tests[0].name"),
        (#"{"language":"c","files":{"a":"b"},"args":["a\u0000"]}"#, "args[0]"),
        (#"{"language":"c","files":{"a":"b"},"checker":{"kind":"exact","absolute":1}}"#, "checker.absolute"),
        (#"{"language":"c","files":{"a":"b"},"checker":{"kind":"numbers","relative":-1}}"#, "checker.relative"),
        (#"{"language":"c","files":{"a":"b"},"task":"t","tests":[{}]}"#, "tests"),
        (#"{"language":"c","files":{"a":"b"},"network":{"mode":"none","dns":true}}"#, "network.dns"),
    ])
    func impossibleRequestsNameTheField(_ json: String, _ field: String) {
        #expect {
            try draft(json)
        } throws: { error in
            (error as? Problem.Errors)?.list.map(\.field) == [field]
        }
    }

    @Test func boundsHoldAtTheirEdges() throws {
        func request(files: Int = 1, arguments: Int = 0, length: Int = 1, tests: Int = 1) -> String {
            let names = (0..<files).map { #""f\#($0)":"""# }.joined(separator: ",")
            let words = Array(repeating: "\"" + String(repeating: "a", count: length) + "\"", count: arguments)
            let cases = Array(repeating: "{}", count: tests)
            return #"{"language":"c","files":{\#(names)},"args":[\#(words.joined(separator: ","))],"#
                + #""tests":[\#(cases.joined(separator: ","))]}"#
        }
        typealias Bound = SubmissionRequest.Bound
        _ = try draft(request(files: Bound.files, arguments: Bound.arguments, tests: Bound.tests))
        _ = try draft(request(arguments: 1, length: Bound.argumentLength))
        #expect(throws: Problem.Errors.self) { try draft(request(files: Bound.files + 1)) }
        #expect(throws: Problem.Errors.self) { try draft(request(arguments: Bound.arguments + 1)) }
        #expect(throws: Problem.Errors.self) { try draft(request(arguments: 1, length: Bound.argumentLength + 1)) }
        #expect(throws: Problem.Errors.self) { try draft(request(tests: Bound.tests + 1)) }
    }

    @Test func textGoesBothWays() throws {
        #expect(JSON.encode(Text(Array("héllo".utf8))) == Array("\"héllo\"\n".utf8))
        #expect(JSON.encode(Text([0xff])) == Array("{\"base64\":\"/w==\"}\n".utf8))
        for bytes in [[], [0], [0xff, 0xfe], Array("a\u{0}b".utf8)] as [[UInt8]] {
            #expect(try JSON.decode(Text.self, from: JSON.encode(Text(bytes))).bytes == bytes)
        }
    }
}

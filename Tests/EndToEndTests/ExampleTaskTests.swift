import Foundation
import Testing

/// Every task of Examples/ is checked by the command that its author would use: accepted, wrong, slow, crashing and
/// cheating solutions get the verdicts that their directories name.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible })
struct ExampleTaskTests {
    /// Directories that hold a task, below Examples/.
    static let tasks: [String] = {
        let markers: Set<String> = ["task.yaml", "problem.yaml", "run_autograder", "classroom"]
        let root = Checkout.root + "/Examples"
        guard let walk = FileManager.default.enumerator(atPath: root) else { return [] }
        var tasks: Set<String> = []
        for case let path as String in walk where markers.contains((path as NSString).lastPathComponent) {
            var directory = (path as NSString).deletingLastPathComponent
            if directory.hasSuffix("/.github") { directory = (directory as NSString).deletingLastPathComponent }
            if (directory as NSString).pathComponents.count >= 2 { tasks.insert(directory) }
        }
        return tasks.sorted()
    }()

    @Test(arguments: tasks) func isAsItsAuthorSays(_ task: String) async throws {
        let identity = AssayServer.Identity()
        let result = try await ChildProcess.run([
            Checkout.program("assay"), "task", "check", "--quiet", Checkout.root + "/Examples/" + task, "--set",
            "cgroup=\(identity.cgroup)", "--set", "uid-base=\(identity.userIDBase)",
        ])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test func thereIsATaskOfEachFormat() {
        let formats = Set(Self.tasks.map { String($0.prefix { $0 != "/" }) })
        #expect(formats == ["native", "contest", "inginious", "gradescope", "classroom"])
    }

    @Test func aWrongTaskFailsTheCheck() async throws {
        try await withScratchDirectory { directory in
            try FileManager.default.copyItem(atPath: Checkout.root + "/Examples/native/sum", toPath: directory + "/sum")
            try FileManager.default.moveItem(
                atPath: directory + "/sum/solutions/wrong-answer.c", toPath: directory + "/sum/solutions/accepted-2.c")
            let identity = AssayServer.Identity()
            let settings = ["--set", "cgroup=\(identity.cgroup)", "--set", "uid-base=\(identity.userIDBase)"]
            let program = Checkout.program("assay")
            let checked = try await ChildProcess.run([program, "task", "check", directory + "/sum"] + settings)
            #expect(checked.status == 1)
            #expect(checked.output.contains("accepted-2.c"))
            let unreadable = try await ChildProcess.run([program, "task", "check", directory] + settings)
            #expect(unreadable.status != 0 && unreadable.errors.contains("is no task"))
            let solution = Checkout.root + "/Examples/native/sum/solutions/"
            let right = try await ChildProcess.run(
                [program, "grade", directory + "/sum", solution + "accepted.py", "--junit", directory + "/junit.xml"]
                    + settings)
            #expect(right.status == 0 && right.output.contains("accepted"))
            let xml = try String(contentsOfFile: directory + "/junit.xml", encoding: .utf8)
            #expect(xml.contains(#"failures="0" errors="0""#))
            let wrong = try await ChildProcess.run(
                [program, "grade", directory + "/sum", solution + "wrong-answer.c", "--json"] + settings)
            #expect(wrong.status == 1 && wrong.output.contains(#""verdict":"wrong-answer""#))
        }
    }
}

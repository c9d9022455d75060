import Core
import Testing

@Suite struct RelativePathTests {
    @Test(arguments: ["main.c", "a/b/c.txt", ".hidden", "..a", "a..", "ünï/codé.py", "with space", "-rf", "a\\b"])
    func accepts(_ path: String) throws {
        #expect(try RelativePath(path).string == path)
    }

    @Test(arguments: [
        ("", RelativePath.Problem.empty), ("/etc/passwd", .absolute), ("..", .leavesDirectory),
        ("a/../b", .leavesDirectory),
        ("../x", .leavesDirectory), ("./x", .leavesDirectory), ("a/.", .leavesDirectory), ("a//b", .emptyPart),
        ("a/", .emptyPart), ("a\0b", .controlCharacter), ("a\nb", .controlCharacter), ("a\u{7f}", .controlCharacter),
    ])
    func refuses(_ path: String, _ problem: RelativePath.Problem) {
        #expect(throws: problem) { try RelativePath(path) }
    }

    @Test func boundsLengthAndDepth() throws {
        let longest = String(repeating: "a", count: RelativePath.maximumPartLength)
        _ = try RelativePath(longest)
        #expect(throws: RelativePath.Problem.tooLong) { try RelativePath(longest + "a") }
        let deepest = Array(repeating: "d", count: RelativePath.maximumDepth).joined(separator: "/")
        _ = try RelativePath(deepest)
        #expect(throws: RelativePath.Problem.tooDeep) { try RelativePath(deepest + "/d") }
        let wide = Array(repeating: String(repeating: "a", count: 127), count: 8).joined(separator: "/")
        #expect(wide.utf8.count == RelativePath.maximumLength - 1)
        _ = try RelativePath(wide + "a")
        #expect(throws: RelativePath.Problem.tooLong) { try RelativePath(wide + "aa") }
    }

    @Test func knowsItsName() throws {
        #expect(try RelativePath("a/b/c.txt").name == "c.txt")
        #expect(try RelativePath("a/b/c.txt").parts == ["a", "b", "c.txt"])
    }
}

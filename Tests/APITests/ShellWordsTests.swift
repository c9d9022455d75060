import Testing

@testable import API

@Suite struct ShellWordsTests {
    @Test(
        arguments: [
            ("", []), ("   ", []), ("a b\tc\n", ["a", "b", "c"]), ("'a b' c", ["a b", "c"]), (#"a\ b"#, ["a b"]),
            (#"-c "print(\"Blah\")""#, ["-c", #"print("Blah")"#]), (#""a\nb$x\$y""#, [#"a\nb$x$y"#]), ("''", [""]),
            (#"a'b'"c"d"#, ["abcd"]), ("'open quote", ["open quote"]), (#"end\"#, [#"end\"#]), (#"'\'"#, [#"\"#]),
            ("-DX=\"a b\"", ["-DX=a b"]), ("$HOME *.c ; ls | x", ["$HOME", "*.c", ";", "ls", "|", "x"]),
            ("a\\\nb", ["ab"]),
        ] as [(String, [String])])
    func splitsAsAShellDoes(_ line: String, _ words: [String]) { #expect(ShellWords.split(line) == words) }
}

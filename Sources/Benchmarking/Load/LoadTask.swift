import Foundation

/// A submission that is sent, and how large a part of all it is.
package struct LoadTask: Sendable {
    package let name: String
    package let body: [UInt8]
    package let weight: Double

    package init(name: String, body: [UInt8], weight: Double) {
        self.name = name
        self.body = body
        self.weight = weight
    }

    private static let programs: [String: (file: String, text: String)] = [
        "c": (
            "main.c",
            "#include <stdio.h>\nint main(void) { int a, b; scanf(\"%d%d\", &a, &b); printf(\"%d\\n\", a + b); }\n"
        ),
        "cpp": (
            "main.cpp",
            "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }\n"
        ),
        "python3": ("main.py", "print(sum(map(int, input().split())))\n"),
        "bash": ("main.sh", "read a b; echo $((a + b))\n"),
        "java": (
            "Main.java",
            """
            import java.util.Scanner;
            public class Main {
                public static void main(String[] arguments) {
                    Scanner input = new Scanner(System.in);
                    System.out.println(input.nextInt() + input.nextInt());
                }
            }

            """
        ),
    ]

    package static var languages: [String] { programs.keys.sorted() }

    /// A mix such as `c=1,python3=3`: languages whose program adds two numbers, with their weights. A name that ends in
    /// `.json` is a file with the body of a request.
    package static func mix(_ text: String) throws -> [LoadTask] {
        try text.split(separator: ",").map { part in
            let fields = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard let weight = fields.count == 2 ? Double(fields[1]) : 1, weight > 0 else {
                throw BenchmarkError.unreadable(String(part), reason: "the weight is no number above 0")
            }
            return LoadTask(name: fields[0], body: try body(fields[0]), weight: weight)
        }
    }

    private static func body(_ name: String) throws -> [UInt8] {
        if name.hasSuffix(".json") {
            guard let data = FileManager.default.contents(atPath: name) else {
                throw BenchmarkError.unreadable(name, reason: "there is no such file")
            }
            return Array(data)
        }
        guard let program = programs[name] else {
            throw BenchmarkError.unreadable(name, reason: "the languages are \(languages.joined(separator: ", "))")
        }
        let request = Request(
            language: name, files: [program.file: program.text],
            tests: [.init(name: "sum", stdin: "2 3\n", expectedStdout: "5\n")])
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return Array(try encoder.encode(request))
    }

    private struct Request: Encodable {
        var language: String
        var files: [String: String]
        var tests: [Test]

        struct Test: Encodable {
            var name: String
            var stdin: String
            var expectedStdout: String
        }
    }
}

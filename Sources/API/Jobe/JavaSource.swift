/// What a Java source says about itself: enough to name its file and to start it.
struct JavaSource: Sendable, Hashable {
    /// Of the `package` declaration; empty without one.
    var package = ""
    /// The class that the file must be named after and that is started: the public one, or else the one that holds
    /// `main`, or else the first.
    var className: String?

    /// Reads `source` word by word, with comments and literals left out.
    init(_ source: String) {
        let words = Self.words(source)
        var classes: [(name: String, isPublic: Bool, start: Int)] = []
        var depth = 0
        var isPublic = false
        for (index, word) in words.enumerated() {
            switch word {
            case "{": depth += 1
            case "}":
                depth -= 1
                isPublic = false
            case ";": isPublic = false
            case "public": isPublic = depth == 0
            case "package" where depth == 0 && classes.isEmpty:
                package = words[(index + 1)...].prefix { $0 != ";" }.joined()
            case "class", "enum", "record", "interface":
                guard depth == 0, index + 1 < words.count, Self.isIdentifier(words[index + 1]) else { continue }
                classes.append((words[index + 1], isPublic, index))
            default: break
            }
        }
        let main = words.indices.dropLast(2).first {
            words[$0] == "void" && words[$0 + 1] == "main" && words[$0 + 2] == "("
        }
        let holder = main.flatMap { main in classes.last { $0.start < main } }
        className = (classes.first { $0.isPublic } ?? holder ?? classes.first)?.name
    }

    /// The class as the virtual machine wants it.
    var mainClass: String? { className.map { package.isEmpty ? $0 : "\(package).\($0)" } }

    /// Where the file must lie, so that its class is found beside it.
    var path: String? {
        className.map { name in
            package.isEmpty ? "\(name).java" : package.split(separator: ".").joined(separator: "/") + "/\(name).java"
        }
    }

    private static func isIdentifier(_ word: String) -> Bool {
        word.first.map { $0.isLetter || $0 == "_" || $0 == "$" } ?? false
    }

    private static func words(_ source: String) -> [String] {
        var words: [String] = []
        var rest = source.unicodeScalars[...]
        func isPart(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isAlphabetic || scalar == "_" || scalar == "$" || (48...57).contains(scalar.value)
        }
        while let scalar = rest.first {
            if rest.starts(with: "//".unicodeScalars) {
                rest = rest.drop { $0 != "\n" }
            } else if rest.starts(with: "/*".unicodeScalars) {
                rest = rest.dropFirst(2)
                while !rest.isEmpty, !rest.starts(with: "*/".unicodeScalars) { rest = rest.dropFirst() }
                rest = rest.dropFirst(2)
            } else if rest.starts(with: "\"\"\"".unicodeScalars) {
                rest = rest.dropFirst(3)
                while !rest.isEmpty, !rest.starts(with: "\"\"\"".unicodeScalars) {
                    rest = rest.dropFirst(rest.first == "\\" ? 2 : 1)
                }
                rest = rest.dropFirst(3)
            } else if scalar == "\"" || scalar == "'" {
                rest = rest.dropFirst()
                while let next = rest.first, next != scalar, next != "\n" {
                    rest = rest.dropFirst(next == "\\" ? 2 : 1)
                }
                rest = rest.dropFirst()
            } else if isPart(scalar) {
                let word = rest.prefix(while: isPart)
                words.append(String(word))
                rest = rest[word.endIndex...]
            } else {
                if !scalar.properties.isWhitespace { words.append(String(scalar)) }
                rest = rest.dropFirst()
            }
        }
        return words
    }
}

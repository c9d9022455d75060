/// A pattern of names: `*` stands for anything without a slash, `{a,b}` for either; a directory's name for all that is
/// in it.
package struct NamePattern: Sendable, Hashable {
    package let text: String
    private let alternatives: [String]

    /// How many patterns one may stand for.
    static let maximumAlternatives = 256

    package init(_ text: String) {
        self.text = text
        alternatives = Self.expanded(text)
    }

    package func fits(_ name: String) -> Bool { alternatives.contains { Self.fits(name[...], $0[...]) } }

    private static func expanded(_ text: String) -> [String] {
        var done: [String] = []
        var open = [text]
        while let next = open.popLast(), done.count + open.count < maximumAlternatives {
            guard let end = next.firstIndex(of: "}"), let start = next[..<end].lastIndex(of: "{") else {
                done.append(next)
                continue
            }
            let words = next[next.index(after: start)..<end].split(separator: ",", omittingEmptySubsequences: false)
            open += words.map { String(next[..<start]) + $0 + next[next.index(after: end)...] }
        }
        return done
    }

    private static func fits(_ name: Substring, _ pattern: Substring) -> Bool {
        if pattern.isEmpty { return name.isEmpty || name.first == "/" }
        if pattern.first == "*" {
            var rest = name
            while true {
                if fits(rest, pattern.dropFirst()) { return true }
                guard let next = rest.first, next != "/" else { return false }
                rest = rest.dropFirst()
            }
        }
        guard pattern.first == name.first else { return false }
        return fits(name.dropFirst(), pattern.dropFirst())
    }
}

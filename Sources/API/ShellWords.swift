/// A line split into words as a POSIX shell splits it: quotes and backslashes are honoured, nothing is expanded.
enum ShellWords {
    /// The words of `line`; a quote that is not closed runs to the end.
    static func split(_ line: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        var isWord = false
        var scalars = line.unicodeScalars.makeIterator()

        while let scalar = scalars.next() {
            switch scalar {
            case " ", "\t", "\n", "\r":
                if isWord { words.append(String(word)) }
                word = String.UnicodeScalarView()
                isWord = false
            case "'":
                isWord = true
                while let quoted = scalars.next(), quoted != "'" { word.append(quoted) }
            case "\"":
                isWord = true
                while let quoted = scalars.next(), quoted != "\"" {
                    guard quoted == "\\" else {
                        word.append(quoted)
                        continue
                    }
                    // Between double quotes a backslash is one, unless what follows has a meaning there.
                    guard let next = scalars.next() else {
                        word.append(quoted)
                        break
                    }
                    if next == "\n" { continue }
                    if !["$", "`", "\"", "\\"].contains(next) { word.append(quoted) }
                    word.append(next)
                }
            case "\\":
                guard let next = scalars.next() else {
                    isWord = true
                    word.append(scalar)
                    break
                }
                if next == "\n" { continue }
                isWord = true
                word.append(next)
            default:
                isWord = true
                word.append(scalar)
            }
        }
        if isWord { words.append(String(word)) }
        return words
    }
}

/// How a runtime with a heap limit of its own ends when the heap is full: it must end so, and say so. A program that
/// imitates this only takes a worse verdict than its own.
package struct OutOfMemorySign: Sendable, Hashable, Codable {
    package var ending: Ending
    /// Text in standard output or standard error.
    package var message: String

    package init(ending: Ending, message: String) {
        self.ending = ending
        self.message = message
    }

    /// Bytes at the start and at the end of each stream in which `message` is looked for: runtimes print it last, and
    /// some a stack trace after it.
    package static let window = 16 << 10

    package func matches(_ outcome: Outcome) -> Bool {
        outcome.ending == ending && (isIn(outcome.stderr.bytes) || isIn(outcome.stdout.bytes))
    }

    private func isIn(_ bytes: [UInt8]) -> Bool {
        let message = Array(message.utf8)
        return bytes.prefix(Self.window).contains(message) || bytes.suffix(Self.window).contains(message)
    }
}

extension ArraySlice<UInt8> {
    fileprivate func contains(_ text: [UInt8]) -> Bool {
        guard let first = text.first else { return true }
        var rest = self
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: text) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}

import Foundation
import Glibc
import Synchronization

/// How far a long command is, on standard error where that is a terminal.
final class ProgressBar: Sendable {
    private let title: String
    private let isShown = isatty(STDERR_FILENO) == 1

    private static let width = 24
    private static let nameLength = 40

    init(title: String) { self.title = title }

    func show(_ done: Int, of total: Int, _ name: String) {
        guard isShown, total > 0 else { return }
        let filled = min(Self.width, done * Self.width / total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        write("\r\u{1b}[K\(title.prefix(Self.nameLength)) \(bar) \(done)/\(total) \(name.prefix(Self.nameLength))")
    }

    func clear() { if isShown { write("\r\u{1b}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

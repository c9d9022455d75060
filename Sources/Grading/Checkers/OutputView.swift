import Foundation

/// Bytes of an output while they are compared. Positions are byte offsets, in bounds unless said otherwise.
struct OutputView {
    let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var count: Int { bytes.count }

    subscript(range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }

    /// White space: blank, tab, line feed, vertical tab, form feed, carriage return.
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    /// The first position from `start` on that holds no white space; `count` if there is none.
    func skippingSpace(from start: Int) -> Int {
        var position = start
        while position < count, Self.isSpace(bytes[position]) { position += 1 }
        return position
    }

    /// The word that begins at `start`, up to white space or the end.
    func word(at start: Int) -> Range<Int> {
        var end = start
        while end < count, !Self.isSpace(bytes[end]) { end += 1 }
        return start..<end
    }

    /// The line that begins at `start`, without its line feed.
    func line(at start: Int) -> Range<Int> {
        guard start < count, let newline = memchr(bytes.baseAddress! + start, 0x0a, count - start) else {
            return start..<count
        }
        return start..<(newline - UnsafeMutableRawPointer(mutating: bytes.baseAddress!))
    }

    /// `range` without white space at its end.
    func trimmingEnd(of range: Range<Int>) -> Range<Int> {
        var end = range.upperBound
        while end > range.lowerBound, Self.isSpace(bytes[end - 1]) { end -= 1 }
        return range.lowerBound..<end
    }

    /// The number, from 1, of the line that `position` is in. Reads all that comes before.
    func lineNumber(of position: Int) -> Int {
        var number = 1
        var start = 0
        while true {
            let end = line(at: start).upperBound
            guard end < position else { return number }
            number += 1
            start = end + 1
        }
    }

    /// The first offset at which the two differ: where one ends if it begins the other. `nil` if they are the same.
    static func difference(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int? {
        let common = min(first.count, second.count)
        guard common > 0, memcmp(first.baseAddress!, second.baseAddress!, common) != 0 else {
            return first.count == second.count ? nil : common
        }
        return zip(first, second).enumerated().first { $1.0 != $1.1 }?.offset
    }
}

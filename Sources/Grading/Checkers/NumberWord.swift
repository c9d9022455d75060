/// A word that is a decimal number: `[+-]digits[.digits][e[+-]digits]`, with a digit before or after the point.
///
/// Nothing else is a number: not `nan`, `inf`, `0x1p3`, `1_000` or `1,5`, nor what is beyond the range of a double, nor
/// a word longer than `maximumLength`. Such words are equal only when they are the same.
struct NumberWord {
    private let double: Double
    /// Its exact value when it is written as a whole number of few digits: doubles cannot tell large ones apart.
    private let integer: Int?

    /// Longest word that is read as a number, in bytes.
    static let maximumLength = 1024
    /// Digits that always fit into an Int.
    private static let maximumExactDigits = 18

    init?(_ word: UnsafeRawBufferPointer) {
        guard word.count <= Self.maximumLength else { return nil }
        var position = 0
        func digits() -> Int {
            let start = position
            while position < word.count, (0x30...0x39).contains(word[position]) { position += 1 }
            return position - start
        }
        func skip(_ first: UInt8, _ second: UInt8) -> Bool {
            guard position < word.count, word[position] == first || word[position] == second else { return false }
            position += 1
            return true
        }
        let plus = UInt8(ascii: "+")
        let minus = UInt8(ascii: "-")
        let point = UInt8(ascii: ".")
        _ = skip(plus, minus)
        let whole = digits()
        let hasPoint = skip(point, point)
        let fraction = hasPoint ? digits() : 0
        guard whole + fraction > 0 else { return nil }
        let hasExponent = skip(UInt8(ascii: "e"), UInt8(ascii: "E"))
        if hasExponent {
            _ = skip(plus, minus)
            guard digits() > 0 else { return nil }
        }
        guard position == word.count else { return nil }

        let isWhole = !hasPoint && !hasExponent && whole <= Self.maximumExactDigits
        integer = isWhole ? Self.integer(word) : nil
        if let integer {
            double = Double(integer)
        } else {
            guard let double = Self.double(word) else { return nil }
            self.double = double
        }
    }

    /// Whether this is as close to `expected` as either tolerance asks; the relative one is of `expected`'s size.
    func isWithin(absolute: Double, relative: Double, of expected: NumberWord) -> Bool {
        let distance: Double
        if let integer, let other = expected.integer {
            distance = Double((integer - other).magnitude)
        } else {
            distance = (double - expected.double).magnitude
        }
        return distance <= absolute || distance <= relative * expected.double.magnitude
    }

    private static func integer(_ word: UnsafeRawBufferPointer) -> Int {
        var value = 0
        for byte in word where (0x30...0x39).contains(byte) { value = value * 10 + Int(byte - 0x30) }
        return word.first == UInt8(ascii: "-") ? -value : value
    }

    /// `nil` beyond the range of a double. What is too small for one is zero.
    private static func double(_ word: UnsafeRawBufferPointer) -> Double? {
        guard let double = Double(String(decoding: word, as: UTF8.self)), double.isFinite else { return nil }
        return double
    }
}

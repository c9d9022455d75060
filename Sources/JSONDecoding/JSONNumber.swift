/// Numbers from their text, which was found to be one.
enum JSONNumber {
    /// Sign, digits without the point, and the power of ten that they are to be multiplied with.
    private struct Decimal {
        var isNegative = false
        var digits: UInt64 = 0
        /// Whether there are digits beside these that are not zero.
        var isInexact = false
        var exponent = 0

        /// More digits than this may not fit.
        private static let maximumDigits = 19
        /// Exponents beyond this are all the same: nothing, or too much.
        private static let maximumExponent = 1_000_000

        init(_ text: UnsafeBufferPointer<UInt8>) {
            var position = 0
            var count = 0
            var isFraction = false
            if text[0] == UInt8(ascii: "-") {
                isNegative = true
                position = 1
            }
            scan: while position < text.count {
                switch text[position] {
                case UInt8(ascii: "."): isFraction = true
                case UInt8(ascii: "e"), UInt8(ascii: "E"):
                    exponent += Self.exponent(text[(position + 1)...])
                    break scan
                default:
                    let digit = UInt64(text[position] - UInt8(ascii: "0"))
                    if count < Self.maximumDigits {
                        digits = digits * 10 + digit
                        if digits > 0 { count += 1 }
                        if isFraction { exponent -= 1 }
                    } else {
                        isInexact = isInexact || digit != 0
                        if !isFraction { exponent += 1 }
                    }
                }
                position += 1
            }
        }

        private static func exponent(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
            let isNegative = text.first == UInt8(ascii: "-")
            let digits = isNegative || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
            let value = digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), maximumExponent) }
            return isNegative ? -value : value
        }
    }

    /// The number if it is whole and fits: `3`, but also `3.0` and `3e2`.
    static func integer<Value: FixedWidthInteger>(_ text: UnsafeBufferPointer<UInt8>, as: Value.Type) -> Value? {
        let decimal = Decimal(text)
        guard !decimal.isInexact else { return wide(text, as: Value.self) }
        var magnitude = decimal.digits
        if magnitude == 0 { return 0 }
        if decimal.exponent < 0 {
            for _ in 0..<min(-decimal.exponent, 20) {
                let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: 10)
                guard remainder == 0 else { return nil }
                magnitude = quotient
            }
        } else {
            for _ in 0..<min(decimal.exponent, 20) {
                let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
                guard !overflows else { return nil }
                magnitude = product
            }
        }
        if !decimal.isNegative { return Value(exactly: magnitude) }
        guard magnitude <= UInt64(Int64.max) + 1 else { return nil }
        return Value(exactly: Int64(truncatingIfNeeded: 0 &- magnitude))
    }

    /// Twenty digits, the last of which is not zero: only the largest of `UInt64` have them.
    private static func wide<Value: FixedWidthInteger>(_ text: UnsafeBufferPointer<UInt8>, as: Value.Type) -> Value? {
        Value(String(decoding: text, as: UTF8.self))
    }

    /// The nearest number; `nil` if it is beyond all of them.
    static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        let decimal = Decimal(text)
        // Both factors are exact, so their product is the nearest number (Clinger's fast path).
        if !decimal.isInexact, decimal.digits <= 1 << 53, abs(decimal.exponent) < exactPowers.count {
            let digits = Double(decimal.digits)
            let power = exactPowers[abs(decimal.exponent)]
            let value = decimal.exponent < 0 ? digits / power : digits * power
            return decimal.isNegative ? -value : value
        }
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// The powers of ten that are exact.
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

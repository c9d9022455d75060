/// Quantities as people write them in files and flags, each with its unit.
package enum Quantity {
    /// A time: `500ms`, `2s`, `1.5 s`, `3min`, `1h`. `nil` if `text` is none.
    package static func duration(_ text: some StringProtocol) -> Duration? {
        guard let (number, unit) = split(text) else { return nil }
        let seconds: Double
        switch unit {
        case "us", "µs": seconds = number / 1_000_000
        case "ms": seconds = number / 1000
        case "s": seconds = number
        case "min", "m": seconds = number * 60
        case "h": seconds = number * 3600
        case "d": seconds = number * 86400
        default: return nil
        }
        return seconds <= longest ? .seconds(seconds) : nil
    }

    /// A number of bytes: `65536`, `64 KiB`, `256MiB`, `1.5 GiB`, `10 MB`. `nil` if `text` is none.
    package static func bytes(_ text: some StringProtocol) -> Int? {
        guard let (number, unit) = split(text) else { return nil }
        let factor: Double
        switch unit {
        case "", "B": factor = 1
        case "kB", "KB": factor = 1e3
        case "MB": factor = 1e6
        case "GB": factor = 1e9
        case "TB": factor = 1e12
        case "KiB": factor = 1024
        case "MiB": factor = 1_048_576
        case "GiB": factor = 1_073_741_824
        case "TiB": factor = 1_099_511_627_776
        default: return nil
        }
        let bytes = (number * factor).rounded()
        return bytes <= 9e18 ? Int(bytes) : nil
    }

    /// Seconds; a century, far below what overflows.
    private static let longest = 3.2e9

    private static func split(_ text: some StringProtocol) -> (number: Double, unit: String)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number.isFinite else { return nil }
        let unit = text[digits.endIndex...]
        return (number, String(unit.drop { $0 == " " }))
    }
}

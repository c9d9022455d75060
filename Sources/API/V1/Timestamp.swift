import Foundation

/// RFC 3339 with milliseconds, in UTC.
func timestamp(_ date: Date) -> String { date.formatted(.iso8601WithMilliseconds) }

extension FormatStyle where Self == Date.ISO8601FormatStyle {
    static var iso8601WithMilliseconds: Date.ISO8601FormatStyle { .init(includingFractionalSeconds: true) }
}

extension Date {
    /// Reads RFC 3339: any offset, any fraction of a second.
    init?(timestamp text: String) {
        let form = #/(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,12})?(?:[Zz]|([+-])(\d\d):(\d\d))/#
        guard text.utf8.count <= 64, let match = text.wholeMatch(of: form) else { return nil }
        func number(_ part: Substring?) -> Int { part.flatMap { Int($0) } ?? 0 }
        var parts = DateComponents(
            year: number(match.1), month: number(match.2), day: number(match.3), hour: number(match.4),
            minute: number(match.5), second: min(number(match.6), 59))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        parts.calendar = calendar
        let offset = number(match.9) * 60 + number(match.10)
        guard number(match.6) <= 60, number(match.10) < 60, number(match.9) < 24, parts.isValidDate,
            let date = parts.date
        else { return nil }
        let fraction = match.7.flatMap { Double("0" + $0) } ?? 0
        self = date + fraction - Double(match.8 == "-" ? -offset : offset) * 60
    }
}

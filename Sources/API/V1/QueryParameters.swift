import Core
import Foundation
import HTTPServer

/// A request's query, each parameter known and given at most once.
struct QueryParameters: Sendable {
    private let values: [String: String]

    init(_ request: Request, allowing names: Set<String>) throws(Refusal) {
        var values: [String: String] = [:]
        for (name, value) in request.query {
            guard names.contains(name) else { throw Self.refusal(name, "is not a known parameter") }
            guard values.updateValue(value, forKey: name) == nil else { throw Self.refusal(name, "is given twice") }
        }
        self.values = values
    }

    /// `wait`: seconds (`10s`, `10`) or milliseconds (`500ms`), at most `V1.longestWait`.
    func wait() throws(Refusal) -> Duration {
        guard let text = values["wait"] else { return .zero }
        let (digits, unit) =
            text.hasSuffix("ms")
            ? (text.dropLast(2), Duration.milliseconds(1))
            : text.hasSuffix("s") ? (text.dropLast(1), Duration.seconds(1)) : (text[...], Duration.seconds(1))
        guard !digits.isEmpty, digits.utf8.count <= 5, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(digits), unit * number <= V1.longestWait
        else { throw Self.refusal("wait", "expected seconds or milliseconds (10s, 500ms), at most 60s") }
        return unit * number
    }

    func choice<Value: RawRepresentable<String> & CaseIterable>(_ name: String) throws(Refusal) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = Value(rawValue: text) else {
            let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.refusal(name, "expected one of \(words)")
        }
        return value
    }

    func identifier(_ name: String) throws(Refusal) -> String? {
        guard let text = values[name] else { return nil }
        guard (1...SubmissionRequest.Bound.identifierLength).contains(text.unicodeScalars.count) else {
            throw Self.refusal(name, "must have 1 to \(SubmissionRequest.Bound.identifierLength) characters")
        }
        return text
    }

    /// A time of day as RFC 3339 writes it.
    func date(_ name: String) throws(Refusal) -> Date? {
        guard let text = values[name] else { return nil }
        guard let date = Date(timestamp: text) else {
            throw Self.refusal(name, "expected a time such as 2026-11-24T21:14:15Z")
        }
        return date
    }

    func flag(_ name: String) throws(Refusal) -> Bool {
        switch values[name] {
        case nil, "false": return false
        case "true": return true
        default: throw Self.refusal(name, "expected true or false")
        }
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let text = values[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw Self.refusal(name, "expected an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func submissionID(_ name: String) throws(Refusal) -> SubmissionID? {
        guard let text = values[name] else { return nil }
        guard let id = SubmissionID(text) else { throw Self.refusal(name, "is not a submission id") }
        return id
    }

    static func refusal(_ name: String, _ detail: String) -> Refusal {
        Refusal(.malformed([Problem.FieldError(field: name, detail: detail)]))
    }
}

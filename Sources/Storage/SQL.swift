/// A statement and its arguments. What is interpolated becomes an argument (`$1`, `$2`, …), never text of the
/// statement, so nothing that a client sends is ever parsed as SQL.
struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text around the arguments: one piece more than there are arguments.
    private let pieces: [String]
    let arguments: [SQLValue]

    init(stringLiteral value: String) {
        pieces = [value]
        arguments = []
    }

    init(stringInterpolation: StringInterpolation) {
        pieces = stringInterpolation.pieces
        arguments = stringInterpolation.arguments
    }

    /// The statement with its arguments numbered.
    var text: String {
        var text = pieces[0]
        for (index, piece) in pieces.dropFirst().enumerated() {
            text += "$\(index + 1)"
            text += piece
        }
        return text
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces = [""]
        fileprivate var arguments: [SQLValue] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(interpolationCount + 1)
            arguments.reserveCapacity(interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { pieces[pieces.count - 1] += literal }

        mutating func appendInterpolation(_ value: SQLValue) {
            arguments.append(value)
            pieces.append("")
        }

        mutating func appendInterpolation(_ value: Int) { appendInterpolation(.integer(Int64(value))) }
        mutating func appendInterpolation(_ value: Int64) { appendInterpolation(.integer(value)) }
        mutating func appendInterpolation(_ value: Double) { appendInterpolation(.real(value)) }
        mutating func appendInterpolation(_ value: String) { appendInterpolation(.text(value)) }
        mutating func appendInterpolation(_ value: String?) { appendInterpolation(value.map { .text($0) } ?? .null) }
        mutating func appendInterpolation(_ value: [UInt8]) { appendInterpolation(.blob(value)) }

        /// The values, separated by commas, for `IN (…)`; none of them becomes a null, which equals nothing.
        mutating func appendInterpolation(_ values: [String]) {
            guard let first = values.first else { return appendInterpolation(.null) }
            appendInterpolation(first)
            for value in values.dropFirst() {
                appendLiteral(", ")
                appendInterpolation(value)
            }
        }

        /// A part of a statement, with its arguments.
        mutating func appendInterpolation(_ part: SQL) {
            appendLiteral(part.pieces[0])
            for (piece, argument) in zip(part.pieces.dropFirst(), part.arguments) {
                appendInterpolation(argument)
                appendLiteral(piece)
            }
        }

        /// Text of the statement itself: constants of this module only.
        mutating func appendInterpolation(raw: String) { appendLiteral(raw) }
    }
}

/// What a column or an argument holds. Booleans are the integers 0 and 1.
enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// A row of a result, read by position. A column of another type than asked for means that the file was changed
/// behind our back or is damaged.
struct Row: Sendable {
    var values: [SQLValue]

    func integer(_ column: Int) throws(StorageError) -> Int64 {
        guard let value = try optionalInteger(column) else { throw mismatch(column) }
        return value
    }

    func optionalInteger(_ column: Int) throws(StorageError) -> Int64? {
        switch values[column] {
        case .integer(let value): value
        case .null: nil
        default: throw mismatch(column)
        }
    }

    func real(_ column: Int) throws(StorageError) -> Double {
        guard let value = try optionalReal(column) else { throw mismatch(column) }
        return value
    }

    func optionalReal(_ column: Int) throws(StorageError) -> Double? {
        switch values[column] {
        case .real(let value): value
        case .null: nil
        default: throw mismatch(column)
        }
    }

    func text(_ column: Int) throws(StorageError) -> String {
        guard let value = try optionalText(column) else { throw mismatch(column) }
        return value
    }

    func optionalText(_ column: Int) throws(StorageError) -> String? {
        switch values[column] {
        case .text(let value): value
        case .null: nil
        default: throw mismatch(column)
        }
    }

    func blob(_ column: Int) throws(StorageError) -> [UInt8] {
        guard let value = try optionalBlob(column) else { throw mismatch(column) }
        return value
    }

    func optionalBlob(_ column: Int) throws(StorageError) -> [UInt8]? {
        switch values[column] {
        case .blob(let value): value
        case .null: nil
        default: throw mismatch(column)
        }
    }

    private func mismatch(_ column: Int) -> StorageError {
        .corrupt("column \(column) of a row holds an unexpected kind of value")
    }
}

import CPostgreSQL

/// Arguments in PostgreSQL's binary format, one behind the other.
struct PostgresArguments {
    /// The server's numbers of the types that we use (catalogue `pg_type`).
    enum TypeID {
        static let unknown: Oid = 0
        static let bool: Oid = 16
        static let bytea: Oid = 17
        static let int8: Oid = 20
        static let int4: Oid = 23
        static let text: Oid = 25
        static let float8: Oid = 701
        static let varchar: Oid = 1043
        static let void: Oid = 2278
    }

    private(set) var types: [Oid] = []
    private var bytes: [UInt8] = []
    /// Where each begins; `nil` for null.
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []

    var count: Int { types.count }

    init(_ values: [SQLValue]) {
        for value in values { append(value) }
    }

    private mutating func append(_ value: SQLValue) {
        let start = bytes.count
        switch value {
        case .null: types.append(TypeID.unknown)
        case .integer(let value):
            types.append(TypeID.int8)
            withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
        case .real(let value):
            types.append(TypeID.float8)
            withUnsafeBytes(of: value.bitPattern.bigEndian) { bytes.append(contentsOf: $0) }
        case .text(let value):
            types.append(TypeID.text)
            bytes.append(contentsOf: value.utf8)
        case .blob(let value):
            types.append(TypeID.bytea)
            bytes.append(contentsOf: value)
        }
        offsets.append(value == .null ? nil : start)
        lengths.append(Int32(bytes.count - start))
    }

    /// Calls `body` with values, lengths and formats as libpq wants them.
    mutating func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Result
    ) -> Result {
        // Never empty, so that an empty text is a pointer and no null.
        bytes.append(0)
        let formats = Array(repeating: Int32(1), count: count + 1)
        return bytes.withUnsafeBytes { bytes in
            let values = offsets.map {
                $0.map { bytes.baseAddress!.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            }
            return (values + [nil]).withUnsafeBufferPointer { values in
                (lengths + [0]).withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { body(values.baseAddress!, lengths.baseAddress!, $0.baseAddress!) }
                }
            }
        }
    }
}

/// An answer of the server: in the binary format, or, to statements without arguments, as text.
struct PostgresResult {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) { self.result = result }

    func rows() throws(PostgresError) -> [Row] {
        let width = PQnfields(result)
        let types = (0..<width).map { PQftype(result, $0) }
        var rows: [Row] = []
        rows.reserveCapacity(Int(PQntuples(result)))
        for row in 0..<PQntuples(result) {
            var values: [SQLValue] = []
            values.reserveCapacity(Int(width))
            for column in 0..<width { values.append(try value(row, column, type: types[Int(column)])) }
            rows.append(Row(values: values))
        }
        return rows
    }

    var error: PostgresError {
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
        let message = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
        guard let state else { return .lost(message ?? String(cString: PQresultErrorMessage(result))) }
        return .refused(state: state, message ?? "no reason given")
    }

    private func value(_ row: Int32, _ column: Int32, type: Oid) throws(PostgresError) -> SQLValue {
        guard PQgetisnull(result, row, column) == 0 else { return .null }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        if PQfformat(result, column) == 0 {
            let text = String(decoding: bytes, as: UTF8.self)
            return Int64(text).map { .integer($0) } ?? .text(text)
        }
        return switch type {
        case PostgresArguments.TypeID.int8: .integer(Int64(bitPattern: bytes.bigEndian))
        case PostgresArguments.TypeID.int4: .integer(Int64(Int32(truncatingIfNeeded: bytes.bigEndian)))
        case PostgresArguments.TypeID.bool: .integer(bytes.first == 0 ? 0 : 1)
        case PostgresArguments.TypeID.float8: .real(Double(bitPattern: bytes.bigEndian))
        case PostgresArguments.TypeID.text, PostgresArguments.TypeID.varchar:
            .text(String(decoding: bytes, as: UTF8.self))
        case PostgresArguments.TypeID.bytea: .blob(Array(bytes))
        case PostgresArguments.TypeID.void: .null
        default: throw .refused(state: "0A000", "a column has the type \(type), which is none of ours")
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var bigEndian: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
}

import Foundation
import JSONDecoding

/// Any JSON through nothing but what `Decoder` promises, so that it can be read by two decoders and compared.
enum Shape: Hashable, Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([Shape])
    case object([String: Shape])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([Shape].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: Shape].self))
        }
    }

    /// As Foundation's decoder sees it; `nil` if it takes it for no JSON.
    static func foundation(_ bytes: [UInt8]) -> Shape? { try? JSONDecoder().decode(Shape.self, from: Data(bytes)) }

    static func ours(_ bytes: [UInt8]) -> Shape? { try? JSONDocument(parsing: bytes).decode(Shape.self) }
}

/// Makes random documents, the same ones for the same seed.
struct DocumentMaker: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func document(depth: Int = 0) -> String {
        let space = ["", "", " ", "\n\t"][below(4)]
        let kinds = depth < 4 ? 8 : 5
        let value =
            switch below(kinds) {
            case 0: ["null", "true", "false"][below(3)]
            case 1: "\(Int(truncatingIfNeeded: next()) >> below(64))"
            case 2: number()
            case 3, 4: string()
            case 5, 6: "[" + (0..<below(5)).map { _ in document(depth: depth + 1) }.joined(separator: ",") + "]"
            default:
                "{"
                    + (0..<below(16)).map { "\"\($0)\(string().dropFirst())\(space):\(document(depth: depth + 1))" }
                    .joined(separator: ",") + "}"
            }
        return space + value + space
    }

    private mutating func number() -> String {
        let digits = (0..<1 + below(20)).map { _ in "\(below(10))" }.joined()
        let exponent = ["", "e\(below(40) - 20)", "E+\(below(10))", "e\(below(600) - 300)"][below(4)]
        // Foundation takes a zero with an exponent for no number.
        let whole = below(2) == 0 ? "\(exponent.isEmpty ? below(10) : 1 + below(9))" : "\(1 + below(9))\(digits)"
        return (below(2) == 0 ? "-" : "") + whole + (below(2) == 0 ? ".\(digits)" : "") + exponent
    }

    private mutating func string() -> String {
        let parts = [
            "a", "text ", "é", "e\u{301}", "€", "😀", "\\n", "\\\"", "\\\\", "\\u0041", "\\ud83d\\ude00", "\u{7f}", "/",
        ]
        return "\"" + (0..<below(12)).map { _ in parts[below(parts.count)] }.joined() + "\""
    }

    /// `bytes` with some of them changed, removed or doubled.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<1 + below(3) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(4) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[below(bytes.count)], at: place)
            default: bytes.removeLast(below(bytes.count))
            }
        }
        return bytes
    }
}

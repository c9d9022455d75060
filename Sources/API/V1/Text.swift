import Foundation
import JSONDecoding

/// Bytes on the wire: a string where they are UTF-8, otherwise `{"base64": "…"}`.
struct Text: Sendable, Hashable, Codable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case base64
    }

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        do {
            bytes = Array(try single.decode(String.self).utf8)
            return
        } catch DecodingError.typeMismatch {}
        guard let container = try? decoder.container(keyedBy: JSONPathPart.self) else {
            throw DecodingError.dataCorruptedError(
                in: single, debugDescription: "expected a string or an object with base64")
        }
        _ = container
        let base64: String = try decoder.strictContainer(keyedBy: CodingKeys.self).decode(String.self, forKey: .base64)
        guard let data = Data(base64Encoded: base64) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath + [CodingKeys.base64], debugDescription: "is not base 64"))
        }
        bytes = Array(data)
    }

    func encode(to encoder: any Encoder) throws {
        if let string = String(validating: bytes, as: UTF8.self) {
            var container = encoder.singleValueContainer()
            try container.encode(string)
        } else {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(Data(bytes).base64EncodedString(), forKey: .base64)
        }
    }
}

import COpenSSL
package import Core
package import Foundation

/// The text of a bearer token: `assay_ID_SECRET`. The id finds the row, the secret proves it; only a hash is kept.
package enum TokenText {
    private static let prefix = "assay_"
    private static let idLength = 10
    /// 52 characters of five bits: 260 random bits.
    private static let secretLength = 52
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new token, and what to keep of it.
    package static func make(
        name: String, roles: Set<Role>, courses: Set<String>, at date: Date = Date()
    ) -> (text: String, token: AccessToken) {
        let id = random(idLength)
        let text = prefix + id + "_" + random(secretLength)
        let token = AccessToken(
            id: id, name: name, hash: hash(of: text), roles: roles, courses: courses, createdAt: date)
        return (text, token)
    }

    /// The id in `text`; `nil` if it has not the form of a token.
    package static func id(in text: String) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count == prefix.utf8.count + idLength + 1 + secretLength, text.hasPrefix(prefix),
            bytes[prefix.utf8.count + idLength] == UInt8(ascii: "_")
        else { return nil }
        let id = bytes[prefix.utf8.count..<prefix.utf8.count + idLength]
        return id.allSatisfy(alphabet.contains) ? String(decoding: id, as: UTF8.self) : nil
    }

    /// Whether `text` is the token that `kept` was made from; takes the same time wherever they differ.
    package static func matches(_ text: String, _ kept: AccessToken) -> Bool {
        let found = hash(of: text)
        return found.count == kept.hash.count && CRYPTO_memcmp(found, kept.hash, found.count) == 0
    }

    private static func hash(of text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(bytes, bytes.count, &digest)
        return digest
    }

    private static func random(_ length: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return String(
            decoding: (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] },
            as: UTF8.self)
    }
}

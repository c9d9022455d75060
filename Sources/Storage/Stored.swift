/// Drafts and reports as they are stored.
enum Stored {
    static func encode(_ value: some Encodable) throws(StorageError) -> [UInt8] {
        do { return try CBOREncoder.encode(value) } catch { throw .refused("\(error)") }
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], of owner: String
    ) throws(StorageError) -> Value {
        do {
            return try CBORDecoder.decode(type, from: bytes)
        } catch {
            throw .corrupt("the stored \(type) of \(owner) cannot be read: \(error)")
        }
    }
}

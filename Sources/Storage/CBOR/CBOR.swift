/// The first bytes of CBOR items that we write (RFC 8949, section 3): the major type in the upper three bits.
enum CBOR {
    static let unsigned: UInt8 = 0 << 5
    static let negative: UInt8 = 1 << 5
    static let byteString: UInt8 = 2 << 5
    static let textString: UInt8 = 3 << 5
    static let list: UInt8 = 4 << 5
    static let map: UInt8 = 5 << 5
    static let tag: UInt8 = 6 << 5
    static let simple: UInt8 = 7 << 5

    static let openList: UInt8 = list | 31
    static let openMap: UInt8 = map | 31
    static let end: UInt8 = simple | 31
    static let `false`: UInt8 = simple | 20
    static let `true`: UInt8 = simple | 21
    static let null: UInt8 = simple | 22
    static let double: UInt8 = simple | 27

    /// Deepest nesting read: ours is about ten, so deeper means damage, and reading it would use up the stack.
    static let maximumDepth = 64
}

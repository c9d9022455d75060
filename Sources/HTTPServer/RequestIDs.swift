import Synchronization

/// Makes names for requests: 32 hexadecimal digits, as a W3C trace id has, unique across processes.
final class RequestIDs: Sendable {
    private let prefix: UInt64
    private let counter: Atomic<UInt64>

    init() {
        prefix = .random(in: 1 ... .max)
        counter = Atomic(.random(in: .min ... .max))
    }

    func next() -> String {
        var value = counter.wrappingAdd(1, ordering: .relaxed).newValue
        // SplitMix64's finaliser: a bijection, so that the numbers stay different but do not tell how many there were.
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        value ^= value >> 31
        return String(unsafeUninitializedCapacity: 32) { buffer in
            for index in 0..<16 {
                buffer[index] = Self.digit(prefix >> UInt64(60 - 4 * index))
                buffer[16 + index] = Self.digit(value >> UInt64(60 - 4 * index))
            }
            return 32
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        let digit = UInt8(value & 15)
        return digit < 10 ? 0x30 + digit : 0x57 + digit
    }
}

/// What a submission may ask for and what it gets when it asks for nothing, in Judge0's units.
struct Judge0Bounds: Sendable, Hashable {
    struct Number: Sendable, Hashable {
        let fallback: Double
        let least: Double
        let most: Double
        /// Whether a fraction is refused.
        let isWhole: Bool
    }

    /// Seconds.
    var cpuTime = Number(fallback: 5, least: 0, most: 15, isWhole: false)
    /// Seconds.
    var cpuExtraTime = Number(fallback: 1, least: 0, most: 5, isWhole: false)
    /// Seconds.
    var wallTime = Number(fallback: 10, least: 1, most: 20, isWhole: false)
    /// Kilobytes.
    var memory = Number(fallback: 128_000, least: 2048, most: 512_000, isWhole: true)
    /// Kilobytes.
    var stack = Number(fallback: 64_000, least: 0, most: 128_000, isWhole: true)
    var processes = Number(fallback: 60, least: 1, most: 120, isWhole: true)
    /// Kilobytes.
    var fileSize = Number(fallback: 1024, least: 0, most: 4096, isWhole: true)
    var runs = Number(fallback: 1, least: 1, most: 20, isWhole: true)
    /// Characters of the compiler's options, and of the program's arguments.
    var lineLength = 512
    /// Kilobytes that additional files may have when unpacked.
    var extractSize = 10_240
    var extractFiles = 256
    /// Submissions of a batch.
    var batch = 20
    /// Attempts to deliver a callback, and seconds for each.
    var callbackTries = 3
    var callbackTimeout = 5.0
}

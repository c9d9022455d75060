/// How output is compared with what was expected.
package enum Checker: Sendable, Hashable, Codable {
    /// Byte for byte.
    case exact
    /// White space at the ends of lines and empty lines at the end do not count.
    case trimmed
    /// Words separated by white space.
    case tokens
    /// Words, where two numbers are equal within either tolerance.
    case numbers(absolute: Double, relative: Double)
    /// The same lines in any order; white space at their ends and empty lines do not count.
    case unorderedLines
    /// The expected text occurs somewhere.
    case contains
    /// The expected output is a regular expression, which the whole output, trimmed at both ends, must match
    /// (`isWhole`), or some part of it.
    case pattern(isWhole: Bool)
    /// The words of a contest's default validator.
    case words(WordComparison)
    /// The teacher's own program.
    case program(CheckerProgram)
}

/// What a problem package's default validator is told by its flags.
package struct WordComparison: Sendable, Hashable, Codable {
    package var isCaseSensitive: Bool
    package var isSpaceSensitive: Bool
    package var absolute: Double?
    package var relative: Double?

    package init(
        isCaseSensitive: Bool = false, isSpaceSensitive: Bool = false, absolute: Double? = nil, relative: Double? = nil
    ) {
        self.isCaseSensitive = isCaseSensitive
        self.isSpaceSensitive = isSpaceSensitive
        self.absolute = absolute
        self.relative = relative
    }
}

/// A program that judges, in a sandbox of its own: `program INPUT ANSWER FEEDBACK_DIRECTORY arguments… < OUTPUT`. It exits
/// with 42 to accept and with 43 to reject; anything else is its own failure. An interactive one talks to the submission
/// by its standard streams.
package struct CheckerProgram: Sendable, Hashable, Codable {
    package var language: String
    package var files: [SourceFile]
    package var entryFile: RelativePath?
    package var arguments: [String]
    package var limits: LimitsRequest
    /// How its package calls it.
    package var name: String?
    /// Others that must accept too.
    package var others: [CheckerProgram]?

    package init(
        language: String, files: [SourceFile], entryFile: RelativePath? = nil, arguments: [String] = [],
        limits: LimitsRequest = LimitsRequest(), name: String? = nil
    ) {
        self.name = name
        self.language = language
        self.files = files
        self.entryFile = entryFile
        self.arguments = arguments
        self.limits = limits
    }

    /// Its exit codes.
    package static let accepts: Int32 = 42
    package static let rejects: Int32 = 43
}

/// What a submission is judged by. (Never `Task`: that name is Swift concurrency's.)
package struct GradingTask: Sendable, Hashable, Codable {
    /// Names of the languages allowed; `nil` allows every one.
    package var languages: [String]?
    package var limits: LimitsRequest
    package var network: NetworkMode
    package var judging: Judging

    package init(
        languages: [String]? = nil, limits: LimitsRequest = LimitsRequest(), network: NetworkMode = .none,
        judging: Judging
    ) {
        self.languages = languages
        self.limits = limits
        self.network = network
        self.judging = judging
    }
}

/// How a submission is judged.
package enum Judging: Sendable, Hashable, Codable {
    case testCases([TestCase], Checker, stopOnFirstFailure: Bool)
}

/// One run of the student's program, and what it should print.
package struct TestCase: Sendable, Hashable, Codable {
    package var name: String
    package var stdin: [UInt8]
    package var arguments: [String]
    /// `nil` accepts every output of a program that ends well.
    package var expectedOutput: [UInt8]?
    package var points: Double

    package init(
        name: String, stdin: [UInt8] = [], arguments: [String] = [], expectedOutput: [UInt8]? = nil,
        points: Double = 1
    ) {
        self.name = name
        self.stdin = stdin
        self.arguments = arguments
        self.expectedOutput = expectedOutput
        self.points = points
    }
}

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
}

/// Which task a submission is for.
package enum TaskReference: Sendable, Hashable, Codable {
    case catalog(String)
    case inline(GradingTask)
}

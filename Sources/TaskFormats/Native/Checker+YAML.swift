import Core

extension Checker {
    /// Reads `checker: tokens`, or `checker: { numbers: { absolute: 1e-6, relative: 1e-9 } }`.
    init(_ value: YAMLValue) throws(TaskFormatError) {
        if value.isMapping {
            var fields = try value.fields()
            if let value = fields.take("pattern") {
                self = try Self.pattern(value)
            } else {
                self = try Self.numbers(fields.require("numbers"))
            }
            try fields.finish()
            return
        }
        switch try value.text() {
        case "exact": self = .exact
        case "trimmed": self = .trimmed
        case "tokens": self = .tokens
        case "lines": self = .unorderedLines
        case "contains": self = .contains
        case "numbers": throw value.error("numbers needs a tolerance: { numbers: { absolute: 1e-6 } }")
        default:
            throw value.error(
                "expected exact, trimmed, tokens, lines, contains, { pattern: whole } or { numbers: { absolute: 1e-6 } }"
            )
        }
    }

    private static func pattern(_ value: YAMLValue) throws(TaskFormatError) -> Checker {
        switch try value.text() {
        case "whole": return .pattern(isWhole: true)
        case "part": return .pattern(isWhole: false)
        default: throw value.error("expected whole or part")
        }
    }

    private static func numbers(_ value: YAMLValue) throws(TaskFormatError) -> Checker {
        var fields = try value.fields()
        let absolute = try fields.take("absolute").map(tolerance)
        let relative = try fields.take("relative").map(tolerance)
        try fields.finish()
        guard absolute != nil || relative != nil else { throw value.error("needs absolute, relative or both") }
        return .numbers(absolute: absolute ?? 0, relative: relative ?? 0)
    }

    private static func tolerance(_ value: YAMLValue) throws(TaskFormatError) -> Double {
        let number = try value.number()
        guard number >= 0 else { throw value.error("must not be negative") }
        return number
    }
}

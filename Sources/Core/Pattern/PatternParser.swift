/// A regular expression as it is written.
indirect enum PatternTree {
    case empty
    case scalars(ScalarClass)
    case lineStart, lineEnd
    case sequence([PatternTree])
    case alternatives([PatternTree])
    /// `most` of `nil` is without end.
    case repeated(PatternTree, least: Int, most: Int?)
}

/// Which characters match at one place.
struct ScalarClass: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isNegated
    }

    init(_ ranges: [ClosedRange<UInt32>], isNegated: Bool = false) {
        self.ranges = ranges
        self.isNegated = isNegated
    }

    init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

    static let any = ScalarClass([0x0a...0x0a], isNegated: true)
    static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    static let words: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a]
    static let spaces: [ClosedRange<UInt32>] = [0x09...0x0d, 0x20...0x20]

    /// Everything that is not in `ranges`.
    static func others(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var others: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { others.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        others.append(next...0x10ffff)
        return others
    }
}

/// Reads an expression by descent; its depth is bounded, because expressions come from uploaded tasks.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0

    private static let maximumDepth = 64
    private static let maximumRepetition = 1000

    init(_ expression: String) { scalars = Array(expression.unicodeScalars) }

    mutating func parse() throws(Pattern.Problem) -> PatternTree {
        let tree = try alternatives()
        if position < scalars.count { throw Pattern.Problem(description: "has a ) without its (") }
        return tree
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func alternatives() throws(Pattern.Problem) -> PatternTree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw Pattern.Problem(description: "is nested too deeply") }
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(Pattern.Problem) -> PatternTree {
        var parts: [PatternTree] = []
        while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repeated(try single())) }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repeated(_ part: PatternTree) throws(Pattern.Problem) -> PatternTree {
        var part = part
        while let scalar = next {
            switch scalar {
            case "*": part = .repeated(part, least: 0, most: nil)
            case "+": part = .repeated(part, least: 1, most: nil)
            case "?": part = .repeated(part, least: 0, most: 1)
            case "{":
                guard let bounds = try bounds() else { return part }
                part = .repeated(part, least: bounds.0, most: bounds.1)
                _ = take("?")
                continue
            default: return part
            }
            position += 1
            if scalar != "?" { _ = take("?") }
            if next == "+" { throw Pattern.Problem(description: "uses a possessive +, which is not known here") }
        }
        return part
    }

    /// `{3}`, `{3,}` or `{3,5}`; anything else is a brace.
    private mutating func bounds() throws(Pattern.Problem) -> (Int, Int?)? {
        let start = position
        position += 1
        guard let least = number() else {
            position = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = number() }
        guard take("}") else {
            position = start
            return nil
        }
        guard least <= Self.maximumRepetition, most ?? 0 <= Self.maximumRepetition, most.map({ $0 >= least }) ?? true
        else { throw Pattern.Problem(description: "repeats something more than \(Self.maximumRepetition) times") }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let scalar = next, ("0"..."9").contains(scalar), digits.count < 6 {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        return Int(digits)
    }

    private mutating func single() throws(Pattern.Problem) -> PatternTree {
        let scalar = scalars[position]
        switch scalar {
        case "(":
            position += 1
            if take("?"), !take(":") { throw Pattern.Problem(description: "uses (?…), which is not known here") }
            let tree = try alternatives()
            guard take(")") else { throw Pattern.Problem(description: "has a ( without its )") }
            return tree
        case "*", "+", "?": throw Pattern.Problem(description: "has a \(scalar) with nothing before it")
        case "^":
            position += 1
            return .lineStart
        case "$":
            position += 1
            return .lineEnd
        case ".":
            position += 1
            return .scalars(.any)
        case "[": return .scalars(try scalarClass())
        case "{" where try bounds() != nil: throw Pattern.Problem(description: "has a { with nothing before it")
        case "\\":
            position += 1
            return .scalars(ScalarClass(try escape(inClass: false)))
        default:
            position += 1
            return .scalars(ScalarClass(scalar))
        }
    }

    private mutating func scalarClass() throws(Pattern.Problem) -> ScalarClass {
        position += 1
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            position += 1
            var low: [ClosedRange<UInt32>] = [scalar.value...scalar.value]
            if scalar == "\\" { low = try escape(inClass: true) }
            if scalar == "[", next == ":" {
                throw Pattern.Problem(description: "uses [:…:], which is not known here")
            }
            let isSingle = low.count == 1 && low[0].count == 1
            if isSingle, next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
                position += 1
                var high: [ClosedRange<UInt32>] = [scalars[position].value...scalars[position].value]
                position += 1
                if high[0].lowerBound == 0x5c { high = try escape(inClass: true) }
                guard high.count == 1, high[0].count == 1, high[0].lowerBound >= low[0].lowerBound else {
                    throw Pattern.Problem(description: "has a range in a class that is none")
                }
                low = [low[0].lowerBound...high[0].lowerBound]
            }
            ranges += low
        }
        guard take("]") else { throw Pattern.Problem(description: "has a [ without its ]") }
        return ScalarClass(ranges, isNegated: isNegated)
    }

    private mutating func escape(inClass: Bool) throws(Pattern.Problem) -> [ClosedRange<UInt32>] {
        guard let scalar = next else { throw Pattern.Problem(description: "ends with a backslash") }
        position += 1
        func one(_ value: UInt32) -> [ClosedRange<UInt32>] { [value...value] }
        switch scalar {
        case "d": return ScalarClass.digits
        case "w": return ScalarClass.words
        case "s": return ScalarClass.spaces
        case "D": return ScalarClass.others(ScalarClass.digits)
        case "W": return ScalarClass.others(ScalarClass.words)
        case "S": return ScalarClass.others(ScalarClass.spaces)
        case "n": return one(0x0a)
        case "t": return one(0x09)
        case "r": return one(0x0d)
        case "f": return one(0x0c)
        case "v": return one(0x0b)
        case "0": return one(0)
        case "a"..."z", "A"..."Z", "1"..."9":
            throw Pattern.Problem(description: "uses \\\(scalar), which is not known here")
        default: return one(scalar.value)
        }
    }
}

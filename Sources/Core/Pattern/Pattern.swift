/// A regular expression whose matching takes time in proportion to the text, whatever the expression: all ways are
/// followed at once, and none is tried again. What would need trying again, such as references to groups, is no part of
/// it.
///
/// It knows literals, `.`, classes (`[a-z]`, `[^…]`, `\d \w \s` and their opposites), `^ $` at lines' ends, groups, `|`
/// and `* + ? {m,n}`, also with a `?` behind them, which changes nothing here.
package struct Pattern: Sendable {
    /// Longest expression, in characters.
    package static let maximumLength = 4096
    /// Most steps of its program: `{m,n}` multiplies.
    package static let maximumSize = 20_000
    /// Most single steps of one match: an expression of 20,000 on megabytes of text would take minutes.
    package static let maximumWork = 200_000_000

    let program: [Instruction]

    enum Instruction: Sendable {
        case scalars(ScalarClass)
        case split(Int, Int)
        case jump(Int)
        case lineStart, lineEnd
        case accept
    }

    /// Why an expression is refused.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    package init(_ expression: String) throws(Problem) {
        guard expression.unicodeScalars.count <= Self.maximumLength else {
            throw Problem(description: "is longer than \(Self.maximumLength) characters")
        }
        var parser = PatternParser(expression)
        let tree = try parser.parse()
        var program: [Instruction] = []
        try Self.compile(tree, into: &program)
        program.append(.accept)
        self.program = program
    }

    private static func compile(_ tree: PatternTree, into program: inout [Instruction]) throws(Problem) {
        guard program.count < maximumSize else { throw Problem(description: "is too large when it is spelled out") }
        switch tree {
        case .empty: break
        case .scalars(let scalars): program.append(.scalars(scalars))
        case .lineStart: program.append(.lineStart)
        case .lineEnd: program.append(.lineEnd)
        case .sequence(let parts): for part in parts { try compile(part, into: &program) }
        case .alternatives(let parts):
            var jumps: [Int] = []
            for part in parts.dropLast() {
                let split = program.count
                program.append(.split(split + 1, 0))
                try compile(part, into: &program)
                jumps.append(program.count)
                program.append(.jump(0))
                program[split] = .split(split + 1, program.count)
            }
            if let last = parts.last { try compile(last, into: &program) }
            for jump in jumps { program[jump] = .jump(program.count) }
        case .repeated(let part, let least, let most):
            for _ in 0..<least { try compile(part, into: &program) }
            guard let most else {
                let split = program.count
                program.append(.split(split + 1, 0))
                try compile(part, into: &program)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
                return
            }
            var splits: [Int] = []
            for _ in least..<max(least, most) {
                splits.append(program.count)
                program.append(.split(program.count + 1, 0))
                try compile(part, into: &program)
            }
            for split in splits { program[split] = .split(split + 1, program.count) }
        }
    }

    /// Whether the whole of `text` matches, or, with `isWhole` false, some part of it. `nil` when finding out would
    /// take more than `maximumWork` steps.
    package func matches(
        _ text: some Sequence<Unicode.Scalar>, isWhole: Bool, maximumWork: Int = Pattern.maximumWork
    ) -> Bool? {
        var matcher = PatternMatcher(program, maximumWork: maximumWork)
        var previous: Unicode.Scalar?
        var iterator = text.makeIterator()
        var next = iterator.next()
        while true {
            if previous == nil || !isWhole { matcher.start(after: previous, before: next) }
            if matcher.isAccepted, !isWhole { return true }
            guard let scalar = next else { return matcher.isAccepted }
            next = iterator.next()
            guard matcher.advance(over: scalar, before: next) else { return nil }
            if matcher.isAccepted, !isWhole { return true }
            if matcher.isDead, isWhole { return false }
            previous = scalar
        }
    }
}

/// Follows all ways through a program at once.
private struct PatternMatcher {
    private let program: [Pattern.Instruction]
    private let maximumWork: Int
    private var current: [Int] = []
    private var marks: [Int]
    private var generation = 1
    private var work = 0
    private(set) var isAccepted = false
    private var stack: [Int] = []

    init(_ program: [Pattern.Instruction], maximumWork: Int) {
        self.program = program
        self.maximumWork = maximumWork
        marks = [Int](repeating: 0, count: program.count)
    }

    var isDead: Bool { current.isEmpty && !isAccepted }

    /// Adds a match that begins here.
    mutating func start(after previous: Unicode.Scalar?, before next: Unicode.Scalar?) {
        var places = current
        follow(0, after: previous, before: next, into: &places)
        current = places
    }

    /// False when it took too long.
    mutating func advance(over scalar: Unicode.Scalar, before next: Unicode.Scalar?) -> Bool {
        generation += 1
        isAccepted = false
        var following: [Int] = []
        for place in current {
            guard case .scalars(let scalars) = program[place], scalars.contains(scalar) else { continue }
            follow(place + 1, after: scalar, before: next, into: &following)
        }
        work += current.count + 1
        current = following
        return work <= maximumWork
    }

    private mutating func follow(
        _ start: Int, after previous: Unicode.Scalar?, before next: Unicode.Scalar?, into places: inout [Int]
    ) {
        stack.append(start)
        while let place = stack.popLast() {
            guard marks[place] != generation else { continue }
            marks[place] = generation
            work += 1
            switch program[place] {
            case .scalars: places.append(place)
            case .split(let one, let other):
                stack.append(other)
                stack.append(one)
            case .jump(let target): stack.append(target)
            case .lineStart: if previous == nil || previous == "\n" { stack.append(place + 1) }
            case .lineEnd: if next == nil || next == "\n" { stack.append(place + 1) }
            case .accept: isAccepted = true
            }
        }
    }
}

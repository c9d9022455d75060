/// What a checker has to say about an output.
package struct CheckResult: Sendable, Hashable {
    package let isAccepted: Bool
    /// The first difference, in one short printable line; `nil` when there is none.
    package let message: String?

    static let accepted = CheckResult(isAccepted: true, message: nil)

    static func rejected(_ message: String) -> CheckResult { CheckResult(isAccepted: false, message: message) }
}

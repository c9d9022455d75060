import Foundation

/// Where the tests find what they test.
enum Checkout {
    /// The root of the source tree.
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    /// A program that was built beside the tests.
    static func program(_ name: String) -> String {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().path + "/" + name
    }
}

/// Waits until `condition` holds, for a minute and more: a busy machine takes its time, and what never comes true fails
/// with `what`.
func eventually(_ what: @autoclosure () -> String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<1500 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(40))
    }
    throw NeverHeld(what: what())
}

private struct NeverHeld: Error {
    let what: String
}

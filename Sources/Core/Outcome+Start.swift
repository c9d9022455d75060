extension Outcome {
    /// What a sandbox writes to standard error when the program that it was told to run cannot be started; the exit
    /// code is then 126 or, when there is no such program, 127, as a shell has it.
    package static let startFailurePrefix = "assay: cannot run "

    /// Whether the program never ran.
    package var failedToStart: Bool {
        guard case .exited(let code) = ending, code == 126 || code == 127 else { return false }
        return stderr.bytes.starts(with: Self.startFailurePrefix.utf8)
    }
}

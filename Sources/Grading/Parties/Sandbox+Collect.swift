import Sandboxing

extension Sandbox {
    /// The files of the work directory; `nil` if they are more than that.
    func collectUnlessTooLarge(bytes: Int, files: Int) async throws(SandboxError) -> FileBundle? {
        do throws(SandboxError) { return try await collect(bytes: bytes, files: files) } catch {
            guard case .tooLarge = error else { throw error }
            return nil
        }
    }
}

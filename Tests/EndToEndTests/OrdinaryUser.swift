import Foundation

/// A user of this machine without any right, and without an account: whatever runs as him was started by one test.
struct OrdinaryUser: Sendable {
    let id: UInt32

    /// What comes before a command so that he runs it.
    var prefix: [String] { ["setpriv", "--reuid=\(id)", "--regid=\(id)", "--clear-groups"] }

    struct Result: Sendable {
        let status: Int32
        let output: String
        let errors: String
        var text: String { output + errors }
    }

    /// Every limit that cannot be enforced without a control group, as the setting that accepts it.
    static let acceptingAll = ["--set", "native.accept-unenforced=memory,processes,cpu-time"]

    /// Runs `assay`. `before` is a command that starts what follows it.
    func assay(_ arguments: [String], before: [String] = []) async throws -> Result {
        try await withScratchDirectory { directory in
            let (output, errors) = (directory + "/out", directory + "/err")
            let child = try ChildProcess(
                before + prefix + [Checkout.program("assay")] + arguments, output: output, errors: errors)
            let status = await child.wait()
            return Result(status: status, output: Self.text(output), errors: Self.text(errors))
        }
    }

    /// Grades one source file by `assay run`.
    func run(
        _ source: String, as name: String = "main.sh", _ arguments: [String] = Self.acceptingAll, before: [String] = []
    ) async throws -> Result {
        try await withScratchDirectory { directory in
            chmod(directory, 0o755)
            try source.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
            return try await assay(["run", "\(directory)/\(name)"] + arguments, before: before)
        }
    }

    /// His processes, by what they were started with, those of his sandboxes among them.
    var processes: [String] {
        let ids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init)
        return ids.compactMap { process in
            let status = Self.text("/proc/\(process)/status")
            guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Uid:") }),
                line.split(whereSeparator: \.isWhitespace).contains("\(id)")
            else { return nil }
            return Self.text("/proc/\(process)/cmdline").replacingOccurrences(of: "\0", with: " ")
        }
    }

    /// What is mounted on this machine: nothing of a sandbox may be.
    static var mounts: [Substring] { text("/proc/self/mountinfo").split(separator: "\n") }

    private static func text(_ path: String) -> String {
        (try? Data(contentsOf: URL(fileURLWithPath: path))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// A Python program that says how many processes it could make beside itself.
enum ForkCount {
    static let source = """
        import os, time
        made = 0
        try:
            while True:
                if os.fork() == 0: time.sleep(60)
                made += 1
        except OSError: print(made)

        """
}

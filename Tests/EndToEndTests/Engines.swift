import Foundation

/// Engines of Docker and Podman for the length of a test, with storage and sockets of their own (`Scripts/with-engines`).
struct Engines {
    let directory: String
    private let child: ChildProcess
    private let end: String

    /// Starts those that are installed. They end with this process, too.
    init(in scratch: String) async throws {
        // Short, because sockets lie in it.
        directory = "/run/assay-engines-\(getpid())"
        end = scratch + "/end"
        let ready = scratch + "/ready"
        let wait = "touch \(ready); while kill -0 \(getpid()) && [ ! -e \(end) ]; do sleep 0.2; done"
        child = try ChildProcess(
            ["ENGINES=\(directory)", Checkout.root + "/Scripts/with-engines", "sh", "-c", wait],
            output: scratch + "/engines.out", errors: scratch + "/engines.err")
        try await eventually("no engine came up") { FileManager.default.fileExists(atPath: ready) }
    }

    var settings: [String] { ["docker-socket=\(socket("docker"))", "podman-socket=\(socket("podman"))"] }

    /// Names of an engine's containers, ended ones too; `nil` without that engine.
    func containers(of engine: String) async throws -> [String]? {
        guard FileManager.default.fileExists(atPath: socket(engine)) else { return nil }
        let answer = try await ChildProcess.run([
            "curl", "--silent", "--max-time", "20", "--unix-socket", socket(engine),
            "http://engine/v1.40/containers/json?all=1",
        ])
        guard answer.status == 0 else { return nil }
        let list = try JSONDecoder().decode(JSONValue.self, from: Data(answer.output.utf8))
        return list.items.flatMap { $0["Names"].items.compactMap(\.string) }
    }

    private func socket(_ engine: String) -> String { "\(directory)/\(engine).sock" }

    func stop() async {
        _ = FileManager.default.createFile(atPath: end, contents: nil)
        _ = await child.wait()
        try? FileManager.default.removeItem(atPath: directory)
    }
}

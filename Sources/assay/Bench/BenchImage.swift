import ArgumentParser
import Core
import Foundation

/// What sandboxes see as their root, with a name for reports.
struct BenchImage {
    let name: String
    let image: SandboxImage

    init(_ text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        if text == "host" {
            (name, image) = (text, .host)
        } else if parts.count == 2, parts[1].hasPrefix("/"), FileManager.default.fileExists(atPath: parts[1]) {
            (name, image) = (parts[0], .directory(parts[1]))
        } else {
            throw ValidationError("--image takes host, or NAME=/DIRECTORY, not '\(text)'.")
        }
    }
}

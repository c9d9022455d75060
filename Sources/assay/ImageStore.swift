import Core
import Foundation
import Glibc

/// The directory where a service keeps its images: each is a directory that holds a root file system.
struct ImageStore {
    /// Absolute.
    let directory: String

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Names of the images, sorted.
    func names() -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return entries.filter { name in
            ImageReference.isName(name) && Self.isDirectory("\(directory)/\(name)")
        }.sorted()
    }

    /// Where an image that is called `name` lies: below the store, or where a path says.
    func path(of name: String) throws -> String {
        if name.contains("/") { return URL(fileURLWithPath: name).standardizedFileURL.path }
        guard ImageReference.isName(name) else { throw Failure(description: "'\(name)' is no name for an image") }
        return "\(directory)/\(name)"
    }

    /// Unpacks an OCI image into `target`: a tar archive of an image layout, or the layout's directory. The newest
    /// `tag` is taken unless one is named. `target` must not exist, and does not until everything is there.
    func unpack(_ archive: String, tag: String?, into target: String) throws {
        guard !FileManager.default.fileExists(atPath: target) else {
            throw Failure(description: "\(target) exists; remove it first")
        }
        let parent = (target as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        // Beside the target, so that the last step is a rename.
        let work = "\(parent)/.unpacking-\(getpid())"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: work) }
        let layout = try layout(of: archive, in: work)
        let tag = try tag ?? onlyTag(of: layout)
        let rootless = geteuid() == 0 ? [] : ["--rootless"]
        try Self.run(
            "umoci", ["raw", "unpack"] + rootless + ["--image", "\(layout):\(tag)", "\(work)/root"],
            package: "umoci")
        // What the programs of every user shall be able to enter.
        guard chmod("\(work)/root", 0o755) == 0, rename("\(work)/root", target) == 0 else {
            throw Failure(description: "\(target): \(String(cString: strerror(errno)))")
        }
    }

    private func layout(of archive: String, in work: String) throws -> String {
        guard FileManager.default.fileExists(atPath: archive) else {
            throw Failure(description: "\(archive) does not exist")
        }
        var layout = archive
        if !Self.isDirectory(archive) {
            layout = "\(work)/layout"
            try FileManager.default.createDirectory(atPath: layout, withIntermediateDirectories: true)
            try Self.run(
                "tar", ["--extract", "--no-same-owner", "--file", archive, "--directory", layout], package: "tar")
        }
        guard FileManager.default.fileExists(atPath: layout + "/oci-layout") else {
            throw Failure(
                description: "\(archive) is no OCI image; skopeo makes one: skopeo copy docker-archive:FILE "
                    + "oci-archive:OTHER:latest")
        }
        return layout
    }

    private struct Index: Decodable {
        struct Manifest: Decodable { var annotations: [String: String]? }
        var manifests: [Manifest]
    }

    private func onlyTag(of layout: String) throws -> String {
        let data = try Data(contentsOf: URL(fileURLWithPath: layout + "/index.json"))
        let index = try JSONDecoder().decode(Index.self, from: data)
        let tags = index.manifests.compactMap { $0.annotations?["org.opencontainers.image.ref.name"] }
        guard let tag = tags.first, tags.count == 1 else {
            throw Failure(
                description: "name a tag with --tag: \(tags.isEmpty ? "none is there" : tags.joined(separator: ", "))")
        }
        return tag
    }

    private static func run(_ program: String, _ arguments: [String], package: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = FileHandle.standardError
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus == 127 {
            throw Failure(description: "\(program) is not installed; package \(package) provides it")
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw Failure(description: "\(program) failed")
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}

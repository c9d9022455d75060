package import Foundation

/// PNG files of pictures, for those who write papers. Made by `rsvg-convert` of Debian's librsvg2-bin.
package enum RasterPicture {
    private static let program = "/usr/bin/rsvg-convert"
    /// Pixels for each unit of the picture.
    private static let zoom = "2"

    package static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: program) }

    /// How to make it available.
    package static let remedy = "no PNG files: rsvg-convert is missing (apt-get install librsvg2-bin)"

    /// Converts the SVG file at `source`.
    package static func convert(_ source: URL, to target: URL) throws {
        let process = try HostProcess([program, "--zoom", zoom, "--output", target.path, source.path])
        let status = process.wait()
        guard status == 0 else {
            throw BenchmarkError.unreadable(source.path, reason: "rsvg-convert ended with status \(status)")
        }
    }
}

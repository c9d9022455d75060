import Glibc

/// A tar archive (ustar) of a small directory tree: how a root comes into an engine.
struct TarArchive {
    private(set) var bytes: [UInt8] = []

    /// Everything below `directory`, all owned by root.
    init(of directory: String) throws(SandboxError) {
        try append(directory, below: "")
        bytes += [UInt8](repeating: 0, count: 1024)
    }

    private mutating func append(_ directory: String, below name: String) throws(SandboxError) {
        for entry in HostFile.entries(directory) {
            let path = "\(directory)/\(entry)"
            let inner = name.isEmpty ? entry : "\(name)/\(entry)"
            if let target = HostFile.linkTarget(path) {
                try appendHeader(inner, type: "2", mode: 0o777, link: target)
            } else if HostFile.isDirectory(path) {
                try appendHeader(inner + "/", type: "5", mode: 0o755)
                try append(path, below: inner)
            } else {
                let contents = Array(HostFile.text(path).utf8)
                try appendHeader(inner, type: "0", mode: 0o644, size: contents.count)
                bytes += contents + [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
            }
        }
    }

    private mutating func appendHeader(
        _ name: String, type: Character, mode: Int, size: Int = 0, link: String = ""
    ) throws(SandboxError) {
        guard name.utf8.count < 100, link.utf8.count < 100 else {
            throw .setupFailed(step: "archive \(name)", errno: ENAMETOOLONG)
        }
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(name, at: 0)
        put(octal(mode, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(size, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put(link, at: 157)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        bytes += header
    }
}

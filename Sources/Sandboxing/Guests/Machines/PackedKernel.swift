import Glibc

/// A kernel as distributions pack it: a small program that unpacks the real kernel, which follows it. Firecracker does
/// not start that program, but the kernel itself.
struct PackedKernel: Sendable {
    let path: String

    /// How long unpacking some ten MiB may take on a host that is busy.
    private static let limit = Duration.seconds(120)
    /// Bytes of a kernel that is packed.
    private static let sizeLimit = 256 << 20

    private struct Format {
        var magic: [UInt8]
        var program: String
        /// The Debian package of the program.
        var package: String
        /// Whether the kernel's build puts the unpacked size behind the stream: gzip has it in the stream.
        var hasSizeBehind = true
    }

    private static let formats = [
        Format(magic: [0x02, 0x21, 0x4c, 0x18], program: "lz4", package: "lz4"),
        Format(magic: [0xfd, 0x37, 0x7a, 0x58], program: "xz", package: "xz-utils"),
        Format(magic: [0x28, 0xb5, 0x2f, 0xfd], program: "zstd", package: "zstd"),
        Format(magic: [0x1f, 0x8b, 0x08], program: "gzip", package: "gzip", hasSizeBehind: false),
    ]
    private static let sizeBytes = 4
    private static let executableMagic: [UInt8] = [0x7f, 0x45, 0x4c, 0x46]

    /// Where Linux's boot protocol for x86 keeps what is needed here, in bytes from the file's start.
    private enum Field {
        static let setupSectors = 0x1f1
        static let magic = 0x202
        static let payloadOffset = 0x248
        static let payloadSize = 0x24c
        static let end = 0x250
    }

    /// What is missing to unpack it; `nil` if nothing is.
    var problem: (reason: String, remedy: String)? {
        guard let file = try? opened(), let format = try? format(of: file, at: payload(of: file)) else {
            return ("\(path) is no kernel that can be unpacked", "run Scripts/guest-kernel")
        }
        guard ChildProcess.find(format.program) == nil else { return nil }
        return ("\(format.program), which unpacks the kernel, is not installed", "apt-get install \(format.package)")
    }

    /// Writes the kernel itself, an executable, to `target`.
    func unpack(to target: String) async throws(SandboxError) {
        let file = try opened()
        let payload = try payload(of: file)
        let format = try format(of: file, at: payload)
        guard let program = ChildProcess.find(format.program) else {
            throw .setupFailed(step: "find \(format.program)", errno: ENOENT)
        }
        let bytes = try file.contents(payload.count, from: payload.lowerBound)
        let packed = try Descriptor.sealed("kernel", format.hasSizeBehind ? bytes.dropLast(Self.sizeBytes) : bytes)
        let number = open(target, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw .setupFailed(step: "create \(target)", errno: errno) }
        let unpacked = Descriptor(number)
        let process = try ChildProcess.spawn([program, "-dcq"], input: packed, output: unpacked)
        if await process.wait(atMost: Self.limit) == nil {
            process.kill()
            await process.wait()
        }
        guard unpacked.size == Self.number(bytes.suffix(Self.sizeBytes)),
            try unpacked.contents(Self.executableMagic.count) == Self.executableMagic
        else { throw .lost("\(format.program) could not unpack \(path)") }
    }

    private func opened() throws(SandboxError) -> Descriptor {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .setupFailed(step: "open \(path)", errno: errno) }
        return Descriptor(number)
    }

    /// Where the packed kernel lies in the file.
    private func payload(of file: Descriptor) throws(SandboxError) -> Range<Int> {
        let head = try file.contents(Field.end)
        // The program that unpacks follows the sectors that start it, of which there is one more than is said.
        let start = (Int(head[Field.setupSectors]) + 1) * 512 + Self.number(head[Field.payloadOffset...].prefix(4))
        let size = Self.number(head[Field.payloadSize...].prefix(4))
        guard head[Field.magic...].starts(with: Array("HdrS".utf8)), Self.sizeBytes < size, size <= Self.sizeLimit,
            start + size <= file.size
        else { throw .lost("\(path) is no kernel") }
        return start..<start + size
    }

    private func format(of file: Descriptor, at payload: Range<Int>) throws(SandboxError) -> Format {
        let start = try file.contents(Self.sizeBytes, from: payload.lowerBound)
        guard let format = Self.formats.first(where: { start.starts(with: $0.magic) }) else {
            throw .lost("\(path) is packed in an unknown way")
        }
        return format
    }

    /// A number of the boot protocol's or of the kernel's build: the lowest byte comes first.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
}

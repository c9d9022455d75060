import Glibc

/// What a virtual machine boots from: a kernel of the distribution, and an initial RAM file system of ours with its
/// drivers, our guest as the first process, and the small root that every sandbox sees.
struct MachineImage: Sendable {
    /// The kernel, as the distribution packs it.
    let kernel: String
    /// Release of the kernel, for its version.
    let release: String
    private let modules: [String]

    /// What a machine reaches the service and the host's programs through.
    enum Devices: Sendable {
        /// A serial port and a shared file system, on PCI.
        case portAndFiles
        /// A socket and a block device, which the firmware's tables tell of.
        case socketAndBlocks

        /// Drivers in the order in which they need each other; one that is built in or absent is left out, but for the
        /// last.
        fileprivate var drivers: [String] {
            let virtio = ["drivers/virtio/virtio_ring.ko", "drivers/virtio/virtio.ko"]
            return switch self {
            case .portAndFiles:
                virtio + [
                    "drivers/virtio/virtio_pci_legacy_dev.ko", "drivers/virtio/virtio_pci_modern_dev.ko",
                    "drivers/virtio/virtio_pci.ko", "drivers/char/virtio_console.ko", "fs/fuse/fuse.ko",
                    "fs/fuse/virtiofs.ko",
                ]
            case .socketAndBlocks:
                virtio + [
                    "drivers/virtio/virtio_mmio.ko", "drivers/block/virtio_blk.ko", "net/vmw_vsock/vsock.ko",
                    "net/vmw_vsock/vmw_vsock_virtio_transport_common.ko",
                    "net/vmw_vsock/vmw_vsock_virtio_transport.ko", "fs/squashfs/squashfs.ko",
                ]
            }
        }
    }

    /// Finds a kernel in `directory`, which is laid out like the root of the kernel's package: `boot/vmlinuz-…` and
    /// `lib/modules/…`. The last one by name counts.
    static func find(in directory: String, for devices: Devices) -> MachineImage? {
        for name in HostFile.entries(directory + "/boot").reversed() where name.hasPrefix("vmlinuz-") {
            let release = String(name.dropFirst("vmlinuz-".count))
            for modules in [
                "\(directory)/lib/modules/\(release)/kernel", "\(directory)/usr/lib/modules/\(release)/kernel",
            ] {
                let wanted = devices.drivers.map { "\(modules)/\($0)" }
                let found = wanted.filter { HostFile.isReadable($0) }
                if found.last == wanted.last {
                    return MachineImage(kernel: "\(directory)/boot/\(name)", release: release, modules: found)
                }
            }
        }
        return nil
    }

    /// Writes the initial RAM file system for `layout` and the guest's program, and returns its path.
    func writeArchive(_ layout: RootLayout, program: String, to path: String) throws(SandboxError) {
        var archive = CPIOArchive()
        try archive.add(treeAt: layout.skeleton, leavingOut: ["dev"])
        archive.addDirectory("dev")
        archive.addDirectory("sys")
        for bind in layout.binds where bind.host != "/usr" {
            // Configuration is copied; programs and libraries come over the shared file system.
            if HostFile.isDirectory(bind.host) {
                try archive.add(treeAt: bind.host, under: String(bind.target.dropFirst()))
            } else {
                try archive.addFile(String(bind.target.dropFirst()), from: bind.host)
            }
        }
        var list = ""
        for module in modules {
            let name = ".assay/\(module.split(separator: "/").last!)"
            try archive.addFile(name, from: module)
            list += "/\(name)\n"
        }
        archive.addFile(".assay/modules", Array(list.utf8))
        try archive.addFile("init", from: program, mode: 0o755)
        try HostFile.create(path, archive.finished)
    }
}

/// An archive in the format that the kernel unpacks into its first root: cpio, "new ASCII".
struct CPIOArchive {
    private var bytes: [UInt8] = []
    private var next = 1

    mutating func addDirectory(_ name: String) { add(name, mode: 0o040755, []) }

    mutating func addFile(_ name: String, _ contents: [UInt8], mode: Int = 0o644) {
        add(name, mode: 0o100000 | mode, contents)
    }

    mutating func addFile(_ name: String, from path: String, mode: Int = 0o644) throws(SandboxError) {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .setupFailed(step: "read \(path)", errno: errno) }
        let file = Descriptor(number)
        addFile(name, try file.contents(file.size), mode: mode)
    }

    mutating func addLink(_ name: String, to target: String) { add(name, mode: 0o120777, Array(target.utf8)) }

    /// Everything below a directory of the host that anybody may read.
    mutating func add(treeAt path: String, under name: String = "", leavingOut left: [String] = []) throws(SandboxError)
    {
        if !name.isEmpty { addDirectory(name) }
        for entry in HostFile.entries(path) where !left.contains(entry) {
            let (source, inner) = ("\(path)/\(entry)", name.isEmpty ? entry : "\(name)/\(entry)")
            var status = stat()
            guard lstat(source, &status) == 0 else { continue }
            if let target = HostFile.linkTarget(source) {
                addLink(inner, to: target)
            } else if HostFile.isDirectory(source) {
                try add(treeAt: source, under: inner)
            } else if status.st_mode & S_IFMT == S_IFREG, status.st_mode & S_IROTH != 0 {
                try addFile(inner, from: source)
            }
        }
    }

    /// The archive with its end.
    var finished: [UInt8] {
        var copy = self
        copy.add("TRAILER!!!", mode: 0, [])
        return copy.bytes
    }

    private mutating func add(_ name: String, mode: Int, _ contents: [UInt8]) {
        func hex(_ number: Int) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }
        let fields = [next, mode, 0, 0, 1, 0, contents.count, 0, 0, 0, 0, name.utf8.count + 1, 0]
        bytes += Array(("070701" + fields.map(hex).joined() + name).utf8) + [0]
        pad()
        bytes += contents
        pad()
        next += 1
    }

    private mutating func pad() { while bytes.count % 4 != 0 { bytes.append(0) } }
}

import Core
import Glibc
package import Logging

/// Virtual machines of QEMU: a kernel for each sandbox. The host's programs are shown through a shared file system
/// (virtiofs), read-only; the guest speaks over a virtual serial port.
struct QEMU: GuestTechnology {
    let name = BackendName.qemu
    let traits = GuestTraits(accounting: .ownGroup, startLimit: .seconds(120), storages: [.engine])
    private let program = ChildProcess.find("qemu-system-x86_64")
    private let fileServer = ["/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd"].lazy.compactMap(ChildProcess.find)
        .first
    private let image: MachineImage?
    private let kernelDirectory: String
    private let memory: Int
    private let usesKVM: Bool
    private let archive: ArchiveFile

    /// `memory` is what each machine has, in bytes: the most that a program in it can use, and some for its kernel.
    init(_ configuration: GuestConfiguration, kernelDirectory: String, memory: Int, usesKVM: Bool) {
        self.kernelDirectory = kernelDirectory
        self.memory = memory
        self.usesKVM = usesKVM
        image = MachineImage.find(in: kernelDirectory)
        archive = ArchiveFile("\(configuration.directory)/\(name)/root.cpio")
    }

    func probe() async -> BackendReport {
        let probe = ContainerProbe(
            name: name, program: program, package: "qemu-system-x86", version: ["--version"], isolation: .virtualMachine
        )
        return await probe.report { report in
            report.capabilities = .init(
                cpuTime: true, memory: true, processes: true, output: true, disk: true, cpuPinning: false,
                networkModes: ["none"], isRootless: false)
            report.storages = [StorageReport(.engine, detail: "initial RAM file system, and virtiofs")]
            report.version += usesKVM ? " (KVM)" : " (emulated)"
            guard case .available = report.availability else { return }
            if fileServer == nil {
                report.availability = .unavailable(
                    reason: "there is no virtiofsd", remedy: "apt-get install qemu-system-common")
            } else if let image {
                report.version += ", Linux \(image.release)"
            } else {
                report.availability = .unavailable(
                    reason: "there is no kernel with its modules below \(kernelDirectory)",
                    remedy: "run Scripts/guest-kernel")
            }
        }
    }

    func start(_ site: GuestSite) async throws(SandboxError) -> any GuestCarrier {
        guard let program, let fileServer, let image else {
            throw .unavailable(backend: name, reason: "see `assay doctor`")
        }
        let archive = try await archive.path(image, site)
        let log = try site.place.makeLog()
        let filesSocket = site.place.path + "/files"
        let files = try ChildProcess.spawn(
            [
                fileServer, "--socket-path=\(filesSocket)", "-o", "source=/usr,sandbox=namespace,cache=always",
            ], output: log)
        for _ in 0..<500 where access(filesSocket, F_OK) != 0 && files.status == nil {
            try? await Task.sleep(for: .milliseconds(5))
        }
        let arguments = [
            program, "-M", "q35", "-accel", usesKVM ? "kvm" : "tcg", "-cpu", usesKVM ? "host" : "max", "-smp", "1",
            "-m", "\(memory >> 20)M", "-object", "memory-backend-memfd,id=mem,size=\(memory >> 20)M,share=on", "-numa",
            "node,memdev=mem", "-nodefaults", "-no-user-config", "-nographic", "-no-reboot", "-sandbox", "on",
            "-serial", "file:\(site.place.path)/console", "-kernel", image.kernel, "-initrd", archive, "-append",
            "console=ttyS0 quiet no_timer_check panic=-1 random.trust_cpu=on -- guest machine", "-device",
            "virtio-serial-pci",
            "-chardev", "socket,id=control,path=\(site.place.socketPath)", "-device",
            "virtserialport,chardev=control,name=assay", "-chardev", "socket,id=files,path=\(filesSocket)", "-device",
            "vhost-user-fs-pci,chardev=files,tag=usr",
        ]
        do throws(SandboxError) {
            let machine = try ChildProcess.spawn(arguments, output: log)
            try? HostFile.create(site.place.path + "/pids", Array("\(machine.pid) \(files.pid)".utf8))
            return MachineCarrier(machine: machine, files: files, place: site.place)
        } catch {
            files.kill()
            throw error
        }
    }

    /// Machines are processes in sessions of their own: they outlive a service that is killed until they notice that
    /// their port is closed.
    func removeLeftover(_ place: SandboxPlace) async {
        for pid in HostFile.text(place.path + "/pids").split(separator: " ").compactMap({ pid_t($0) }) where pid > 1 {
            let command = HostFile.text("/proc/\(pid)/cmdline")
            // The number may be somebody else's by now.
            if command.contains(place.path) { kill(pid, SIGKILL) }
        }
    }
}

private struct MachineCarrier: GuestCarrier {
    let machine: ChildProcess
    let files: ChildProcess
    let place: SandboxPlace

    func failure() async -> String {
        await machine.wait()
        let console = HostFile.text(place.path + "/console").split(separator: "\n").suffix(3).joined(separator: "; ")
        return "its machine ended: \(place.lastWords); \(console)"
    }

    func end() async {
        // There is nothing in it to be saved.
        machine.kill()
        await machine.wait()
        files.kill()
        await files.wait()
    }
}

/// The initial RAM file system, written at first use.
private actor ArchiveFile {
    private let file: String
    private var isWritten = false

    init(_ file: String) { self.file = file }

    func path(_ image: MachineImage, _ site: GuestSite) throws(SandboxError) -> String {
        if !isWritten { try image.writeArchive(site.layout, program: site.program, to: file) }
        isWritten = true
        return file
    }
}

extension GuestBackend {
    /// Where `Scripts/guest-kernel` unpacks a kernel.
    package static let defaultKernelDirectory = "/var/lib/assay/kernel"

    package static func qemu(
        _ configuration: GuestConfiguration, kernelDirectory: String = defaultKernelDirectory, memory: Int = 1 << 30,
        usesKVM: Bool = false, logger: Logger
    ) -> GuestBackend {
        GuestBackend(
            QEMU(configuration, kernelDirectory: kernelDirectory, memory: memory, usesKVM: usesKVM), configuration,
            logger: logger)
    }
}

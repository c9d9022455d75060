import CSandbox
import Core
import Glibc
package import Logging

/// Virtual machines of QEMU: a kernel for each sandbox. One machine is booted and its state saved; every sandbox goes on
/// from there, with a copy of its memory: only what was ever written is copied, not all that it may use. The host's programs are shown through a shared file system (virtiofs), read-only, which is plugged in
/// then; the guest speaks over a virtual serial port.
struct QEMU: GuestTechnology {
    let name = BackendName.qemu
    let traits = GuestTraits.machine
    private let program = ChildProcess.find("qemu-system-x86_64")
    private let fileServer = ["/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd"].lazy.compactMap(ChildProcess.find)
        .first
    private let image: MachineImage?
    private let kernelDirectory: String
    private let memory: Int
    private let usesKVM: Bool
    private let template: MachineTemplate

    /// `memory` is what each machine has, in bytes: the most that a program in it can use, and some for its kernel.
    init(_ configuration: GuestConfiguration, kernelDirectory: String, memory: Int, usesKVM: Bool) {
        self.kernelDirectory = kernelDirectory
        self.memory = memory
        self.usesKVM = usesKVM
        image = MachineImage.find(in: kernelDirectory, for: .portAndFiles)
        template = MachineTemplate(SandboxPlace.ours("template", in: "\(configuration.directory)/\(name)"))
    }

    func probe() async -> BackendReport {
        let probe = ContainerProbe(
            name: name, program: program, package: "qemu-system-x86", version: ["--version"], isolation: .virtualMachine
        )
        return await probe.report { report in
            report.capabilities = .machine
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
        let saved = try await template.machine(memory: memory) { place, memory throws(SandboxError) in
            let archive = place.path + "/root.cpio"
            try image.writeArchive(site.layout, program: site.program, to: archive)
            let arguments =
                [program] + machine(at: place, memory: memory) + ["-kernel", image.kernel, "-initrd", archive]
            return try ChildProcess.spawn(
                arguments + [
                    "-append", "console=ttyS0 quiet no_timer_check panic=-1 random.trust_cpu=on -- guest machine port",
                ], output: try place.makeLog())
        }
        let log = try site.place.makeLog()
        let filesSocket = site.place.path + "/files"
        let files = try ChildProcess.spawn(
            [fileServer, "--socket-path=\(filesSocket)", "-o", "source=/usr,sandbox=namespace,cache=always"],
            output: log)
        do throws(SandboxError) {
            for _ in 0..<2000 where access(filesSocket, F_OK) != 0 && files.status == nil {
                try? await Task.sleep(for: .milliseconds(2))
            }
            let (state, memory) = try await saved.copy()
            let machine = try ChildProcess.spawn(
                [program] + machine(at: site.place, memory: memory) + [
                    "-kernel", image.kernel, "-initrd", template.place.path + "/root.cpio", "-incoming", "defer",
                    "-chardev", "socket,id=files,path=\(filesSocket)",
                ], input: state, output: log)
            let carrier = MachineCarrier(machine: machine, files: files, place: site.place)
            do throws(SandboxError) { try await goOn(machine, at: site.place) } catch {
                await carrier.end()
                throw error
            }
            // Until now QEMU may not have opened it.
            withExtendedLifetime(memory) {}
            return carrier
        } catch {
            files.kill()
            throw error
        }
    }

    /// What the machine that is saved and those that go on from it have in common. Their memory is a file of this
    /// process, so that the file server can see it and a state need not hold it.
    private func machine(at place: SandboxPlace, memory file: Descriptor) -> [String] {
        [
            "-M", "q35", "-accel", usesKVM ? "kvm" : "tcg", "-cpu", usesKVM ? "host" : "max", "-smp", "1",
            "-m", "\(memory >> 20)M", "-object",
            "memory-backend-file,id=mem,size=\(memory >> 20)M,share=on,mem-path=/proc/\(getpid())/fd/\(file.number)",
            "-numa", "node,memdev=mem", "-nodefaults", "-no-user-config", "-nographic", "-no-reboot", "-sandbox", "on",
            "-serial", "file:\(place.path)/console", "-qmp", "unix:\(place.path)/qmp,server=on,wait=off",
            "-device", "pcie-root-port,id=assay-port,chassis=1", "-device", "virtio-serial-pci",
            "-chardev", "socket,id=control,path=\(place.socketPath)", "-device",
            "virtserialport,chardev=control,name=assay",
        ]
    }

    /// Lets the machine take over the saved state, and plugs the shared file system in.
    private func goOn(_ machine: ChildProcess, at place: SandboxPlace) async throws(SandboxError) {
        try await onThread { () throws(SandboxError) in
            var control = try QMPClient(at: place.path + "/qmp", within: traits.startLimit) { machine.status != nil }
            try control.loadState(within: traits.startLimit)
            try control.command(
                "device_add", ["driver": "vhost-user-fs-pci", "chardev": "files", "tag": "usr", "bus": "assay-port"])
            try control.command("cont")
        }
    }

    /// Machines are processes in sessions of their own: they outlive a service that is killed until they notice that
    /// their port is closed, and one that is paused never does. Both programs are told the place on their command line.
    func removeLeftover(_ place: SandboxPlace) async {
        await HostProcess.end(at: place, running: [program, fileServer])
    }

    func shutdown() async { await template.remove() }
}

/// A machine that was booted and waits for its first message.
private struct SavedMachine: Sendable {
    let statePath: String
    let memory: Descriptor

    /// What one machine needs to go on from there: the state, to be read once, and memory of its own.
    func copy() async throws(SandboxError) -> (state: Descriptor, memory: Descriptor) {
        let file = open(statePath, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .setupFailed(step: "open the machine's state", errno: errno) }
        let state = Descriptor(file)
        let copied = Once<Result<Descriptor, SandboxError>>()
        startThread {
            do throws(SandboxError) { copied.resolve(.success(try memory.memoryCopy("machine"))) } catch {
                copied.resolve(.failure(error))
            }
        }
        return (state, try await copied.value.get())
    }
}

/// The machine that all others go on from, booted at first use.
private actor MachineTemplate {
    /// Starts a machine at a place, with its memory in a file.
    typealias Boot = @Sendable (SandboxPlace, Descriptor) throws(SandboxError) -> ChildProcess

    nonisolated let place: SandboxPlace
    private var making: Task<SavedMachine, any Error>?

    /// How long the machine may take to boot, and its state to be written.
    private static let limit = Duration.seconds(180)

    init(_ place: SandboxPlace) { self.place = place }

    /// The saved machine, with `memory` bytes.
    func machine(memory: Int, _ boot: @escaping Boot) async throws(SandboxError) -> SavedMachine {
        let place = place
        let making = making ?? Task { try await Self.make(at: place, memory, boot) }
        self.making = making
        do { return try await making.value } catch {
            self.making = nil
            place.remove()
            throw error as? SandboxError ?? .lost("\(error)")
        }
    }

    private static func make(
        at place: SandboxPlace, _ size: Int, _ boot: Boot
    ) async throws(SandboxError) -> SavedMachine {
        let memory = try Descriptor.memoryFile("machine", size: size)
        try HostFile.makeDirectories(place.shared)
        let listener = try GuestListener(at: place.socketPath)
        let machine = try boot(place, memory)
        let path = place.path + "/state"
        do throws(SandboxError) {
            let port = try await listener.accept(within: limit) {
                await machine.wait()
                return place.lastWords
            }
            try await onThread { () throws(SandboxError) in
                try Self.awaitHello(from: port)
                var control = try QMPClient(at: place.path + "/qmp", within: limit) { machine.status != nil }
                try control.saveState(to: path, within: limit)
            }
        } catch {
            machine.kill()
            let console = HostFile.text(place.path + "/console").split(separator: "\n").suffix(3)
            throw .lost("no machine could be booted: \(error); \(console.joined(separator: "; "))")
        }
        machine.kill()
        await machine.wait()
        return SavedMachine(statePath: path, memory: memory)
    }

    /// The guest says once that it is there; those that go on from its state do not say it again.
    private static func awaitHello(from port: Descriptor) throws(SandboxError) {
        var timeout = timeval(tv_sec: Int(limit.components.seconds), tv_usec: 0)
        setsockopt(port.number, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var header = assay_header()
        let size = MemoryLayout<assay_header>.size
        guard recv(port.number, &header, size, Int32(MSG_WAITALL)) == size,
            header.kind == UInt32(ASSAY_GUEST_HELLO)
        else { throw .lost("its guest said nothing") }
    }

    func remove() async {
        _ = try? await making?.value
        making = nil
        place.remove()
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

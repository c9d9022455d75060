import CSandbox
import Core
import Glibc
package import Logging

/// Virtual machines of Firecracker: a kernel for each sandbox, which is booted for it. The host's programs are a
/// read-only block device; the guest speaks over a socket between machine and host.
struct Firecracker: GuestTechnology {
    let name = BackendName.firecracker
    let traits = GuestTraits.machine
    private let program: String?
    private let memory: Int
    private let probing: FirecrackerProbe
    private let boot: MachineBoot

    private static let kernelArguments =
        "console=ttyS0 quiet reboot=k panic=-1 pci=off i8042.noaux i8042.nomux i8042.dumbkbd random.trust_cpu=on"
        + " -- guest machine socket"

    /// `memory` is what each machine has, in bytes: the most that a program in it can use, and some for its kernel.
    /// `programs` is the host's directory that it finds as `/usr`.
    init(
        _ configuration: GuestConfiguration, kernelDirectory: String, memory: Int, program: String, device: String,
        programs: String
    ) {
        self.memory = memory
        self.program = ChildProcess.find(program)
        let image = MachineImage.find(in: kernelDirectory, for: .socketAndBlocks)
        probing = FirecrackerProbe(
            program: self.program, device: device, image: image, kernelDirectory: kernelDirectory)
        boot = MachineBoot(
            image, programs: ProgramsImage(tree: programs, directory: kernelDirectory),
            at: SandboxPlace.ours("boot", in: "\(configuration.directory)/\(name)"))
    }

    func probe() async -> BackendReport { await probing.report() }

    func start(_ site: GuestSite) async throws(SandboxError) -> any GuestCarrier {
        guard let program else { throw .unavailable(backend: name, reason: "see `assay doctor`") }
        let files = try await boot.files(for: site)
        let place = site.place
        // Firecracker connects to this name for the guest.
        let socket = place.shared + "/machine"
        guard symlink(place.socketPath, "\(socket)_\(ASSAY_GUEST_SOCKET_PORT)") == 0 else {
            throw .setupFailed(step: "name the guest's socket", errno: errno)
        }
        let api = FirecrackerAPI(at: place.path + "/api")
        let process = try ChildProcess.spawn(
            [program, "--api-sock", api.path, "--id", place.name], output: try place.makeLog())
        // There is nothing in it to be saved.
        let carrier = ProcessCarrier(process: process, place: place, patience: .zero)
        do throws(SandboxError) {
            try await api.awaitAnswer(within: traits.startLimit) { process.status != nil }
            try await api.start(
                .init(
                    kernel: files.kernel, archive: files.archive, arguments: Self.kernelArguments, memory: memory,
                    programs: files.programs, socket: socket))
        } catch {
            await carrier.end()
            throw .unavailable(backend: name, reason: "\(error); \(place.lastWords)")
        }
        return carrier
    }

    /// Machines outlive a service that is killed until they notice that nobody listens any more.
    func removeLeftover(_ place: SandboxPlace) async { await HostProcess.end(at: place, running: [program]) }

    func shutdown() async { await boot.remove() }
}

extension GuestBackend {
    package static func firecracker(
        _ configuration: GuestConfiguration, kernelDirectory: String = defaultKernelDirectory, memory: Int = 1 << 30,
        program: String = "firecracker", device: String = "/dev/kvm", programs: String = "/usr", logger: Logger
    ) -> GuestBackend {
        let technology = Firecracker(
            configuration, kernelDirectory: kernelDirectory, memory: memory, program: program, device: device,
            programs: programs)
        return GuestBackend(technology, configuration, logger: logger)
    }
}

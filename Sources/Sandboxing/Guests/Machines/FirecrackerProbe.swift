import Core
import Glibc

/// Whether Firecracker and all that it needs are here.
struct FirecrackerProbe: Sendable {
    var program: String?
    /// Where KVM is: there is no emulation to fall back to.
    var device: String
    var image: MachineImage?
    var kernelDirectory: String

    /// Earlier ones tell of devices on the kernel's command line, which Debian's kernel does not read.
    static let leastVersion = [1, 8]

    func report() async -> BackendReport {
        var report = BackendReport(
            name: .firecracker, version: "", availability: .available, isolation: .virtualMachine,
            capabilities: .machine)
        report.storages = [StorageReport(.engine, detail: "initial RAM file system, and squashfs")]
        if let program, let answer = try? await ChildProcess.output(of: [program, "--version"]) {
            report.version = Self.version(in: answer.text) ?? ""
        }
        if let (reason, remedy) = problem(report.version) {
            report.availability = .unavailable(reason: reason, remedy: remedy)
        } else if let image {
            report.version += ", Linux \(image.release)"
        }
        return report
    }

    private func problem(_ version: String) -> (reason: String, remedy: String)? {
        if program == nil {
            return (
                "firecracker is not installed",
                "put its program into /usr/local/bin (Debian has no package of it), or use the backend qemu"
            )
        }
        let numbers = version.split(separator: ".").map { Int($0) ?? 0 }
        if numbers.lexicographicallyPrecedes(Self.leastVersion) {
            return ("firecracker's version is '\(version)'", "install firecracker 1.8 or newer")
        }
        if let error = deviceError {
            return (
                "\(device) cannot be used: \(String(cString: strerror(error)))",
                "enable virtualisation, or use the backend qemu, which can emulate"
            )
        }
        if geteuid() != 0 { return ("the service is not root", "start assay as root") }
        if ChildProcess.find(ProgramsImage.maker) == nil {
            return ("there is no \(ProgramsImage.maker)", "apt-get install \(ProgramsImage.package)")
        }
        guard let image else {
            return ("there is no kernel with its modules below \(kernelDirectory)", "run Scripts/guest-kernel")
        }
        return PackedKernel(path: image.kernel).problem
    }

    private var deviceError: Int32? {
        let number = open(device, O_RDWR | O_CLOEXEC)
        if number < 0 { return errno }
        close(number)
        return nil
    }

    /// `Firecracker v1.13.1` is its first line; what it logs may follow.
    static func version(in text: String) -> String? {
        let words = text.split { $0 == " " || $0 == "\n" }
        return words.first { $0.hasPrefix("v") && $0.dropFirst().first?.isNumber == true }.map {
            String($0.dropFirst())
        }
    }
}

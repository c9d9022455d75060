/// What one run of one command may use. Every property is enforced or the run is refused.
package struct Limits: Sendable, Hashable, Codable {
    /// CPU time of all processes together, user and system.
    package var cpuTime: Duration
    /// Time on the clock, measured by the service from launch.
    package var wallTime: Duration
    /// Memory of all processes together, page cache and tmpfs included, in bytes.
    package var memory: Int
    /// Address space of each process in bytes; `nil` leaves it unlimited.
    package var addressSpace: Int?
    /// Stack of each process in bytes.
    package var stack: Int
    /// Processes and threads alive at the same time.
    package var processes: Int
    /// Descriptors open in each process.
    package var openFiles: Int
    /// Size of each file written, in bytes.
    package var fileSize: Int
    /// Size of the work directory, in bytes.
    package var workSize: Int
    /// Files and directories in the work directory.
    package var workFiles: Int
    /// Bytes kept of standard output, and as many of standard error; the run ends when either would grow beyond.
    package var output: Int
    /// CPUs that the run may use at the same time.
    package var cpus: Int

    package init(
        cpuTime: Duration = .seconds(5), wallTime: Duration = .seconds(15), memory: Int = 256 << 20,
        addressSpace: Int? = nil, stack: Int = 64 << 20, processes: Int = 64, openFiles: Int = 256,
        fileSize: Int = 64 << 20, workSize: Int = 128 << 20, workFiles: Int = 4096, output: Int = 1 << 20,
        cpus: Int = 1
    ) {
        self.cpuTime = cpuTime
        self.wallTime = wallTime
        self.memory = memory
        self.addressSpace = addressSpace
        self.stack = stack
        self.processes = processes
        self.openFiles = openFiles
        self.fileSize = fileSize
        self.workSize = workSize
        self.workFiles = workFiles
        self.output = output
        self.cpus = cpus
    }

    /// What a submission gets when neither it, its task nor its language asks for anything.
    package static let `default` = Limits()

    /// The most that anybody may ask for, until the operator says otherwise.
    package static let ceiling = Limits(
        cpuTime: .seconds(300), wallTime: .seconds(900), memory: 4 << 30, addressSpace: 64 << 40, stack: 1 << 30,
        processes: 1024, openFiles: 4096, fileSize: 1 << 30, workSize: 2 << 30, workFiles: 200_000,
        output: 64 << 20, cpus: 64)

    /// The least that means anything.
    package static let floor = Limits(
        cpuTime: .milliseconds(10), wallTime: .milliseconds(10), memory: 4 << 20, addressSpace: 4 << 20,
        stack: 64 << 10, processes: 1, openFiles: 8, fileSize: 0, workSize: 64 << 10, workFiles: 8, output: 0,
        cpus: 1)
}

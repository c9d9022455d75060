import API
import Core
import Foundation
import Grading
import Logging
import Sandboxing
import Storage

/// Everything that an operator can set. Read from assay.yaml, then `ASSAY_*`, then flags; the later one counts.
struct Configuration: Sendable {
    /// Where HTTP is served: `address:port`.
    var listen = "127.0.0.1:8080"
    /// Where submissions are kept.
    var data = "./assay-data"
    /// Where they are kept if not there: a PostgreSQL URL (`postgres://user:password@host/database?sslmode=verify-full`),
    /// which any number of nodes may share, or the path of an SQLite file.
    var database = ""
    /// Which parts of the service this node runs.
    var role = NodeRole.all
    /// This node's name in leases and reports; no two that share a database have the same.
    var node = Configuration.hostName
    /// The backend for submissions that name none.
    var backend = BackendName.native
    /// Backends to offer beside it.
    var backends: [BackendName] = []
    /// Backends that take its place, in this order, where it is unavailable at start; none without being asked.
    var backendFallback: [BackendName] = []
    /// How sandboxes get their roots where nothing else is asked for and the backend can.
    var storage = StorageStrategy.bind
    /// Who may choose the backend and the storage of a single submission.
    var sandboxChooser = SandboxChooser.teachers
    /// Where sandboxes of backends other than native lie while they are in use. A short path.
    var sandboxDirectory = "/run/assay"
    /// Where a launcher listens that another process started as root; empty starts one.
    var launcherSocket = ""
    /// Sockets of the container engines, and the OCI runtime that they shall use; empty is their own choice.
    var dockerSocket = "/run/docker.sock"
    var podmanSocket = "/run/podman/podman.sock"
    var engineRuntime = ""
    /// Where `Scripts/guest-kernel` unpacked the kernel of virtual machines, and the memory of each machine in bytes.
    var kernelDirectory = GuestBackend.defaultKernelDirectory
    var machineMemory = 1 << 30
    /// Whether virtual machines use the processor's own virtualisation.
    var usesKVM = false
    /// CPU slots; 0 takes every CPU that this process may use.
    var slots = 0
    /// Bytes of memory that submissions may occupy together; 0 takes three quarters of what is free at start.
    var memory = 0
    /// Submissions that may wait.
    var queueSubmissions = QueueLimits().submissions
    /// Bytes of the submissions that may wait.
    var queueBytes = QueueLimits().bytes
    /// Bytes of the body of a submission.
    var bodyLimit = 24 << 20
    /// Bytes of a submission's files together.
    var sourceLimit = SubmissionPolicy.defaultSourceBytes
    /// How long a claim on a submission is valid without renewal.
    var lease = Duration.seconds(15)
    /// How long a stopping service waits for requests under way.
    var drain = Duration.seconds(10)
    /// The most that a submission may ask for.
    var ceiling = Limits.ceiling
    /// The most sandboxes kept ready; 0 takes two per slot.
    var pool = 0
    /// How many of them are kept when nothing is asked for; 0 takes one per slot.
    var poolMinimum = 0
    /// What programs find as their root where neither task nor language file names an image.
    var image = ImageReference.host
    /// Directory of images that have names; empty takes `images` in the data directory.
    var images = ""
    /// Where programs may connect to, if their task asks for it: destinations such as `192.0.2.0/24:443`. Empty is nowhere.
    var egress: [String] = []
    /// Bytes per second that such a program may send and receive; 0 is unlimited.
    var egressRate = 1 << 20
    /// Addresses that such programs ask for names; empty takes the host's.
    var egressResolvers: [String] = []
    /// Name of the cgroup that holds all sandboxes. Each service on a machine needs its own.
    var cgroup = "assay"
    /// First host user id of the sandboxes; each has two. Each service on a machine needs its own range.
    var userIDBase = Int(NativeConfiguration.defaultUserIDBase)
    /// Host paths, beyond the usual ones, that programs can read.
    var binds: [String] = []
    /// Directory of language files; empty takes the installed ones.
    var languages = ""
    /// Directory of tasks; empty is none.
    var tasks = ""
    /// Whether Jobe's interface is served.
    var jobe = true
    /// The most CPU time of a run that comes through it.
    var jobeCPUTime = Jobe.Configuration().longestCPUTime
    /// How long such a run may wait for a free place before it is told that there is too much to do.
    var jobePatience = Jobe.Configuration().patience
    /// What its file cache may hold, and for how long.
    var jobeFiles = FileCacheLimits()
    /// Whether Judge0's interface is served.
    var judge0 = true
    /// The paths below which it is served.
    var judge0Prefixes = Judge0.Configuration().prefixes
    /// Whether its callbacks may go to addresses that are not public.
    var judge0PrivateCallbacks = false
    /// Least severe messages that are logged.
    var logLevel = Logger.Level.info

    /// Absolute path of the directory of images.
    var imageDirectory: String {
        URL(fileURLWithPath: images.isEmpty ? data + "/images" : images).standardizedFileURL.path
    }

    static let hostName: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()
}

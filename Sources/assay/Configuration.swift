import API
import Core
import Foundation
import Grading
import HTTPServer
import Logging
import Sandboxing
import Storage

/// Everything that an operator can set. Read from assay.yaml, then `ASSAY_*`, then flags; the later one counts.
struct Configuration: Sendable {
    /// Where HTTP is served without TLS.
    var listen: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8080)]
    /// Where it is served through TLS.
    var tlsListen: [ListenAddress] = []
    /// PEM files of the certificate with those that lead to its authority, and of its key.
    var tlsCertificate = ""
    var tlsKey = ""
    /// A PEM file of the authorities whose client certificates are accepted; empty asks for none.
    var tlsClientAuthorities = ""
    /// Whether clients without a certificate are turned away.
    var requiresClientCertificate = false
    /// The mode of Unix sockets: whoever may write to one may speak to the service.
    var socketMode = 0o660
    /// Pages of these origins may call the service from a browser; `*` is every page.
    var crossOrigins: Set<String> = []
    /// How many requests one address, and one token, may make.
    var addressRate = RequestRate()
    var tokenRate = RequestRate()
    /// The server's limits, timeouts, trusted proxies and the level of its access log. Addresses and TLS are above.
    var server = ServerConfiguration()
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
    var podmanRootlessSocket = "/run/user/1000/podman/podman.sock"
    var engineRuntime = ""
    /// The engine that the backend kata drives, and what that engine calls Kata's runtime.
    var kataEngine = BackendName.docker
    var kataRuntime = "kata"
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
    /// Submissions of one user in one course, and of one course, that may wait, and that may run at the same time; 0 sets
    /// no bound.
    var queuePerUser = 0
    var queuePerCourse = 0
    var runningPerUser = 0
    var runningPerCourse = 0
    /// Shares of courses that are not 1.
    var courseWeights: [String: Int] = [:]
    /// How long a submission that needs much may be passed over by smaller ones.
    var reserveAfter = SchedulerConfiguration(node: "").reserveAfter
    /// CPUs and bytes of memory that are left to the service itself, of what the machine has.
    var reservedCPUs = 0
    var reservedMemory = 0
    /// How long submissions are kept after their end; zero is for ever.
    var retention = Duration.zero
    /// How long idempotency keys are remembered.
    var keyRetention = Duration.seconds(86_400)
    /// How long after one look for what is to be forgotten the next one comes.
    var tidyInterval = Duration.seconds(60)
    /// What v1's webhooks are signed with; empty sends none. Not shown.
    var webhookSecret = ""
    var webhooks = WebhookPolicy()
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
    /// Bytes that runtimes which started ahead may use together.
    var warmMemory = NativeConfiguration.defaultWarmMemory
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
    /// What the set-up scripts of autograders may use, whether they may reach the host's network, and how much of what
    /// they made is kept, in bytes.
    var setUp = SetUpLimits()
    var layerCapacity = LayerStore.Configuration.defaultCapacity
    /// Limits that programs of the native backend run without where the host cannot enforce them; where it can, they are
    /// enforced. None without being asked.
    var accepted: Set<UnenforcedLimit> = []
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

    /// Absolute path of the directory of layers.
    var layerDirectory: String { URL(fileURLWithPath: data + "/layers").standardizedFileURL.path }

    static let hostName: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()
}

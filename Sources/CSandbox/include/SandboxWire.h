#pragma once

// What the service and assay-launcher say to each other, byte for byte, over one SOCK_SEQPACKET socket. One message is
// one datagram: a header, a fixed body, and for some kinds a tail of bytes. Both ends are built from this file, so the
// byte order is the machine's and the version must be equal.

#include <stdint.h>

enum {
    ASSAY_WIRE_VERSION = 8,
    /// Bytes of the longest message.
    ASSAY_MESSAGE_MAX = 128 * 1024,
    /// Bytes of a command's arguments and environment together, each with its NUL.
    ASSAY_STRINGS_MAX = 96 * 1024,
    /// Arguments and environment entries of a command, together.
    ASSAY_STRINGS_COUNT_MAX = 4096,
    /// Bytes of output, both streams together, that a result carries in itself; more comes in memory files.
    ASSAY_INLINE_OUTPUT_MAX = 64 * 1024,
    /// Bytes of the paths to bind, each with its NUL.
    ASSAY_BINDS_MAX = 16 * 1024,
    /// CPUs that a set can name.
    ASSAY_CPUS_MAX = 256,
    /// Sandboxes at the same time.
    ASSAY_SLOTS_MAX = 512,
    ASSAY_NAME_MAX = 32,
    ASSAY_STEP_MAX = 48,
    /// The descriptor that the launcher finds its socket at.
    ASSAY_LAUNCHER_SOCKET = 3,
};

enum {
    // To the launcher.
    ASSAY_HELLO = 1,
    ASSAY_CREATE,
    ASSAY_ADOPT,
    ASSAY_WRITE,
    ASSAY_RUN,
    ASSAY_KILL,
    ASSAY_COLLECT,
    ASSAY_DESTROY,
    ASSAY_WARM,
    // From the launcher.
    ASSAY_READY = 100,
    ASSAY_CREATED,
    ASSAY_DONE,
    ASSAY_RESULT,
    ASSAY_REFUSED,
    ASSAY_REMOVED,
};

enum { ASSAY_NETWORK_NONE = 0, ASSAY_NETWORK_LOOPBACK, ASSAY_NETWORK_EGRESS, ASSAY_NETWORK_MODES };

enum {
    /// Destinations of one sandbox.
    ASSAY_DESTINATIONS_MAX = 64,
    /// Resolvers of names.
    ASSAY_RESOLVERS_MAX = 3,
};

/// A network of version 4, and a port of TCP and UDP; 0 is everything.
struct assay_destination {
    uint32_t address;
    uint16_t port;
    uint8_t prefix;
    uint8_t reserved;
};

/// Where a sandbox may connect to.
struct assay_egress {
    /// In each direction; 0 is unlimited.
    uint64_t bytes_per_second;
    uint32_t count;
    /// Whether the resolvers may be asked.
    uint32_t uses_dns;
    // Then `count` destinations.
};

struct assay_header {
    uint32_t kind;
    /// Bytes of the whole message.
    uint32_t size;
    /// Chosen by the service; a reply carries its request's.
    uint64_t tag;
    /// Which sandbox: its place, and how often the place was used before, so that a late message meets nobody.
    uint32_t slot;
    uint32_t generation;
};

struct assay_cpu_set {
    uint64_t words[ASSAY_CPUS_MAX / 64];
};

/// One run's limits. Zero bytes of address space mean that it is unlimited.
struct assay_limits {
    uint64_t cpu_ns;
    uint64_t memory;
    uint64_t address_space;
    uint64_t stack;
    uint64_t processes;
    uint64_t open_files;
    uint64_t file_size;
    uint64_t output;
};

/// First message. The launcher builds the root that every sandbox sees, then answers `assay_ready`.
struct assay_hello {
    struct assay_header header;
    uint32_t version;
    /// Sandboxes at the same time, at most.
    uint32_t slots;
    /// User ids `uid_base ..< uid_base + 2 * slots` of the host belong to the sandboxes, two each.
    uint32_t uid_base;
    uint32_t binds_size;
    /// What no request may exceed.
    struct assay_limits ceiling;
    uint64_t work_size;
    uint64_t work_files;
    /// Name of the cgroup that holds ours.
    char cgroup[ASSAY_NAME_MAX];
    /// Bytes of the path of the image, with its NUL; 0 is the host's own root.
    uint32_t image_size;
    /// First of the addresses for networks of sandboxes, four for each; 0 makes none.
    uint32_t egress_base;
    /// What sandboxes ask for names, if they may; 0 is none.
    uint32_t resolvers[ASSAY_RESOLVERS_MAX];
    /// Whether the image is laid over the host paths, in place of being hidden by them.
    uint32_t is_layer;
    /// `ASSAY_LACKS_…` bits of limits that programs may run without where they cannot be enforced.
    uint32_t accepts;
    /// For a launcher that is not root: the first of the host's ids, one for each of `uid_base` and those that follow,
    /// that belong to the user that started it. 0 is none.
    uint32_t subuid_first;
    uint32_t subgid_first;
    uint32_t reserved;
    // Then `image_size` bytes: a directory whose contents are the root of every sandbox. Then `binds_size` bytes: host paths to show read-only at the same place, each ended by NUL. Missing ones are left
    // out; a link is copied as a link.
};

enum {
    ASSAY_LACKS_MEMORY = 1,
    ASSAY_LACKS_PROCESSES = 2,
    ASSAY_LACKS_CPU_TIME = 4,
    ASSAY_LACKS_ALL = 7,
};

enum {
    /// The launcher is not root on the host.
    ASSAY_IS_ROOTLESS = 1,
    /// Sandboxes share one user of the host, the one that started the launcher.
    ASSAY_HAS_ONE_USER = 2,
    /// There is no cpuset: a sandbox stays on the CPUs that it was made for.
    ASSAY_KEEPS_CPUS = 4,
};

struct assay_ready {
    struct assay_header header;
    uint32_t version;
    /// 1 or 2; 0 when no cgroup can be made.
    uint32_t cgroup_version;
    /// `ASSAY_LACKS_…` bits of what cannot be enforced.
    uint32_t lacks;
    /// 0, or why the launcher cannot work at all; then it exits.
    int32_t error;
    char step[ASSAY_STEP_MAX];
    /// CPUs that sandboxes may be pinned to.
    struct assay_cpu_set cpus;
    /// Leftovers of an earlier launcher that were removed.
    uint32_t recovered;
    uint32_t landlock_abi;
    /// The launcher's process id.
    uint32_t pid;
    /// 0, or the errno that says why sandboxes have no networks of their own; ENOSYS if none were asked for.
    int32_t egress_error;
    /// `ASSAY_IS_ROOTLESS` and those that follow it.
    uint32_t flags;
    uint32_t reserved;
};

struct assay_create {
    struct assay_header header;
    uint32_t network;
    uint32_t reserved;
    uint64_t work_size;
    uint64_t work_files;
    /// What its run will most likely ask for: set ahead, so that a run that does need not wait for it.
    uint64_t memory;
    uint64_t processes;
    struct assay_cpu_set cpus;
    // With ASSAY_NETWORK_EGRESS follows a `struct assay_egress`.
};

/// Answers CREATE; its header names the sandbox.
struct assay_created {
    struct assay_header header;
    int32_t error;
    char step[ASSAY_STEP_MAX];
    /// What it uses before anything runs in it, in KiB.
    uint32_t idle_kib;
};

/// Nothing of a sandbox is left. Answers no request: whoever used it was answered before. Under load only some are told.
struct assay_removed {
    struct assay_header header;
    /// From the moment when it was killed.
    uint64_t took_ns;
};

/// Fits a sandbox that was made ahead to its user. Not answered.
struct assay_adopt {
    struct assay_header header;
    uint64_t work_size;
    uint64_t work_files;
    struct assay_cpu_set cpus;
};

/// With one descriptor: a sealed memory file that holds a bundle. Answered by DONE.
struct assay_write {
    struct assay_header header;
};

/// Descriptors that a program gets from the service, in this order. A stream that is not among them is captured;
/// standard input that is not is empty.
enum {
    /// A file or the reading end of a pipe.
    ASSAY_CONNECT_STDIN = 1,
    /// The writing end of a pipe.
    ASSAY_CONNECT_STDOUT = 2,
    ASSAY_CONNECT_STDERR = 4,
    /// A Unix socket, which the program finds at `ASSAY_CONTROL`.
    ASSAY_CONNECT_CONTROL = 8,
    ASSAY_CONNECT_ALL = 15,
    ASSAY_CONNECTIONS_MAX = 4,
};

enum { ASSAY_CONTROL = 3 };

enum {
    /// The first descriptor is a bundle as WRITE has it, which is laid down before the program starts. If that fails the
    /// program is not started, and the answer is DONE with the error.
    ASSAY_RUN_WITH_FILES = 1,
    /// Nothing else will be asked of the sandbox: it is removed as DESTROY does it when the program has ended.
    ASSAY_RUN_IS_LAST = 2,
    ASSAY_RUN_FLAGS = 3,
    /// Bytes of a bundle that can come with a run. Its files are moved under the program's memory limit, of which they may
    /// be a quarter.
    ASSAY_RUN_FILES_MAX = 1024 * 1024,
};

/// With the descriptors that `flags` and `connections` name. Answered by RESULT.
struct assay_run {
    struct assay_header header;
    struct assay_limits limits;
    uint32_t arguments;
    uint32_t variables;
    uint32_t strings_size;
    /// `ASSAY_CONNECT_…`
    uint32_t connections;
    /// Whether a runtime that was started by WARM may become the program. It was started with the same environment, and
    /// with arguments that these begin with. Without one that is ready the program is started as any other.
    uint32_t may_be_warm;
    /// `ASSAY_RUN_…`
    uint32_t flags;
    // Then `strings_size` bytes: arguments, then variables as NAME=value, each ended by NUL.
};

// WARM is a `struct assay_run` without descriptors, once for a sandbox and before its first run: starts a runtime that
// prepares itself and waits for a run. It finds a SOCK_SEQPACKET socket at `ASSAY_CONTROL`, sends one byte when it is
// prepared, and receives the `struct assay_run` with descriptors for its streams 0, 1 and 2. It puts those in place,
// lowers its resource limits to the run's, closes everything else, and goes on as the program. Answered by DONE when
// it waits.

/// Ends the run that `header.tag` names, also one that has yet to come; its RESULT follows. Too late a KILL does nothing.
/// Not answered.
struct assay_kill {
    struct assay_header header;
    /// Not before the program ran as long as this, however late it was started; zero is at once.
    uint64_t wall_ns;
};

/// With one descriptor: an empty memory file for the bundle. Answered by DONE.
struct assay_collect {
    struct assay_header header;
    uint64_t bytes;
    uint64_t files;
};

/// Not answered.
struct assay_destroy {
    struct assay_header header;
};

struct assay_done {
    struct assay_header header;
    int32_t error;
    char step[ASSAY_STEP_MAX];
    /// After WARM: what the runtime uses, in KiB.
    uint32_t used_kib;
};

enum {
    ASSAY_ENDED_EXITED = 0,
    ASSAY_ENDED_SIGNALLED,
    /// The sandbox's own first process is gone: no status is known, and no other request will be served.
    ASSAY_ENDED_LOST,
};

enum { ASSAY_KILLED_NOT = 0, ASSAY_KILLED_BY_SERVICE, ASSAY_KILLED_FOR_CPU, ASSAY_KILLED_FOR_OUTPUT };

enum {
    ASSAY_STDOUT_TRUNCATED = 1,
    ASSAY_STDERR_TRUNCATED = 2,
    /// The stream comes in a descriptor of its own (standard output's first), not in the tail.
    ASSAY_STDOUT_IN_FILE = 4,
    ASSAY_STDERR_IN_FILE = 8,
    /// A prepared runtime became the program.
    ASSAY_WAS_WARM = 16,
};

/// Facts, not verdicts. Then the tail: standard output, then standard error, unless they come in descriptors.
struct assay_result {
    struct assay_header header;
    uint32_t ended;
    /// Exit status or signal number.
    int32_t code;
    uint32_t killed;
    uint32_t flags;
    /// Processes that the kernel killed because the memory limit was reached.
    uint64_t oom_kills;
    uint64_t cpu_ns;
    uint64_t peak_memory;
    uint64_t launch_ns;
    uint64_t execute_ns;
    uint64_t stop_ns;
    uint64_t stdout_size;
    uint64_t stderr_size;
    /// Bytes that left the sandbox's network and that came in; 0 without one.
    uint64_t sent_bytes;
    uint64_t received_bytes;
};

/// Answers a request that was not understood, or that cannot be met now.
struct assay_refused {
    struct assay_header header;
    int32_t error;
    char reason[ASSAY_STEP_MAX];
    uint32_t reserved;
};

// A bundle of files: a head, then `count` times an entry, its path and its contents. Paths are relative, `/` between
// parts, without NUL.

enum {
    ASSAY_BUNDLE_MAGIC = 0x79617361,
    ASSAY_BUNDLE_FILES_MAX = 200000,
    ASSAY_PATH_MAX = 1024,
    ASSAY_PATH_DEPTH_MAX = 32,
    ASSAY_ENTRY_EXECUTABLE = 1,
};

struct assay_bundle {
    uint32_t magic;
    uint32_t count;
};

struct assay_entry {
    uint32_t path_size;
    uint32_t flags;
    uint64_t size;
};

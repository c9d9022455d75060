#pragma once

// What the service and a guest say to each other. A guest is the same program as the launcher, started as the first
// process of a sandbox that another technology made: a container's or a virtual machine's. Messages are those of
// SandboxWire.h where the meaning is the same; they travel on a byte stream, one after the other, so that a socket, a
// pipe or a virtual serial port will do. `size` in the header says where a message ends. No descriptor is passed:
// bytes follow in the message.

#include "SandboxWire.h"

enum { ASSAY_GUEST_VERSION = 2 };

/// The port of the host's at which the service awaits the guest of a machine that has sockets.
enum { ASSAY_GUEST_SOCKET_PORT = 1024 };

enum {
    // To the guest, beside WRITE, RUN, KILL and COLLECT.
    ASSAY_FURNISH = 50,
    // From the guest, beside CREATED, DONE and RESULT.
    ASSAY_OUTPUT = 150,
    /// From the guest of a machine, once, before anything else: a header that says that it is there.
    ASSAY_GUEST_HELLO,
};

enum {
    /// Directories of the sandbox's cgroup are shown at `/.assay/cgroup`: the guest enters it.
    ASSAY_GUEST_CGROUP_SHOWN = 1,
    /// The guest is alone with its kernel, and makes its own cgroup.
    ASSAY_GUEST_CGROUP_OWN = 2,
    /// A kernel without user namespaces and the mount calls of Linux 5: gVisor's.
    ASSAY_GUEST_PLAIN_KERNEL = 4,
};

/// First message. The guest makes the work directory, gives up its privilege and answers CREATED.
struct assay_furnish {
    struct assay_header header;
    uint32_t version;
    /// `ASSAY_GUEST_…`
    uint32_t flags;
    /// Of the cgroup that is shown: 1 or 2.
    uint32_t cgroup_version;
    uint32_t network;
    /// User ids `uid_base` and the next belong to this sandbox alone.
    uint32_t uid_base;
    uint32_t reserved;
    /// The time now, for a machine whose clock stood still, in nanoseconds since 1970.
    uint64_t realtime_ns;
    uint64_t work_size;
    uint64_t work_files;
    struct assay_cpu_set cpus;
};

// WRITE: the bundle follows. RUN: after the strings follows standard input. COLLECT is answered by DONE, after which
// the bundle follows.

/// A piece of output: `header.slot` is 0 for standard output and 1 for standard error; the bytes follow. All pieces
/// come before the run's RESULT, which has no tail.
struct assay_output {
    struct assay_header header;
};

#pragma once

#include "cgroup.h"
#include "launcher.h"
#include "namespaces.h"

// A sandbox from within. Its first process is a copy of the launcher that gave up everything but the right to signal
// the program and to become its user; it prepares a worker, which waits and then turns into the program.

/// Ids inside the sandbox's user namespace.
enum { KEEPER_ID = 0, PROGRAM_ID = 1000 };

struct sandbox_plan {
    unsigned slot;
    uint32_t network;
    /// With ASSAY_NETWORK_EGRESS: where it may connect to.
    const struct assay_egress *egress;
    uint64_t work_size, work_files;
    struct assay_cpu_set cpus;
    /// What an earlier sandbox of this place left, whose CPUs are set; NULL if there is none.
    const struct cgroup *cgroup;
    /// The launcher's user id that `PROGRAM_ID` stands for.
    uint32_t owner;
    /// `ASSAY_LACKS_…`: what only a process' own limits stand for.
    uint32_t unenforced;
    /// The namespaces of its place; NULL for a guest whose kernel has none.
    const struct place_namespaces *place;
    /// The keeper's end of its socket to the launcher.
    int control;
    /// Where the worker waits for its `assay_run`.
    int go;
    /// Whether the other end of `go` lives longer than the programs, so that it can keep what they should not free.
    bool keeps_filter;
};

enum { ORDER_ARM = 1, ORDER_KILL, ORDER_UNPACK, ORDER_COLLECT, ORDER_WATCH, ORDER_UNPACK_AND_RUN };

/// From the launcher to the keeper. UNPACK_AND_RUN is followed by the `assay_run`; with it come the bundle, the socket of
/// who waits for the run, and the run's descriptors.
struct order {
    uint32_t kind;
    uint32_t reserved;
    /// ARM: the run that the new worker waits for.
    uint64_t tag;
    /// KILL: not before the program ran as long, from `began_ns` on if that is not zero.
    uint64_t wall_ns, began_ns;
    uint64_t bytes, files;
    /// WATCH: the CPU time after which the run that begins is to be killed, where no cgroup counts it.
    uint64_t cpu_ns;
};

enum { REPORT_READY = 1, REPORT_DONE, REPORT_ENDED, REPORT_NOT_RUN };

/// From the keeper to the launcher. READY carries the cgroup's files and the space's context, in the order of `cgroup`.
/// NOT_RUN answers UNPACK_AND_RUN that failed.
struct report {
    uint32_t kind;
    int32_t error;
    char step[ASSAY_STEP_MAX];
    /// READY: bit n is set if the cgroup has its file n.
    uint32_t files;
    /// READY: bytes that the keeper itself uses. Read before there is a worker, whose memory goes when it is executed.
    uint64_t memory;
    /// ENDED: the run that its worker was armed for, 0 for the first worker.
    uint64_t tag;
    /// ENDED: `ASSAY_ENDED_…` and its status or signal.
    uint32_t ended;
    int32_t code;
    /// ENDED: whether it was killed by order.
    uint32_t was_killed;
    /// ENDED: when the program was executed, when it ended, and when nothing was left of it. On CLOCK_MONOTONIC.
    uint64_t executed_ns, ended_ns, stopped_ns;
    /// ENDED: CPU time that the keeper itself took to lay down the run's files.
    uint64_t unpack_cpu_ns;
    /// ENDED: of processes that were reaped since the last one, and the largest of all: what is known without a cgroup.
    uint64_t cpu_ns, peak_memory;
};

/// Clones this process; in the child it returns 0. `flags` as clone3 takes them.
int clone_process(uint64_t flags, int *pidfd);

/// The life of process 1 of a sandbox.
_Noreturn void keeper_main(const struct sandbox_plan *plan);

/// Becomes the sandbox's own root, who is nobody on the host, and keeps three capabilities over its two users. Without a
/// place in the plan it stays the root that it is.
struct failure drop_privilege(const struct sandbox_plan *plan);

/// Kills and reaps everything in the sandbox but this process.
void kill_everything(void);

/// Opens and makes files as this user from now on.
void become_for_files(unsigned id);

/// Unpacks or collects as the program's user, so that the kernel grants no more than it would grant the program.
struct failure do_file_work(const struct order *order, int bundle);

/// CPU time of all processes that this one reaped, and of those that they had reaped; the most memory of one of them.
uint64_t cpu_of_reaped(uint64_t *peak_memory);

/// CPU time of all processes of the sandbox that live, but for this one, in the kernel's ticks.
uint64_t cpu_of_living(void);

/// What worker and keeper share until the worker executes the program.
struct worker_page {
    volatile uint64_t executed_ns;
    volatile int32_t error;
    /// Nothing comes after this run: the sandbox may end with it.
    volatile bool is_last;
    char step[ASSAY_STEP_MAX];
};

/// The life of a worker. It writes a byte to `prepared` when it waits. With `tag` not zero it skips older runs.
_Noreturn void worker_main(const struct sandbox_plan *plan, uint64_t tag, int prepared, struct worker_page *page);

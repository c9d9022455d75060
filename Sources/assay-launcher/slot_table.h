#pragma once

#include "namespaces.h"
#include "sandbox.h"
#include "slot.h"

// What the files about slots share: the table, how a slot speaks to the service and to its keeper, and its runs.

enum state {
    FREE,
    /// Its keeper prepares it; CREATED follows.
    FILLING,
    IDLE,
    /// A runtime prepares itself in it; DONE follows.
    WARMING,
    /// Its keeper moves files; DONE follows.
    MOVING,
    /// Its program runs; RESULT follows.
    RUNNING,
    /// Its keeper died, its cgroup is still there.
    GONE,
};

struct slot {
    enum state state;
    uint32_t generation;
    /// Of the request at work.
    uint64_t tag;
    /// Nobody expects an answer any more.
    bool is_destroyed;
    /// When it is killed at the latest; 0 unless it waits for that.
    uint64_t doomed_ns;
    uint64_t killed_ns;
    int death, control, go, space;
    /// Our end of a prepared runtime's socket.
    int warm;
    /// What it writes before it is prepared goes here, and nobody reads it.
    int warm_output;
    pid_t keeper;
    /// Whether the host has a network for it.
    bool has_egress;
    struct cgroup cgroup;
    /// While it is free: when the cgroup that its last sandbox left is removed; 0 if there is none.
    uint64_t cgroup_until_ns;
    uint64_t work_size, work_files;
    struct assay_cpu_set cpus;
    /// What went wrong when it was adopted: its next request is told.
    struct failure adoption;
    /// Its worker became something else already: the next program needs another.
    bool needs_worker;
    /// A prepared runtime waits for its run.
    bool is_warm;
    /// Pipes for its next run's standard output and error; -1 where there is none yet.
    int outputs[2][2];
    /// A run that was to be killed before it came here.
    uint64_t early_kill, early_kill_wall_ns;
    /// What its run will probably ask for.
    uint64_t expected_memory, expected_processes;
    /// What is set in the cgroup now.
    uint64_t memory_limit, process_limit;
    /// What the keeper itself uses.
    uint64_t memory_base;
    /// What a prepared runtime used on top of that when it was ready.
    uint64_t warm_memory;
    struct {
        struct assay_limits limits;
        /// When a prepared runtime was told to go on; 0 for others, whose worker says when it executed them.
        uint64_t warm_ns;
        /// Its files came with it, so the keeper's work for them falls into its time.
        bool has_files;
        /// The sandbox goes with it.
        bool is_last;
        /// What its worker was armed for.
        uint64_t worker_tag;
        uint64_t started_ns, cpu_base, oom_base, next_check_ns;
        struct traffic traffic_base;
        uint32_t killed;
        /// Killed only when its time is over.
        bool is_waiting;
        bool is_watching_output;
        struct capture streams[2];
    } run;
};

/// Set once, by the first message.
struct table {
    unsigned count;
    uint32_t user_base;
    struct assay_limits ceiling;
    uint64_t work_size, work_files;
    /// `ASSAY_LACKS_…`: cannot be enforced, and the service runs programs all the same.
    uint32_t unenforced;
    int service, epoll, null_device;
};

extern struct table table;
extern struct slot slots[ASSAY_SLOTS_MAX];

uint32_t index_of(const struct slot *slot);
/// The host's user id of its program.
uint32_t program_user(const struct slot *slot);

// To the service.

/// Has the loop report when something can be read from it.
void watch(int descriptor, enum event_source source, const struct slot *slot);

/// Before the descriptor is closed: a sandbox that is being made may still hold a copy of it, and then the kernel would
/// go on reporting it.
void unwatch(int descriptor);

struct assay_header header_for(const struct slot *slot, uint32_t kind, size_t size);

/// Without its service a launcher has no reason to live: the loop ends when it reads the end of the socket.
void reply(const void *message, size_t size, const void *tail, size_t tail_size, const int *files,
                  unsigned count);

/// Answers a request that cannot be met.
void refuse(const struct assay_header *request, int error, const char *reason);

void reply_created(struct slot *slot, struct failure failure);

void reply_done(struct slot *slot, struct failure failure);
void tell_removed(struct slot *slot);

// To the keeper, and its end.

/// Sends an order. False if the keeper is gone.
bool order(struct slot *slot, const struct order *order, const int *descriptors, unsigned count);

/// Whether a bundle's files have no more than `most` bytes and can be moved under the memory limit: they take a quarter of
/// it at most.
bool fits_in_memory(int files, uint64_t memory_limit, uint64_t most);

/// Nobody will change the size of its work directory any more. Otherwise that would outlive the sandbox until it is buried.
void release_space(struct slot *slot);

/// Kills the keeper, and with it everything in the sandbox.
void destroy(struct slot *slot);

// Runs.

/// Sets the cgroup's limit, unless it is set already. False with errno.
bool limit_memory(struct slot *slot, uint64_t bytes);

bool limit_processes(struct slot *slot, uint64_t count);

/// Whether a program runs in any sandbox.
bool is_anything_running(void);

/// Makes what the next run needs, while nobody waits. What fails is tried again when the run has come.
void run_prepare(struct slot *slot);

/// Starts a program, and may change the request. Answers only if that fails.
void run_begin(struct slot *slot, struct assay_run *request, const int *descriptors);

/// Kills the run that a message names, also one that has yet to come.
void run_kill_by_request(struct slot *slot, const struct assay_kill *request);

/// Answers that a run's files could not be laid down.
void run_not_begun(struct slot *slot, struct failure failure);

/// Answers with everything that is known of a run that has ended.
void run_reply(struct slot *slot, const struct report *report);

/// Looks after a running program. Returns when to look again.
uint64_t run_watch(struct slot *slot, uint64_t now);

/// Takes what a stream holds.
void run_hear_output(struct slot *slot, struct capture *stream);

/// Closes the pipes and files of a run.
void run_close_streams(struct slot *slot);

// Prepared runtimes.

/// Starts a runtime that prepares itself for a run.
void warm_begin(struct slot *slot, const struct assay_run *request);

/// Hears that it is prepared.
void warm_hear(struct slot *slot);

/// Takes note that it ended before its run.
void warm_ended(struct slot *slot);

/// Closes its socket, so that nobody is left who could be told of a run.
void warm_close(struct slot *slot);

#pragma once

#include "launcher.h"

// Control groups, version 1 or 2. A sandbox's first process enters its own before it gives up its privilege, so nothing
// is moved between groups while a program waits. In version 1, where a sandbox has four, a group in which nothing is
// left serves the place's next sandbox: what it counts is taken from then on.

enum cgroup_file {
    CG_MEMORY_LIMIT,
    CG_SWAP_LIMIT,
    CG_MEMORY_USAGE,
    CG_MEMORY_PEAK,
    CG_OOM,
    CG_PROCESSES,
    CG_PROCESS_COUNT,
    CG_CPU_TIME,
    CG_CPU_SET,
    CG_FILES,
};

/// The open control files of one sandbox's cgroup; -1 where the host has none.
struct cgroup {
    int files[CG_FILES];
};

/// What cgroups there are on this host.
struct cgroup_support {
    /// 1 or 2; 0 if none can be made.
    unsigned version;
    /// `ASSAY_LACKS_…`
    unsigned lacks;
    struct assay_cpu_set cpus;
    /// Whether a sandbox can be moved to other CPUs.
    bool has_cpuset;
    /// Leftovers that were removed.
    unsigned recovered;
};

/// Finds the controllers, makes our cgroup below `parent`, and removes what launchers that are gone left there.
struct failure cgroups_open(const char *parent, struct cgroup_support *support);

/// Makes the sandbox's cgroup and moves the calling process into it.
struct failure cgroup_enter(unsigned slot, const struct assay_cpu_set *cpus, struct cgroup *cgroup);

/// Moves the calling process into the place's cgroup, which an earlier sandbox left.
struct failure cgroup_enter_again(unsigned slot);

/// Whether another sandbox may have it after the death of its processes: nothing of the earlier one is charged to it that
/// would be felt.
bool cgroup_is_reusable(const struct cgroup *cgroup);

/// Moves the calling process into a cgroup that others made. In version 1 `path` has a directory for each controller,
/// under its name; in version 2 it is the cgroup's own.
struct failure cgroup_enter_shown(const char *path, unsigned version, struct cgroup *cgroup);

/// Removes a sandbox's cgroup after its last process died. False if the kernel still holds it: ask again later.
bool cgroup_remove(unsigned slot);

/// Removes our cgroup.
void cgroups_close(void);

/// Limits memory and swap together. `UINT64_MAX` is no limit. EBUSY: more than `bytes` is in use and cannot be freed.
bool cgroup_limit_memory(const struct cgroup *cgroup, uint64_t bytes, uint64_t previous);
bool cgroup_limit_processes(const struct cgroup *cgroup, uint64_t count);
bool cgroup_set_cpus(const struct cgroup *cgroup, const struct assay_cpu_set *cpus);

uint64_t cgroup_cpu_ns(const struct cgroup *cgroup);
uint64_t cgroup_memory_usage(const struct cgroup *cgroup);
uint64_t cgroup_memory_peak(const struct cgroup *cgroup);
/// Starts the peak anew from what is in use.
void cgroup_reset_peak(const struct cgroup *cgroup);
uint64_t cgroup_oom_kills(const struct cgroup *cgroup);

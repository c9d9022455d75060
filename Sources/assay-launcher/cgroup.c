#define _GNU_SOURCE
#include "cgroup.h"
#include "rootless.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum hierarchy { MEMORY, PIDS, CPUACCT, CPUSET, HIERARCHIES };

static const char *const controllers[HIERARCHIES] = {"memory", "pids", "cpuacct", "cpuset"};

/// Where the kernel's names for the same thing differ.
static const struct {
    enum hierarchy hierarchy;
    const char *v1, *v2;
    int flags;
} files[CG_FILES] = {
    [CG_MEMORY_LIMIT] = {MEMORY, "memory.limit_in_bytes", "memory.max", O_WRONLY},
    [CG_SWAP_LIMIT] = {MEMORY, "memory.memsw.limit_in_bytes", "memory.swap.max", O_WRONLY},
    [CG_MEMORY_USAGE] = {MEMORY, "memory.usage_in_bytes", "memory.current", O_RDONLY},
    [CG_MEMORY_PEAK] = {MEMORY, "memory.max_usage_in_bytes", "memory.peak", O_RDWR},
    [CG_OOM] = {MEMORY, "memory.oom_control", "memory.events", O_RDONLY},
    [CG_PROCESSES] = {PIDS, "pids.max", "pids.max", O_WRONLY},
    [CG_PROCESS_COUNT] = {PIDS, "pids.current", "pids.current", O_RDONLY},
    [CG_CPU_TIME] = {CPUACCT, "cpuacct.usage", "cpu.stat", O_RDONLY},
    [CG_CPU_SET] = {CPUSET, "cpuset.cpus", "cpuset.cpus", O_WRONLY},
};

/// Memory that a cgroup may hold when its processes are gone, most of it pages of files, for another sandbox to have it.
static const uint64_t reusable_memory_max = 1 << 20;

static unsigned version;
/// The root of each hierarchy, our parent cgroup and our own; all the same in version 2. -1 where there is none.
static int roots[HIERARCHIES] = {-1, -1, -1, -1};
static int parents[HIERARCHIES] = {-1, -1, -1, -1};
static int bases[HIERARCHIES] = {-1, -1, -1, -1};
static char own_name[64];
static char parent_name[ASSAY_NAME_MAX];

static bool write_text(int directory, const char *name, const char *text) {
    int file = openat(directory, name, O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t written = write(file, text, strlen(text));
    int error = errno;
    close(file);
    errno = error;
    return written >= 0;
}

static ssize_t read_text(int directory, const char *name, char *buffer, size_t capacity) {
    int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t size = read(file, buffer, capacity - 1);
    close(file);
    buffer[size > 0 ? size : 0] = 0;
    return size;
}

static int directory_at(int parent, const char *name) {
    if (mkdirat(parent, name, 0755) != 0 && errno != EEXIST) return -1;
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool contains_word(const char *list, const char *word, const char *separators) {
    size_t length = strlen(word);
    for (const char *at = list; *at != 0;) {
        size_t part = strcspn(at, separators);
        if (part == length && memcmp(at, word, length) == 0) return true;
        at += part;
        at += strspn(at, separators);
    }
    return false;
}

/// The cgroup that this process is in, below `mount` of version 2, if it was handed over to our user. It may hand its
/// controllers on only when nobody is in it: all that are, the service among them, are moved to one below it.
static int open_delegated(const char *mount) {
    static const char aside[] = "assay-service";
    char text[8192], path[2048];
    if (read_text(AT_FDCWD, "/proc/self/cgroup", text, sizeof text) <= 0) return -1;
    char *own = strncmp(text, "0::/", 4) == 0 ? text + 3 : strstr(text, "\n0::/");
    if (own == NULL) return -1;
    if (*own == '\n') own += 4;
    own[strcspn(own, "\n")] = 0;
    // A launcher that comes later begins where the first one moved the service to.
    char *last = strrchr(own, '/');
    if (strcmp(last + 1, aside) == 0) *last = 0;
    snprintf(path, sizeof path, "%s%s", mount, own);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int members = -1;
    if (directory >= 0 && faccessat(directory, "cgroup.procs", W_OK, AT_EACCESS) == 0
        && faccessat(directory, "cgroup.subtree_control", W_OK, AT_EACCESS) == 0)
        members = directory_at(directory, aside);
    if (members < 0) {
        if (directory >= 0) close(directory);
        return -1;
    }
    ssize_t size = read_text(directory, "cgroup.procs", text, sizeof text);
    for (char *rest = text, *pid; size > 0 && (pid = strsep(&rest, "\n")) != NULL;)
        if (*pid != 0) write_text(members, "cgroup.procs", pid);
    close(members);
    return directory;
}

/// Opens the root of each hierarchy that is mounted; version 2 only if it has every controller that we need. Without root
/// there is only what of version 2 was handed over.
static void find_roots(void) {
    FILE *mounts = fopen("/proc/self/mounts", "re");
    if (mounts == NULL) return;
    char line[4096], where[1024], type[64], options[1024];
    int unified = -1;
    while (fgets(line, sizeof line, mounts) != NULL) {
        if (sscanf(line, "%*s %1023s %63s %1023s", where, type, options) != 3) continue;
        if (strcmp(type, "cgroup2") == 0 && unified < 0)
            unified = is_rootless() ? open_delegated(where) : open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (strcmp(type, "cgroup") != 0 || is_rootless()) continue;
        for (unsigned index = 0; index < HIERARCHIES; index++)
            if (roots[index] < 0 && contains_word(options, controllers[index], ","))
                roots[index] = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    fclose(mounts);
    version = roots[MEMORY] >= 0 || roots[PIDS] >= 0 ? 1 : 0;
    char available[512];
    if (unified >= 0 && read_text(unified, "cgroup.controllers", available, sizeof available) > 0
        && contains_word(available, "memory", " \n") && contains_word(available, "pids", " \n")) {
        version = 2;
        for (unsigned index = 0; index < HIERARCHIES; index++) {
            if (roots[index] >= 0) close(roots[index]);
            roots[index] = index == CPUSET && !contains_word(available, "cpuset", " \n") ? -1 : dup(unified);
        }
    }
    if (unified >= 0) close(unified);
}

/// A version 1 cpuset holds nobody until it has CPUs and memory nodes: it takes its parent's.
static bool inherit_cpuset(int parent, int directory) {
    char text[1024];
    static const char *const names[] = {"cpuset.mems", "cpuset.cpus"};
    for (unsigned index = 0; index < 2; index++) {
        if (read_text(directory, names[index], text, sizeof text) > 1) continue;
        if (read_text(parent, names[index], text, sizeof text) < 0 || !write_text(directory, names[index], text))
            return false;
    }
    return true;
}

static void delegate(int directory) {
    static const char *const wanted[] = {"+memory", "+pids", "+cpuset"};
    for (unsigned index = 0; index < 3; index++) write_text(directory, "cgroup.subtree_control", wanted[index]);
}

static void kill_listed(const char *pids) {
    for (;;) {
        char *end;
        long pid = strtol(pids, &end, 10);
        if (pid <= 1) return;
        kill((pid_t)pid, SIGKILL);
        pids = end;
    }
}

/// Kills every process of a cgroup and removes it; sub-cgroups first.
static bool remove_tree(int parent, const char *name) {
    int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return errno == ENOENT;
    DIR *entries = fdopendir(dup(directory));
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.') remove_tree(directory, entry->d_name);
    if (entries != NULL) closedir(entries);
    bool removed = false;
    for (unsigned attempt = 0; attempt < 200 && !removed; attempt++) {
        char pids[8192];
        if (read_text(directory, "cgroup.procs", pids, sizeof pids) > 0)
            kill_listed(pids);
        removed = unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
        if (!removed) nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    close(directory);
    return removed;
}

/// When a process started, in the kernel's ticks; 0 if there is no such process.
static unsigned long long start_time(long pid) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (read_text(AT_FDCWD, path, text, sizeof text) <= 0) return 0;
    // The name may hold spaces and parentheses: fields are counted from its end.
    const char *at = strrchr(text, ')');
    for (unsigned field = 2; at != NULL && field < 22; field++) at = strchr(at + 1, ' ');
    return at == NULL ? 0 : strtoull(at + 1, NULL, 10);
}

/// Removes the cgroups of launchers that are gone. Their names say which process made them, and when it started.
static unsigned recover(int parent) {
    unsigned recovered = 0;
    DIR *entries = fdopendir(openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        long pid;
        unsigned long long started;
        if (sscanf(entry->d_name, "launcher-%ld-%llu", &pid, &started) != 2) continue;
        if (start_time(pid) == started) continue;
        log_line("removing what launcher %ld left", pid);
        recovered += remove_tree(parent, entry->d_name);
    }
    if (entries != NULL) closedir(entries);
    return recovered;
}

/// Reads a list such as `0-3,8`.
static void parse_cpus(const char *text, struct assay_cpu_set *set) {
    memset(set, 0, sizeof *set);
    while (isdigit((unsigned char)*text)) {
        char *end;
        unsigned long first = strtoul(text, &end, 10), last = first;
        if (*end == '-') last = strtoul(end + 1, &end, 10);
        for (unsigned long cpu = first; cpu <= last && cpu < ASSAY_CPUS_MAX; cpu++)
            set->words[cpu / 64] |= 1ull << (cpu % 64);
        text = *end == ',' ? end + 1 : end;
    }
}

static void format_cpus(const struct assay_cpu_set *set, char *text, size_t capacity) {
    size_t used = 0;
    text[0] = 0;
    for (unsigned cpu = 0; cpu < ASSAY_CPUS_MAX && used + 8 < capacity; cpu++)
        if (set->words[cpu / 64] >> (cpu % 64) & 1)
            used += (size_t)snprintf(text + used, capacity - used, used ? ",%u" : "%u", cpu);
}

/// Version 2 hands controllers on only if nobody stands in the way. What our cgroup did not get is not there.
static void forget_what_was_not_delegated(void) {
    char handed_on[512];
    if (version != 2 || bases[MEMORY] < 0) return;
    if (read_text(bases[MEMORY], "cgroup.subtree_control", handed_on, sizeof handed_on) < 0) handed_on[0] = 0;
    bool has_all = contains_word(handed_on, "memory", " \n") && contains_word(handed_on, "pids", " \n");
    bool has_cpuset = has_all && contains_word(handed_on, "cpuset", " \n");
    for (unsigned index = 0; index < HIERARCHIES; index++) {
        if (bases[index] < 0 || (index == CPUSET ? has_cpuset : has_all)) continue;
        close(bases[index]);
        bases[index] = -1;
    }
    if (has_all) return;
    unlinkat(parents[MEMORY], own_name, AT_REMOVEDIR);
    version = 0;
}

struct failure cgroups_open(const char *parent, struct cgroup_support *support) {
    memset(support, 0, sizeof *support);
    snprintf(own_name, sizeof own_name, "launcher-%d-%llu", (int)getpid(), start_time(getpid()));
    find_roots();
    for (unsigned index = 0; index < HIERARCHIES; index++) {
        if (roots[index] < 0) continue;
        if (version == 2) delegate(roots[index]);
        parents[index] = directory_at(roots[index], parent);
        if (parents[index] < 0) continue;
        if (version == 2) delegate(parents[index]);
        if (version == 1 && index == CPUSET) inherit_cpuset(roots[index], parents[index]);
        support->recovered += recover(parents[index]);
        bases[index] = directory_at(parents[index], own_name);
        if (bases[index] < 0) continue;
        if (version == 2) delegate(bases[index]);
        if (version == 1 && index == CPUSET) inherit_cpuset(parents[index], bases[index]);
    }
    forget_what_was_not_delegated();
    char text[1024];
    const char *name = version == 2 ? "cpuset.cpus.effective" : "cpuset.effective_cpus";
    if (bases[CPUSET] >= 0 && read_text(bases[CPUSET], name, text, sizeof text) > 0) parse_cpus(text, &support->cpus);
    memcpy(parent_name, parent, strlen(parent) + 1);
    support->version = version;
    support->has_cpuset = bases[CPUSET] >= 0;
    if (!support->has_cpuset) syscall(SYS_sched_getaffinity, 0, sizeof support->cpus, &support->cpus);
    static const unsigned bits[HIERARCHIES] = {
        [MEMORY] = ASSAY_LACKS_MEMORY, [PIDS] = ASSAY_LACKS_PROCESSES, [CPUACCT] = ASSAY_LACKS_CPU_TIME};
    for (unsigned index = 0; index < HIERARCHIES; index++)
        if (bases[index] < 0) support->lacks |= bits[index];
    return SUCCESS;
}

/// Opens the control files of one hierarchy's directory, which in version 2 has them all.
static void open_files(int directory, unsigned hierarchy, struct cgroup *cgroup) {
    for (unsigned file = 0; file < CG_FILES; file++) {
        if (version == 1 && files[file].hierarchy != hierarchy) continue;
        const char *path = version == 1 ? files[file].v1 : files[file].v2;
        int opened = openat(directory, path, files[file].flags | O_CLOEXEC);
        // Kernels before 6.12 have a peak that cannot be written.
        if (opened < 0 && files[file].flags == O_RDWR) opened = openat(directory, path, O_RDONLY | O_CLOEXEC);
        cgroup->files[file] = opened;
    }
}

/// Moves the caller, which has one thread. In version 1 a thread that moves itself is let in at once; a process, as which
/// version 2 takes it, waits for a grace period of RCU, and with it everybody who makes or removes a cgroup.
static bool enter(int directory) { return write_text(directory, version == 1 ? "tasks" : "cgroup.procs", "0"); }

struct failure cgroup_enter(unsigned slot, const struct assay_cpu_set *cpus, struct cgroup *cgroup) {
    char name[16], text[1024];
    snprintf(name, sizeof name, "%u", slot);
    for (unsigned index = 0; index < CG_FILES; index++) cgroup->files[index] = -1;
    for (unsigned index = 0; index < HIERARCHIES; index++) {
        if (bases[index] < 0 || (version == 2 && index > 0)) continue;
        int directory = directory_at(bases[index], name);
        if (directory < 0) return FAILURE("make cgroup");
        if (version == 1 && index == CPUSET && !inherit_cpuset(bases[index], directory)) return FAILURE("cpuset");
        if (bases[CPUSET] >= 0 && (version == 2 || index == CPUSET)) {
            format_cpus(cpus, text, sizeof text);
            if (!write_text(directory, "cpuset.cpus", text)) return FAILURE("cpuset.cpus");
        }
        if (!enter(directory)) return FAILURE("enter cgroup");
        open_files(directory, index, cgroup);
        close(directory);
    }
    return SUCCESS;
}

struct failure cgroup_enter_again(unsigned slot) {
    char path[32];
    snprintf(path, sizeof path, "%u/tasks", slot);
    for (unsigned index = 0; index < HIERARCHIES; index++)
        if (bases[index] >= 0 && !write_text(bases[index], path, "0")) return FAILURE("enter cgroup");
    return SUCCESS;
}

struct failure cgroup_enter_shown(const char *path, unsigned shown_version, struct cgroup *cgroup) {
    char where[128];
    version = shown_version;
    for (unsigned index = 0; index < (version == 2 ? 1 : HIERARCHIES); index++) {
        snprintf(where, sizeof where, version == 2 ? "%s" : "%s/%s", path, controllers[index]);
        int directory = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0 && errno == ENOENT) continue;
        if (directory < 0) return FAILURE("open cgroup");
        if (!enter(directory)) return FAILURE("enter cgroup");
        open_files(directory, index, cgroup);
        close(directory);
    }
    return SUCCESS;
}

bool cgroup_remove(unsigned slot) {
    char name[16];
    snprintf(name, sizeof name, "%u", slot);
    bool removed = true;
    for (unsigned index = 0; index < (version == 2 ? 1 : HIERARCHIES); index++)
        if (bases[index] >= 0 && unlinkat(bases[index], name, AT_REMOVEDIR) != 0 && errno != ENOENT) removed = false;
    return removed;
}

void cgroups_close(void) {
    for (unsigned index = 0; index < (version == 2 ? 1 : HIERARCHIES); index++)
        if (bases[index] >= 0) {
            remove_tree(parents[index], own_name);
            // Stays while another launcher has its own in it.
            unlinkat(roots[index], parent_name, AT_REMOVEDIR);
        }
}

static bool write_file(int file, const char *text) { return file >= 0 && pwrite(file, text, strlen(text), 0) >= 0; }

static bool write_number(int file, uint64_t number) {
    char text[24] = "max";
    if (number != UINT64_MAX) snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    else if (version == 1) strcpy(text, "-1");
    return write_file(file, text);
}

/// The number at the start of a control file, or after `key` at the start of a line.
static uint64_t read_number(int file, const char *key) {
    char text[1024];
    ssize_t size = file < 0 ? -1 : pread(file, text, sizeof text - 1, 0);
    if (size <= 0) return 0;
    text[size] = 0;
    if (key == NULL) return strtoull(text, NULL, 10);
    size_t length = strlen(key);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncmp(line, key, length) == 0 && line[length] == ' ') return strtoull(line + length, NULL, 10);
    }
    return 0;
}

bool cgroup_limit_memory(const struct cgroup *cgroup, uint64_t bytes, uint64_t previous) {
    int memory = cgroup->files[CG_MEMORY_LIMIT], swap = cgroup->files[CG_SWAP_LIMIT];
    if (version == 2) {
        if (swap >= 0) write_file(swap, "0");
        return write_number(memory, bytes);
    }
    // Memory and swap together may never be below memory alone. A kernel without swap accounting has no such file.
    if (bytes > previous) return (swap < 0 || write_number(swap, bytes)) && write_number(memory, bytes);
    return write_number(memory, bytes) && (swap < 0 || write_number(swap, bytes));
}

bool cgroup_limit_processes(const struct cgroup *cgroup, uint64_t count) {
    return write_number(cgroup->files[CG_PROCESSES], count);
}

bool cgroup_is_reusable(const struct cgroup *cgroup) {
    // In version 2 there is one to make and to remove, and its peak cannot be started anew by every kernel.
    return version == 1 && cgroup->files[CG_PROCESS_COUNT] >= 0 && cgroup->files[CG_MEMORY_USAGE] >= 0
        && read_number(cgroup->files[CG_PROCESS_COUNT], NULL) == 0
        && cgroup_memory_usage(cgroup) <= reusable_memory_max;
}

bool cgroup_set_cpus(const struct cgroup *cgroup, const struct assay_cpu_set *cpus) {
    char text[1024];
    format_cpus(cpus, text, sizeof text);
    return write_file(cgroup->files[CG_CPU_SET], text);
}

uint64_t cgroup_cpu_ns(const struct cgroup *cgroup) {
    if (version == 2) return read_number(cgroup->files[CG_CPU_TIME], "usage_usec") * 1000;
    return read_number(cgroup->files[CG_CPU_TIME], NULL);
}

uint64_t cgroup_memory_usage(const struct cgroup *cgroup) { return read_number(cgroup->files[CG_MEMORY_USAGE], NULL); }

uint64_t cgroup_memory_peak(const struct cgroup *cgroup) { return read_number(cgroup->files[CG_MEMORY_PEAK], NULL); }

void cgroup_reset_peak(const struct cgroup *cgroup) { write_file(cgroup->files[CG_MEMORY_PEAK], "0"); }

uint64_t cgroup_oom_kills(const struct cgroup *cgroup) { return read_number(cgroup->files[CG_OOM], "oom_kill"); }

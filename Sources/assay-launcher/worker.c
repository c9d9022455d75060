#define _GNU_SOURCE
#include "landlock.h"
#include "rootless.h"
#include "sandbox.h"
#include "seccomp.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct resource_limit {
    int resource;
    uint64_t value;
};

static bool limit_resource(const struct resource_limit *wanted) {
    struct rlimit found;
    if (getrlimit(wanted->resource, &found) != 0) return false;
    // Without CAP_SYS_RESOURCE on the host a hard limit cannot be raised.
    rlim_t value = wanted->value < found.rlim_max ? (rlim_t)wanted->value : found.rlim_max;
    if (found.rlim_cur == value && found.rlim_max == value) return true;
    return setrlimit(wanted->resource, &(struct rlimit){value, value}) == 0;
}

static bool limit_each(const struct resource_limit *table, unsigned count) {
    for (unsigned index = 0; index < count; index++)
        // gVisor's kernel refuses to limit message queues.
        if (!limit_resource(&table[index]) && table[index].resource != RLIMIT_MSGQUEUE) return false;
    return true;
}

/// Those that are the same for all programs.
static bool limit_fixed_resources(void) {
    const struct resource_limit table[] = {{RLIMIT_CORE, 0}, {RLIMIT_MEMLOCK, 64 * 1024}, {RLIMIT_MSGQUEUE, 64 * 1024}};
    return limit_each(table, sizeof table / sizeof *table);
}

/// Everything that does not depend on the command: done while nobody waits.
static struct failure prepare(const struct sandbox_plan *plan, int *filter_holder) {
    close(plan->control);
    if (setsid() < 0) return FAILURE("setsid");
    if (setpriority(PRIO_PROCESS, 0, 0) != 0) return FAILURE("setpriority");
    umask(022);
    if (!limit_fixed_resources()) return FAILURE("limit resources");
    // The kernel shall choose the program, never the keeper, when the sandbox's memory is used up. The file can be
    // written by the owner of a process only while the process is dumpable.
    prctl(PR_SET_DUMPABLE, 1);
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score < 0 || write(score, "1000", 4) != 4) return FAILURE("oom_score_adj");
    close(score);
    prctl(PR_SET_DUMPABLE, 0);
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
        if (prctl(PR_CAPBSET_DROP, capability) != 0) return FAILURE("drop bounding capability");
    // With the last id that is root, the kernel takes every capability away.
    if (setresgid(PROGRAM_ID, PROGRAM_ID, PROGRAM_ID) != 0 || setresuid(PROGRAM_ID, PROGRAM_ID, PROGRAM_ID) != 0)
        return FAILURE("become program user");
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    if (syscall(SYS_capset, &header, data) != 0) return FAILURE("drop capabilities");
    if (chdir("/work") != 0) return FAILURE("chdir /work");
    // A new program begins with default handlers and no signal blocked.
    sigset_t none;
    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct failure failure = landlock_confine();
    return failure.error != 0 ? failure : seccomp_load(plan->network, filter_holder);
}

static bool limit_resources(const struct assay_limits *limits, uint32_t unenforced) {
    // The backstop only: others look at clocks that count all processes together, and count better.
    uint64_t cpu_seconds = limits->cpu_ns / 1000000000u + 2;
    bool has_memory = !(unenforced & ASSAY_LACKS_MEMORY);
    const struct resource_limit table[] = {
        {RLIMIT_CPU, cpu_seconds},
        {RLIMIT_AS, limits->address_space == 0 ? RLIM_INFINITY : limits->address_space},
        // Not the address space, of which some runtimes reserve much more than they use.
        {RLIMIT_DATA, has_memory ? RLIM_INFINITY : limits->memory},
        {RLIMIT_STACK, limits->stack},
        // The keeper counts where it is the same user.
        {RLIMIT_NPROC, limits->processes + has_one_user()},
        {RLIMIT_NOFILE, limits->open_files},
        {RLIMIT_FSIZE, limits->file_size},
    };
    return limit_each(table, sizeof table / sizeof *table);
}

/// Executes `arguments[0]`, looked for in the PATH of the new environment unless it has a slash.
static void execute(char **arguments, char **environment) {
    const char *name = arguments[0], *path = "/usr/local/bin:/usr/bin:/bin";
    if (strchr(name, '/') != NULL) {
        execve(name, arguments, environment);
        return;
    }
    for (char **variable = environment; *variable != NULL; variable++)
        if (strncmp(*variable, "PATH=", 5) == 0) path = *variable + 5;
    int error = ENOENT;
    for (const char *end; *path != 0; path = *end == 0 ? end : end + 1) {
        char candidate[ASSAY_PATH_MAX];
        end = strchrnul(path, ':');
        int size = snprintf(candidate, sizeof candidate, "%.*s/%s", (int)(end - path), path, name);
        if (size < 0 || (size_t)size >= sizeof candidate) continue;
        execve(candidate, arguments, environment);
        if (errno != ENOENT && errno != ENOTDIR) error = errno;
    }
    errno = error;
}

/// Makes room for the program's descriptors, so that they arrive where they belong, and returns the socket that they come
/// through.
static int make_room(int go) {
    int moved = fcntl(go, F_DUPFD_CLOEXEC, 1 + ASSAY_CONTROL);
    return moved >= 0 && close_range(0, ASSAY_CONTROL, 0) == 0 ? moved : -1;
}

/// Whether descriptors 0, 1 and 2 are in place, and the control socket if there is one. Closes all others.
static bool are_connected(const int *descriptors, unsigned count) {
    for (unsigned stream = 0; stream < count; stream++)
        if (descriptors[stream] != (int)stream) return false;
    // Not ~0u, which gVisor's kernel takes for a negative number.
    return close_range(count, INT32_MAX, 0) == 0;
}

_Noreturn void worker_main(const struct sandbox_plan *plan, uint64_t tag, int prepared, struct worker_page *page) {
    static _Alignas(struct assay_run) char message[ASSAY_MESSAGE_MAX];
    static char *pointers[ASSAY_STRINGS_COUNT_MAX + 2];
    // Of the first worker only: a sandbox that many programs run in would collect filters.
    bool holds_filter = plan->keeps_filter && tag == 0;
    int filter = -1;
    struct failure failure = prepare(plan, holds_filter ? &filter : NULL);
    if (failure.error != 0) {
        page->error = failure.error;
        copy_step(page->step, failure.step);
        _exit(1);
    }
    if (filter >= 0) {
        // Nobody reads it: it stays in the socket until the launcher has seen the end of the sandbox. If it cannot be sent the
        // filter goes with the program.
        send_message(plan->go, "", 1, NULL, 0, &filter, 1);
        close(filter);
    }
    // While nobody waits: pages that the kernel would otherwise have to map when the run has come.
    message[0] = 0;
    pointers[0] = NULL;
    page->executed_ns = 0;
    now_ns();
    (void)*(volatile const char *)(uintptr_t)execve;
    if (write(prepared, "", 1) != 1) _exit(1);
    close(prepared);

    int go = make_room(plan->go);
    if (go < 0) _exit(1);
    const struct assay_run *run = (const struct assay_run *)message;
    int descriptors[DESCRIPTORS_MAX];
    unsigned count;
    do {
        ssize_t size = receive_message(go, message, sizeof message, descriptors, &count, 0);
        if (size <= 0) _exit(1);
        // A run that was killed before its worker read it is still in the socket.
        if (tag != 0 && run->header.tag != tag) close_all(descriptors, count), count = 0;
    } while (count == 0);
    if (count < 3 || count > 1 + ASSAY_CONTROL || !are_connected(descriptors, count)) _exit(1);
    if (!limit_resources(&run->limits, plan->unenforced)) _exit(1);

    // The launcher checked counts and ends of the strings.
    char *string = message + sizeof *run, **next = pointers;
    char **arguments = next;
    for (uint32_t index = 0; index < run->arguments; index++, string += strlen(string) + 1) *next++ = string;
    *next++ = NULL;
    char **environment = next;
    for (uint32_t index = 0; index < run->variables; index++, string += strlen(string) + 1) *next++ = string;
    *next = NULL;
    page->is_last = run->flags & ASSAY_RUN_IS_LAST;
    page->executed_ns = now_ns();
    execute(arguments, environment);
    int error = errno;
    dprintf(2, "assay: cannot run %s: %s\n", arguments[0], strerror(error));
    _exit(error == ENOENT ? 127 : 126);
}

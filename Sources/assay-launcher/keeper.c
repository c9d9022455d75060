#define _GNU_SOURCE
#include "bundle.h"
#include "egress.h"
#include "root.h"
#include "rootless.h"
#include "sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// How much more CPU than the program it may get when both want it: it must be able to kill a fork bomb.
enum { KEEPER_PRIORITY = -10 };

/// How long a program may take to be executed.
static const uint64_t start_time_max_ns = 5000000000u;

/// The least time between two looks at the CPU time: a tick of the clock that it is counted by.
static const uint64_t cpu_interval_min_ns = 10000000;

int clone_process(uint64_t flags, int *pidfd) {
    struct clone_args arguments = {
        .flags = flags | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)pidfd, .exit_signal = SIGCHLD};
    return (int)syscall(SYS_clone3, &arguments, sizeof arguments);
}

/// Without network the place's own, empty one; otherwise one that nobody used.
static struct failure enter_network(const struct sandbox_plan *plan) {
    if (plan->network == ASSAY_NETWORK_NONE)
        return setns(plan->place->network, CLONE_NEWNET) == 0 ? SUCCESS : FAILURE("enter network");
    if (unshare(CLONE_NEWNET) != 0) return FAILURE("unshare network");
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    bool is_up = descriptor >= 0 && ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
    struct failure failure = is_up ? SUCCESS : FAILURE("start loopback");
    if (descriptor >= 0) close(descriptor);
    if (failure.error == 0 && plan->network == ASSAY_NETWORK_EGRESS) failure = egress_connect(plan->slot, plan->egress);
    return failure;
}

static struct failure isolate(const struct sandbox_plan *plan, struct cgroup *cgroup, int *space) {
    struct failure failure;
    if (plan->cgroup != NULL) {
        *cgroup = *plan->cgroup;
        failure = cgroup_enter_again(plan->slot);
    } else {
        failure = cgroup_enter(plan->slot, &plan->cpus, cgroup);
    }
    if (failure.error != 0) return failure;
    // Without a cpuset a process chooses its CPUs, and the filter keeps programs from it.
    if (cgroup->files[CG_CPU_SET] < 0 && syscall(SYS_sched_setaffinity, 0, sizeof plan->cpus, &plan->cpus) < 0)
        return FAILURE("choose CPUs");
    if (unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP) != 0) return FAILURE("unshare");
    failure = enter_network(plan);
    if (failure.error != 0) return failure;
    if (sethostname("sandbox", 7) != 0) return FAILURE("sethostname");
    failure = root_furnish(plan->work_size, plan->work_files, plan->owner, space);
    if (failure.error != 0) return failure;
    if (setsid() < 0 && errno != EPERM) return FAILURE("setsid");
    setpriority(PRIO_PROCESS, 0, KEEPER_PRIORITY);
    // A kernel without keyrings has none to share.
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS) return FAILURE("keyring");
    return SUCCESS;
}

/// Becomes the sandbox's own root, who is nobody on the host, and keeps three capabilities over its two users.
struct failure drop_privilege(const struct sandbox_plan *plan) {
    if (plan->place != NULL && setns(plan->place->users, CLONE_NEWUSER) != 0) return FAILURE("enter user namespace");
    // With one user there is no other to become, and the kernel keeps it in its groups.
    if (!has_one_user()
        && (setgroups(0, NULL) != 0 || setresgid(KEEPER_ID, KEEPER_ID, KEEPER_ID) != 0
            || setresuid(KEEPER_ID, KEEPER_ID, KEEPER_ID) != 0))
        return FAILURE("become keeper");
    const uint32_t kept = 1u << CAP_KILL | 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_SETPCAP;
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
        if (capability >= 32 || !(kept >> capability & 1))
            if (prctl(PR_CAPBSET_DROP, capability) != 0) return FAILURE("drop bounding capability");
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.effective = kept, .permitted = kept}};
    if (syscall(SYS_capset, &header, data) != 0) return FAILURE("drop capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return FAILURE("no_new_privs");
    // Nobody may look into this process, whose memory is a copy of the launcher's.
    if (prctl(PR_SET_DUMPABLE, 0) != 0) return FAILURE("dumpable");
    return SUCCESS;
}

struct keeper {
    const struct sandbox_plan *plan;
    struct worker_page *page;
    /// The worker's or the program's pidfd; -1 when there is neither.
    int program;
    /// The run that it was armed for.
    uint64_t tag;
    /// When the program is to be killed: it may not run longer than `wall_ns`, and is asked about no later than
    /// `kill_at_ns`. Zero while nobody ordered it.
    uint64_t wall_ns, kill_at_ns;
    /// Of all that were reaped for earlier reports.
    uint64_t cpu_ns;
    /// What laying down the files of the run that is at work took of this process' own.
    uint64_t unpack_cpu_ns;
    /// The CPU time that the program may use, and when to look at it next; 0 where a cgroup counts it.
    uint64_t cpu_limit_ns, cpu_check_ns;
};

static struct failure start_worker(struct keeper *keeper, uint64_t tag) {
    int prepared[2];
    char byte;
    if (pipe2(prepared, O_CLOEXEC) != 0) return FAILURE("pipe");
    memset(keeper->page, 0, sizeof *keeper->page);
    keeper->tag = tag;
    int pid = clone_process(0, &keeper->program);
    if (pid < 0) return FAILURE("clone worker");
    if (pid == 0) worker_main(keeper->plan, tag, prepared[1], keeper->page);
    close(prepared[1]);
    ssize_t size;
    do size = read(prepared[0], &byte, 1);
    while (size < 0 && errno == EINTR);
    close(prepared[0]);
    if (size == 1) return SUCCESS;
    return (struct failure){keeper->page->error != 0 ? keeper->page->error : EIO, keeper->page->step};
}

/// Kills and reaps everything in the sandbox but this process.
void kill_everything(void) {
    for (;;) {
        int pid = waitpid(-1, NULL, WNOHANG);
        if (pid > 0) continue;
        // Every process here descends from this one, so without a child nothing is left.
        if (pid < 0 && errno == ECHILD) return;
        kill(-1, SIGKILL);
        waitpid(-1, NULL, 0);
    }
}

static void send_report(struct keeper *keeper, const struct report *report) {
    if (!send_message(keeper->plan->control, report, sizeof *report, NULL, 0, NULL, 0)) _exit(0);
}

static void finish_run(struct keeper *keeper, bool was_killed) {
    struct report report = {.kind = REPORT_ENDED, .tag = keeper->tag, .was_killed = was_killed};
    siginfo_t status = {0};
    int waited;
    do waited = waitid(P_PIDFD, (id_t)keeper->program, &status, WEXITED);
    while (waited != 0 && errno == EINTR);
    report.ended_ns = now_ns();
    close(keeper->program);
    keeper->program = -1;
    keeper->kill_at_ns = 0;
    kill_everything();
    report.stopped_ns = now_ns();
    uint64_t cpu_ns = cpu_of_reaped(&report.peak_memory);
    report.cpu_ns = cpu_ns - keeper->cpu_ns;
    keeper->cpu_ns = cpu_ns;
    keeper->cpu_limit_ns = 0;
    report.executed_ns = keeper->page->executed_ns;
    report.unpack_cpu_ns = keeper->unpack_cpu_ns;
    keeper->unpack_cpu_ns = 0;
    report.ended = status.si_code == CLD_EXITED ? ASSAY_ENDED_EXITED : ASSAY_ENDED_SIGNALLED;
    report.code = status.si_status;
    send_report(keeper, &report);
    // It would be told to as soon as the launcher has heard.
    if (keeper->page->is_last) _exit(0);
}

/// Ends a prepared runtime that is not wanted.
static void discard_program(struct keeper *keeper) {
    if (keeper->program < 0) return;
    kill_everything();
    close(keeper->program);
    keeper->program = -1;
    // What was to be killed was never begun.
    keeper->kill_at_ns = 0;
}

/// Kills the program if it ran long enough; otherwise says when it will have.
static void kill_when_due(struct keeper *keeper) {
    uint64_t now = now_ns(), executed = keeper->page->executed_ns;
    // Not executed yet, it has its whole time before it, but a start does not take seconds.
    uint64_t due = executed != 0 ? executed + keeper->wall_ns : keeper->kill_at_ns;
    if (keeper->wall_ns == 0 || now >= due) {
        kill(-1, SIGKILL);
        finish_run(keeper, true);
    } else if (executed != 0) {
        keeper->kill_at_ns = due;
    }
}

static void order_kill(struct keeper *keeper, const struct order *order) {
    if (keeper->program < 0) return;
    // A prepared runtime was executed long before it became the program.
    if (order->began_ns > keeper->page->executed_ns) keeper->page->executed_ns = order->began_ns;
    keeper->wall_ns = order->wall_ns;
    keeper->kill_at_ns = now_ns() + start_time_max_ns;
    kill_when_due(keeper);
}

static const uint64_t millisecond = 1000000;

/// Kills the program if all its processes together used what they may; otherwise says when they can have.
static void watch_cpu(struct keeper *keeper) {
    uint64_t limit = keeper->cpu_limit_ns;
    if (keeper->program < 0 || limit == 0) return;
    uint64_t now = now_ns();
    if (now < keeper->cpu_check_ns) return;
    uint64_t used = cpu_of_reaped(NULL) - keeper->cpu_ns + cpu_of_living(), cpus = 0;
    for (unsigned word = 0; word < ASSAY_CPUS_MAX / 64; word++)
        cpus += (unsigned)__builtin_popcountll(keeper->plan->cpus.words[word]);
    uint64_t wait = used < limit ? (limit - used) / cpus : 0;
    keeper->cpu_check_ns = now + (wait > cpu_interval_min_ns ? wait : cpu_interval_min_ns);
    if (used < limit) return;
    kill(-1, SIGKILL);
    finish_run(keeper, true);
}

/// Milliseconds until the CPU time is to be looked at; -1 where it is not.
static int cpu_timeout(const struct keeper *keeper) {
    if (keeper->program < 0 || keeper->cpu_limit_ns == 0) return -1;
    uint64_t now = now_ns();
    return keeper->cpu_check_ns > now ? (int)((keeper->cpu_check_ns - now) / millisecond) + 1 : 0;
}

/// Milliseconds until the program is to be killed; -1 without such an order.
static int kill_timeout(const struct keeper *keeper) {
    if (keeper->kill_at_ns == 0) return -1;
    uint64_t now = now_ns();
    uint64_t left = keeper->kill_at_ns > now ? keeper->kill_at_ns - now : 0;
    // Looked at often as long as it is not known when it was executed.
    if (keeper->page->executed_ns == 0 || left > 5 * millisecond) return 5;
    return (int)((left + millisecond - 1) / millisecond);
}

void become_for_files(unsigned id) {
    if (syscall(SYS_setfsgid, id) >= 0 && syscall(SYS_setfsuid, id) >= 0) return;
    // gVisor's kernel knows no ids for files alone. The real and the saved id stay, so there is a way back.
    if (id == KEEPER_ID && setresuid((uid_t)-1, id, (uid_t)-1) != 0) _exit(1);
    if (setresgid((gid_t)-1, id, (gid_t)-1) != 0) _exit(1);
    if (id != KEEPER_ID && setresuid((uid_t)-1, id, (uid_t)-1) != 0) _exit(1);
}

/// File work as the program's user, so that the kernel grants no more than it would grant the program.
struct failure do_file_work(const struct order *order, int bundle) {
    become_for_files(PROGRAM_ID);
    int work = open("/work", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct failure failure = work < 0 ? FAILURE("open /work")
        : order->kind == ORDER_UNPACK ? bundle_unpack(bundle, work)
                                      : bundle_collect(bundle, work, order->bytes, order->files);
    if (work >= 0) close(work);
    become_for_files(KEEPER_ID);
    return failure;
}

/// Lays down a run's files and passes it on to who waits for it. `run` has `size` bytes.
static void unpack_and_run(struct keeper *keeper, const void *run, size_t size, const int *descriptors,
                           unsigned count) {
    const struct order unpack = {.kind = ORDER_UNPACK};
    uint64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    struct failure failure = count >= 5 ? do_file_work(&unpack, descriptors[0]) : (struct failure){EBADMSG, "descriptors"};
    if (failure.error == 0) {
        // A worker says itself when it executed the program; a prepared runtime was executed before.
        if (keeper->page->executed_ns != 0) keeper->page->executed_ns = now_ns();
        keeper->unpack_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
        if (send_message(descriptors[1], run, size, NULL, 0, descriptors + 2, count - 2)) return;
        failure = FAILURE("start program");
    }
    // Whoever waits would take the next run before a worker is armed for it.
    discard_program(keeper);
    struct report report = {.kind = REPORT_NOT_RUN, .error = failure.error};
    copy_step(report.step, failure.step);
    send_report(keeper, &report);
}

static void obey(struct keeper *keeper) {
    static struct {
        struct order order;
        _Alignas(struct assay_run) char run[ASSAY_MESSAGE_MAX];
    } message;
    int descriptors[DESCRIPTORS_MAX];
    unsigned count;
    ssize_t size = receive_message(keeper->plan->control, &message, sizeof message, descriptors, &count, MSG_CMSG_CLOEXEC);
    const struct order order = message.order;
    // Without the launcher there is nobody to answer to. The kernel ends all others with this process.
    if (size < (ssize_t)sizeof order || (size > (ssize_t)sizeof order) != (order.kind == ORDER_UNPACK_AND_RUN)) _exit(0);
    struct report report = {.kind = REPORT_DONE};
    struct failure failure = SUCCESS;
    switch (order.kind) {
    case ORDER_UNPACK_AND_RUN:
        unpack_and_run(keeper, message.run, (size_t)size - sizeof order, descriptors, count);
        close_all(descriptors, count);
        return;
    case ORDER_KILL: order_kill(keeper, &order); return;
    case ORDER_WATCH:
        keeper->cpu_limit_ns = order.cpu_ns;
        keeper->cpu_check_ns = 0;
        return;
    case ORDER_ARM:
        discard_program(keeper);
        failure = start_worker(keeper, order.tag);
        break;
    case ORDER_UNPACK:
    case ORDER_COLLECT:
        failure = count == 1 ? do_file_work(&order, descriptors[0]) : (struct failure){EBADMSG, "descriptor"};
        break;
    }
    close_all(descriptors, count);
    // An armed worker reports by its run, unless it could not be made.
    if (order.kind == ORDER_ARM && failure.error == 0) return;
    report.error = failure.error;
    copy_step(report.step, failure.step);
    send_report(keeper, &report);
}

static void report_ready(struct keeper *keeper, struct failure failure, const struct cgroup *cgroup, int space) {
    const struct sandbox_plan *plan = keeper->plan;
    struct report report = {.kind = REPORT_READY, .error = failure.error};
    int descriptors[DESCRIPTORS_MAX];
    unsigned count = 0;
    copy_step(report.step, failure.step);
    if (failure.error == 0) {
        report.memory = cgroup_memory_usage(cgroup);
        for (unsigned file = 0; file < CG_FILES; file++)
            // The launcher has those of a cgroup that it lent.
            if (cgroup->files[file] >= 0 && plan->cgroup == NULL) {
                report.files |= 1u << file;
                descriptors[count++] = cgroup->files[file];
            }
        descriptors[count++] = space;
    }
    if (!send_message(plan->control, &report, sizeof report, NULL, 0, descriptors, count)) _exit(0);
    if (failure.error != 0) _exit(1);
    close_all(descriptors, count);
}

/// Closes everything inherited from the launcher: other sandboxes' sockets and control files among it.
static void close_inherited(int control, int go) {
    int low = control < go ? control : go, high = control < go ? go : control;
    close_range(0, (unsigned)low - 1, 0);
    if (high > low + 1) close_range((unsigned)low + 1, (unsigned)high - 1, 0);
    close_range((unsigned)high + 1, ~0u, 0);
}

_Noreturn void keeper_main(const struct sandbox_plan *plan) {
    struct cgroup cgroup;
    int space = -1;
    struct keeper keeper = {.plan = plan, .program = -1};
    keeper.page = mmap(NULL, sizeof *keeper.page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct failure failure = keeper.page == MAP_FAILED ? FAILURE("map page") : isolate(plan, &cgroup, &space);
    if (failure.error == 0) failure = drop_privilege(plan);
    if (failure.error == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) failure = FAILURE("parent death signal");
    if (failure.error != 0) report_ready(&keeper, failure, &cgroup, space);

    // The control files go to the launcher and out of this process before the worker is made.
    report_ready(&keeper, SUCCESS, &cgroup, space);
    close_inherited(plan->control, plan->go);
    failure = start_worker(&keeper, 0);
    // While nobody waits: the page of the clock, which it will read when a run ends.
    now_ns();
    struct report report = {.kind = REPORT_DONE, .error = failure.error};
    copy_step(report.step, failure.step);
    send_report(&keeper, &report);
    if (failure.error != 0) _exit(1);

    for (;;) {
        struct pollfd polled[2] = {{plan->control, POLLIN, 0}, {keeper.program, POLLIN, 0}};
        int due = kill_timeout(&keeper), look = cpu_timeout(&keeper);
        if (poll(polled, 2, due < 0 || (look >= 0 && look < due) ? look : due) < 0) continue;
        if (polled[1].revents != 0) finish_run(&keeper, false);
        else if (polled[0].revents != 0) obey(&keeper);
        else if (keeper.kill_at_ns != 0) kill_when_due(&keeper);
        watch_cpu(&keeper);
    }
}

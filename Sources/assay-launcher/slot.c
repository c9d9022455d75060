#define _GNU_SOURCE
#include "egress.h"
#include "root.h"
#include "rootless.h"
#include "slot_table.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// How long a sandbox that is done with may wait for a moment when no program runs: removing it costs more than a short
/// run, and would slow down those that somebody waits for.
static const uint64_t destroy_delay_max_ns = 30000000;
/// Memory that may be in use in a sandbox that waits.
static const uint64_t destroy_delay_memory_max = 8 << 20;

/// How long the cgroup that a sandbox left waits for the next one.
static const uint64_t cgroup_keep_ns = 100000000;

struct table table;
struct slot slots[ASSAY_SLOTS_MAX];
/// Places from here on were never used.
static unsigned slots_used;

uint32_t index_of(const struct slot *slot) { return (uint32_t)(slot - slots); }

uint32_t program_user(const struct slot *slot) {
    // In a user namespace of our own the user that started us is 0.
    return has_one_user() ? 0 : table.user_base + 2 * index_of(slot) + 1;
}

void slots_open(const struct assay_hello *hello, uint32_t lacks, int service_socket, int epoll_descriptor) {
    table = (struct table){
        .count = hello->slots, .user_base = hello->uid_base, .ceiling = hello->ceiling, .work_size = hello->work_size,
        .work_files = hello->work_files, .unenforced = lacks & hello->accepts, .service = service_socket, .epoll = epoll_descriptor};
    table.null_device = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (table.null_device < 0) die("open /dev/null");
}

void release_space(struct slot *slot) {
    close_all(&slot->space, 1);
    slot->space = -1;
}

void destroy(struct slot *slot) {
    release_space(slot);
    slot->is_destroyed = true;
    slot->doomed_ns = 0;
    slot->killed_ns = now_ns();
    syscall(SYS_pidfd_send_signal, slot->death, SIGKILL, NULL, 0);
}

static struct failure start_keeper(struct slot *slot, const struct assay_create *create, bool has_cgroup) {
    int control[2] = {-1, -1}, go[2] = {-1, -1};
    const struct place_namespaces *place = namespaces_of(index_of(slot), table.user_base + 2 * index_of(slot));
    if (place == NULL) return FAILURE("make namespaces");
    struct failure failure = SUCCESS;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0
        || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, go) != 0)
        failure = FAILURE("socket pair");
    int pid = failure.error != 0 ? -1 : clone_process(CLONE_NEWPID, &slot->death);
    if (pid == 0) {
        struct sandbox_plan plan = {
            .slot = index_of(slot), .network = create->network,
            .egress = (const struct assay_egress *)(create + 1), .work_size = create->work_size,
            .work_files = create->work_files, .cpus = create->cpus, .owner = program_user(slot), .place = place,
            .cgroup = has_cgroup ? &slot->cgroup : NULL, .unenforced = table.unenforced, .control = control[1], .go = go[1],
            .keeps_filter = true};
        keeper_main(&plan);
    }
    if (failure.error == 0 && pid < 0) failure = FAILURE("clone keeper");
    close_all((int[]){control[1], go[1]}, 2);
    if (failure.error != 0) {
        close_all((int[]){control[0], go[0]}, 2);
        return failure;
    }
    slot->control = control[0];
    slot->go = go[0];
    slot->keeper = pid;
    slot->has_egress = create->network == ASSAY_NETWORK_EGRESS;
    return SUCCESS;
}

static bool has_same_cpus(const struct assay_cpu_set *left, const struct assay_cpu_set *right) {
    return memcmp(left, right, sizeof *left) == 0;
}

/// Takes over the cgroup that the place's last sandbox left, without its limit on memory. Its limit on processes may stay
/// until there is a run: every limit has room for those that prepare the sandbox.
static bool inherit_cgroup(struct slot *slot, const struct slot *last) {
    slot->cgroup = last->cgroup;
    slot->process_limit = last->process_limit;
    slot->memory_limit = last->memory_limit;
    if (!limit_memory(slot, UINT64_MAX)) return false;
    if (!has_same_cpus(&slot->cpus, &last->cpus) && !cgroup_set_cpus(&slot->cgroup, &slot->cpus)) return false;
    cgroup_reset_peak(&slot->cgroup);
    return true;
}

/// Takes the first place that is free, so that few places are ever used.
static void create(const struct assay_create *request) {
    struct slot *slot = slots;
    while (slot < slots + table.count && slot->state != FREE) slot++;
    if (slot == slots + table.count && slots_clean()) return create(request);
    for (struct slot *doomed = slots; slot == slots + table.count && doomed < slots + table.count; doomed++)
        if (doomed->doomed_ns != 0) destroy(doomed);
    if (slot == slots + table.count) return refuse(&request->header, EAGAIN, "every place is taken");
    if (request->work_size > table.work_size || request->work_files > table.work_files)
        return refuse(&request->header, EDQUOT, "work directory");
    const struct slot last = *slot;
    *slot = (struct slot){
        .state = FILLING, .generation = last.generation, .tag = request->header.tag, .death = -1, .control = -1, .go = -1,
        .space = -1, .warm = -1, .warm_output = -1, .work_size = request->work_size, .work_files = request->work_files, .cpus = request->cpus,
        .expected_memory = request->memory, .expected_processes = request->processes, .memory_limit = UINT64_MAX,
        .process_limit = UINT64_MAX};
    slot->run.streams[0].pipe = slot->run.streams[0].file = -1;
    slot->run.streams[1].pipe = slot->run.streams[1].file = -1;
    memset(slot->outputs, -1, sizeof slot->outputs);
    for (unsigned file = 0; file < CG_FILES; file++) slot->cgroup.files[file] = -1;
    bool has_cgroup = last.cgroup_until_ns != 0;
    struct failure failure = has_cgroup && !inherit_cgroup(slot, &last) ? FAILURE("cgroup") : start_keeper(slot, request, has_cgroup);
    if (failure.error != 0) {
        slot->state = FREE;
        slot->cgroup_until_ns = last.cgroup_until_ns;
        return refuse(&request->header, failure.error, failure.step);
    }
    if (index_of(slot) >= slots_used) slots_used = index_of(slot) + 1;
    watch(slot->control, EVENT_KEEPER, slot);
    watch(slot->death, EVENT_DEATH, slot);
}

static void take_control_files(struct slot *slot, const struct report *report, const int *descriptors, unsigned count) {
    unsigned next = 0;
    for (unsigned file = 0; file < CG_FILES && next < count; file++)
        if (report->files >> file & 1) slot->cgroup.files[file] = descriptors[next++];
    slot->memory_base = report->memory;
    if (next < count) slot->space = descriptors[next];
}

/// Sets the limits that the run will probably ask for.
static void expect_run(struct slot *slot) {
    if (slot->expected_memory <= table.ceiling.memory) limit_memory(slot, slot->expected_memory + slot->memory_base);
    if (slot->expected_processes <= table.ceiling.processes) limit_processes(slot, slot->expected_processes);
}

static void adopt(struct slot *slot, const struct assay_adopt *request) {
    if (request->work_size > table.work_size || request->work_files > table.work_files)
        slot->adoption = (struct failure){EDQUOT, "work directory"};
    else if (request->work_size != slot->work_size || request->work_files != slot->work_files)
        slot->adoption = space_resize(slot->space, request->work_size, request->work_files);
    if (slot->adoption.error == 0 && !has_same_cpus(&request->cpus, &slot->cpus)
        && !cgroup_set_cpus(&slot->cgroup, &request->cpus))
        slot->adoption = FAILURE("cpuset");
    slot->work_size = request->work_size;
    slot->work_files = request->work_files;
    slot->cpus = request->cpus;
}

bool order(struct slot *slot, const struct order *order, const int *descriptors, unsigned count) {
    return send_message(slot->control, order, sizeof *order, NULL, 0, descriptors, count);
}

bool fits_in_memory(int files, uint64_t memory_limit, uint64_t most) {
    struct stat status;
    if (most > memory_limit / 4) most = memory_limit / 4;
    return fstat(files, &status) == 0 && (uint64_t)status.st_size <= most;
}

/// Files are moved by trusted code, and their number and size are limited: the memory limit waits for the program when
/// it could be reached.
static void move_files(struct slot *slot, const struct assay_header *request, const struct order *what, int file) {
    slot->tag = request->tag;
    bool is_small = what->kind == ORDER_UNPACK && fits_in_memory(file, slot->memory_limit, UINT64_MAX);
    if (!is_small && !limit_memory(slot, UINT64_MAX)) return refuse(request, errno, "lift memory limit");
    if (!order(slot, what, &file, 1)) return refuse(request, errno, "sandbox is gone");
    slot->state = MOVING;
}

static void destroy_soon(struct slot *slot) {
    if (slot->state != IDLE || cgroup_memory_usage(&slot->cgroup) > destroy_delay_memory_max) return destroy(slot);
    slot->is_destroyed = true;
    slot->doomed_ns = now_ns() + destroy_delay_max_ns;
}

void slots_request(struct assay_header *header, const int *descriptors, unsigned count) {
    void *bytes = header;
    struct slot *slot = header->slot < slots_used ? &slots[header->slot] : NULL;
    bool exists = slot != NULL && slot->generation == header->generation && slot->state != FREE && slot->state != GONE
        && !slot->is_destroyed;
    bool needs_idle = header->kind == ASSAY_WRITE || header->kind == ASSAY_RUN || header->kind == ASSAY_COLLECT
        || header->kind == ASSAY_WARM;
    if (header->kind == ASSAY_HELLO) {
        refuse(header, EPROTO, "hello was said");
    } else if (header->kind == ASSAY_CREATE) {
        create(bytes);
    } else if (header->kind == ASSAY_KILL) {
        if (exists) run_kill_by_request(slot, bytes);
    } else if (header->kind == ASSAY_DESTROY) {
        if (exists) destroy_soon(slot);
    } else if (!exists) {
        if (needs_idle) refuse(header, ESRCH, "no such sandbox");
    } else if (header->kind == ASSAY_ADOPT) {
        if (slot->state == IDLE) adopt(slot, bytes);
    } else if (slot->state != IDLE) {
        refuse(header, EBUSY, "sandbox is at work");
    } else if (slot->adoption.error != 0) {
        refuse(header, slot->adoption.error, slot->adoption.step);
    } else if (header->kind == ASSAY_RUN) {
        run_begin(slot, bytes, descriptors);
    } else if (header->kind == ASSAY_WARM) {
        warm_begin(slot, bytes);
    } else if (header->kind == ASSAY_WRITE) {
        move_files(slot, header, &(struct order){.kind = ORDER_UNPACK}, descriptors[0]);
    } else if (header->kind == ASSAY_COLLECT) {
        const struct assay_collect *collect = bytes;
        move_files(slot, header,
                   &(struct order){.kind = ORDER_COLLECT, .bytes = collect->bytes, .files = collect->files},
                   descriptors[0]);
    }
    close_all(descriptors, count);
}

bool is_anything_running(void) {
    for (const struct slot *slot = slots; slot < slots + slots_used; slot++)
        if (slot->state == RUNNING) return true;
    return false;
}

static void lose_run(struct slot *slot) {
    uint64_t now = now_ns();
    struct report report = {.ended = ASSAY_ENDED_LOST, .executed_ns = now, .ended_ns = now, .stopped_ns = now};
    run_reply(slot, &report);
    destroy(slot);
}

/// Answers a run. Its sandbox goes with it if it was the last one; its keeper may have ended already.
static void end_run(struct slot *slot, const struct report *report) {
    bool is_last = slot->run.is_last;
    if (is_last) slot->killed_ns = report->stopped_ns;
    run_reply(slot, report);
    // It has nothing else to say, and its end is told by its death.
    if (is_last) unwatch(slot->control);
    if (slot->is_destroyed) return;
    if (is_last) destroy_soon(slot);
    else run_prepare(slot);
}

static void hear_keeper(struct slot *slot) {
    struct report report;
    int descriptors[DESCRIPTORS_MAX];
    unsigned count;
    ssize_t size =
        receive_message(slot->control, &report, sizeof report, descriptors, &count, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size != sizeof report) {
        if (size < 0 && errno == EAGAIN) return;
        // Its death is told by its pidfd.
        unwatch(slot->control);
        return;
    }
    report.step[ASSAY_STEP_MAX - 1] = 0;
    struct failure failure = {report.error, report.step};
    if (report.kind == REPORT_READY && slot->state == FILLING) {
        if (failure.error == 0) take_control_files(slot, &report, descriptors, count);
        else if (!slot->is_destroyed) reply_created(slot, failure);
        slot->is_destroyed |= failure.error != 0;
    } else if (report.kind == REPORT_DONE && slot->state == FILLING) {
        slot->state = IDLE;
        expect_run(slot);
        if (!slot->is_destroyed) reply_created(slot, failure);
        if (failure.error != 0) slot->is_destroyed = true;
        else run_prepare(slot);
    } else if (report.kind == REPORT_DONE && slot->state == MOVING) {
        slot->state = IDLE;
        if (!slot->is_destroyed) reply_done(slot, failure);
    } else if (report.kind == REPORT_DONE && slot->state == RUNNING) {
        // No worker could be made for it.
        lose_run(slot);
    } else if (report.kind == REPORT_NOT_RUN && slot->state == RUNNING) {
        run_not_begun(slot, failure);
    } else if (report.kind == REPORT_ENDED && slot->state == RUNNING && report.tag == slot->run.worker_tag) {
        // A prepared runtime may have ended before it was told to go on.
        if (report.ended_ns < slot->run.started_ns) lose_run(slot);
        else end_run(slot, &report);
    } else if (report.kind == REPORT_ENDED) {
        warm_ended(slot);
    } else {
        close_all(descriptors, count);
    }
}

/// The keeper is dead, and with it everything in its sandbox.
static void bury(struct slot *slot) {
    waitid(P_PIDFD, (id_t)slot->death, &(siginfo_t){0}, WEXITED);
    const struct failure lost = {ESRCH, "sandbox is gone"};
    if (!slot->is_destroyed) {
        if (slot->state == FILLING) reply_created(slot, lost);
        if (slot->state == MOVING || slot->state == WARMING) reply_done(slot, lost);
        uint64_t now = now_ns();
        struct report report = {.ended = ASSAY_ENDED_LOST, .executed_ns = 0, .ended_ns = now, .stopped_ns = now};
        if (slot->state == RUNNING) run_reply(slot, &report);
    }
    run_close_streams(slot);
    for (unsigned stream = 0; stream < 2; stream++) close_all(slot->outputs[stream], 2);
    unwatch(slot->death);
    unwatch(slot->control);
    unwatch(slot->warm);
    close_all((int[]){slot->death, slot->control, slot->space, slot->warm, slot->warm_output}, 5);
    // Their numbers are another sandbox's next.
    slot->death = slot->control = slot->space = slot->warm = slot->warm_output = -1;
    slot->doomed_ns = 0;
    if (slot->has_egress) egress_release(index_of(slot));
    slot->state = GONE;
}

void slots_event(union event event) {
    struct slot *slot = &slots[event.slot];
    if (slot->state == FREE || slot->state == GONE) return;
    switch (event.source) {
    case EVENT_KEEPER: hear_keeper(slot); break;
    case EVENT_DEATH:
        // Its last report may have come with its death.
        hear_keeper(slot);
        bury(slot);
        break;
    case EVENT_STDOUT: run_hear_output(slot, &slot->run.streams[0]); break;
    case EVENT_WARM: warm_hear(slot); break;
    case EVENT_STDERR: run_hear_output(slot, &slot->run.streams[1]); break;
    }
}

uint64_t slots_tick(uint64_t now) {
    uint64_t next = UINT64_MAX;
    unsigned running = 0;
    for (struct slot *slot = slots; slot < slots + slots_used; slot++) {
        if (slot->state != RUNNING) continue;
        running++;
        uint64_t again = slot->run.killed == ASSAY_KILLED_NOT || slot->run.is_waiting ? run_watch(slot, now) : UINT64_MAX;
        if (again < next) next = again;
    }
    for (struct slot *slot = slots; slot < slots + slots_used; slot++) {
        if (slot->doomed_ns == 0) continue;
        if (running == 0 || now >= slot->doomed_ns) destroy(slot);
        else if (slot->doomed_ns < next) next = slot->doomed_ns;
    }
    for (const struct slot *slot = slots; slot < slots + slots_used; slot++)
        if (slot->state == FREE && slot->cgroup_until_ns != 0 && slot->cgroup_until_ns < next) next = slot->cgroup_until_ns;
    return next;
}

/// Leaves the cgroup of a sandbox that is gone to the next one.
static bool keep_cgroup(struct slot *slot) {
    if (!cgroup_is_reusable(&slot->cgroup)) return false;
    slot->cgroup_until_ns = now_ns() + cgroup_keep_ns;
    return true;
}

static bool remove_cgroup(struct slot *slot) {
    if (!cgroup_remove(index_of(slot))) return false;
    close_all(slot->cgroup.files, CG_FILES);
    slot->cgroup_until_ns = 0;
    return true;
}

/// Removes a cgroup that no sandbox took over. False if there is none, or the kernel still holds it.
static bool remove_kept_cgroup(void) {
    uint64_t now = now_ns();
    for (struct slot *slot = slots; slot < slots + slots_used; slot++) {
        if (slot->state != FREE || slot->cgroup_until_ns == 0 || now < slot->cgroup_until_ns) continue;
        if (remove_cgroup(slot)) return true;
        slot->cgroup_until_ns = now + cgroup_keep_ns;
    }
    return false;
}

bool slots_clean(void) {
    for (struct slot *slot = slots; slot < slots + slots_used; slot++)
        if (slot->state == GONE && (keep_cgroup(slot) || remove_cgroup(slot))) {
            tell_removed(slot);
            // With it goes its worker's filter, which takes time that nobody should wait for.
            close(slot->go);
            slot->go = -1;
            slot->state = FREE;
            slot->generation++;
            return true;
        }
    return remove_kept_cgroup();
}

bool slots_remain(void) {
    for (struct slot *slot = slots; slot < slots + slots_used; slot++)
        if (slot->state == GONE) return true;
    return false;
}

void slots_close(void) {
    for (struct slot *slot = slots; slot < slots + slots_used; slot++)
        if (slot->state != FREE && slot->state != GONE) {
            destroy(slot);
            bury(slot);
        }
}

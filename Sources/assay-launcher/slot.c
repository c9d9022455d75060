#define _GNU_SOURCE
#include "slot.h"
#include "request.h"
#include "root.h"
#include "sandbox.h"
#include "namespaces.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum state {
    FREE,
    /// Its keeper prepares it; CREATED follows.
    FILLING,
    IDLE,
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
    int death, control, go, space;
    struct cgroup cgroup;
    uint64_t work_size, work_files;
    struct assay_cpu_set cpus;
    /// What went wrong when it was adopted: its next request is told.
    struct failure adoption;
    uint32_t runs;
    /// A run that was to be killed before it came here.
    uint64_t early_kill, early_kill_wall_ns;
    /// What its run will probably ask for.
    uint64_t expected_memory, expected_processes;
    /// What is set in the cgroup now.
    uint64_t memory_limit, process_limit;
    /// What the keeper itself uses.
    uint64_t memory_base;
    struct {
        struct assay_limits limits;
        uint64_t started_ns, cpu_base, oom_base, next_check_ns;
        uint32_t killed;
        /// Killed only when its time is over.
        bool is_waiting;
        bool is_watching_output;
        struct capture streams[2];
    } run;
};

/// Output of a run that is older than this is read while it runs; a shorter run's is read once, at its end.
static const uint64_t output_watch_delay_ns = 2000000;
/// How long a sandbox that is done with may wait for a moment when no program runs: removing it costs more than a short
/// run, and would slow down those that somebody waits for.
static const uint64_t destroy_delay_max_ns = 30000000;
/// Memory that may be in use in a sandbox that waits.
static const uint64_t destroy_delay_memory_max = 8 << 20;
/// The least time between two looks at the CPU clock.
static const uint64_t check_interval_min_ns = 1000000;

static struct slot slots[ASSAY_SLOTS_MAX];
static unsigned slots_count, slots_used;
static uint32_t user_base;
static struct assay_limits ceiling;
static uint64_t work_size_ceiling, work_files_ceiling;
static int service, epoll, null_device;

static uint32_t index_of(const struct slot *slot) { return (uint32_t)(slot - slots); }

static uint32_t program_user(const struct slot *slot) { return user_base + 2 * index_of(slot) + 1; }

static void watch(int descriptor, enum event_source source, const struct slot *slot) {
    union event event = {.source = source, .slot = index_of(slot)};
    struct epoll_event entry = {.events = EPOLLIN, .data.u64 = event.word};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &entry) != 0) die("epoll_ctl");
}

/// Before the descriptor is closed: a sandbox that is being made may still hold a copy of it, and then the kernel would
/// go on reporting it.
static void unwatch(int descriptor) {
    if (descriptor >= 0) epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

static struct assay_header header_for(const struct slot *slot, uint32_t kind, size_t size) {
    return (struct assay_header){kind, (uint32_t)size, slot->tag, index_of(slot), slot->generation};
}

/// Without its service a launcher has no reason to live: the loop ends when it reads the end of the socket.
static void reply(const void *message, size_t size, const void *tail, size_t tail_size, const int *files,
                  unsigned count) {
    send_message(service, message, size, tail, tail_size, files, count);
}

static void refuse(const struct assay_header *request, int error, const char *reason) {
    struct assay_refused refused = {.header = *request, .error = error};
    refused.header.kind = ASSAY_REFUSED;
    refused.header.size = sizeof refused;
    copy_step(refused.reason, reason);
    reply(&refused, sizeof refused, NULL, 0, NULL, 0);
}

static void reply_created(struct slot *slot, struct failure failure) {
    struct assay_created created = {.header = header_for(slot, ASSAY_CREATED, sizeof created), .error = failure.error};
    copy_step(created.step, failure.step);
    created.idle_kib = (uint32_t)(slot->memory_base / 1024);
    reply(&created, sizeof created, NULL, 0, NULL, 0);
}

static void reply_done(struct slot *slot, struct failure failure) {
    struct assay_done done = {.header = header_for(slot, ASSAY_DONE, sizeof done), .error = failure.error};
    copy_step(done.step, failure.step);
    reply(&done, sizeof done, NULL, 0, NULL, 0);
}

void slots_open(const struct assay_hello *hello, int service_socket, int epoll_descriptor) {
    service = service_socket;
    epoll = epoll_descriptor;
    slots_count = hello->slots;
    user_base = hello->uid_base;
    ceiling = hello->ceiling;
    work_size_ceiling = hello->work_size;
    work_files_ceiling = hello->work_files;
    null_device = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null_device < 0) die("open /dev/null");
}

static void destroy(struct slot *slot) {
    slot->is_destroyed = true;
    slot->doomed_ns = 0;
    syscall(SYS_pidfd_send_signal, slot->death, SIGKILL, NULL, 0);
}

// MARK: making

static struct failure start_keeper(struct slot *slot, const struct assay_create *create) {
    int control[2] = {-1, -1}, go[2] = {-1, -1};
    const struct place_namespaces *place = namespaces_of(index_of(slot), user_base + 2 * index_of(slot));
    if (place == NULL) return FAILURE("make namespaces");
    struct failure failure = SUCCESS;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0
        || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, go) != 0)
        failure = FAILURE("socket pair");
    int pid = failure.error != 0 ? -1 : clone_process(CLONE_NEWPID, &slot->death);
    if (pid == 0) {
        struct sandbox_plan plan = {
            .slot = index_of(slot), .network = create->network, .work_size = create->work_size,
            .work_files = create->work_files, .cpus = create->cpus, .owner = program_user(slot), .place = place,
            .control = control[1], .go = go[1]};
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
    return SUCCESS;
}

/// Takes the first place that is free, so that few places are ever used.
static void create(const struct assay_create *request) {
    struct slot *slot = slots;
    while (slot < slots + slots_count && slot->state != FREE) slot++;
    if (slot == slots + slots_count && slots_clean()) return create(request);
    for (struct slot *doomed = slots; slot == slots + slots_count && doomed < slots + slots_count; doomed++)
        if (doomed->doomed_ns != 0) destroy(doomed);
    if (slot == slots + slots_count) return refuse(&request->header, EAGAIN, "every place is taken");
    if (request->work_size > work_size_ceiling || request->work_files > work_files_ceiling)
        return refuse(&request->header, EDQUOT, "work directory");
    uint32_t generation = slot->generation;
    *slot = (struct slot){
        .state = FILLING, .generation = generation, .tag = request->header.tag, .death = -1, .control = -1, .go = -1,
        .space = -1, .work_size = request->work_size, .work_files = request->work_files, .cpus = request->cpus,
        .expected_memory = request->memory, .expected_processes = request->processes, .memory_limit = UINT64_MAX,
        .process_limit = UINT64_MAX};
    for (unsigned file = 0; file < CG_FILES; file++) slot->cgroup.files[file] = -1;
    slot->run.streams[0].pipe = slot->run.streams[0].file = -1;
    slot->run.streams[1].pipe = slot->run.streams[1].file = -1;
    struct failure failure = start_keeper(slot, request);
    if (failure.error != 0) {
        slot->state = FREE;
        return refuse(&request->header, failure.error, failure.step);
    }
    if (index_of(slot) >= slots_used) slots_used = index_of(slot) + 1;
    watch(slot->control, EVENT_KEEPER, slot);
    watch(slot->death, EVENT_DEATH, slot);
}

static bool set_memory_limit(struct slot *slot, uint64_t bytes) {
    if (bytes == slot->memory_limit) return true;
    if (!cgroup_limit_memory(&slot->cgroup, bytes, slot->memory_limit)) return false;
    slot->memory_limit = bytes;
    return true;
}

static bool set_process_limit(struct slot *slot, uint64_t count) {
    if (count == slot->process_limit) return true;
    // The keeper is one process more.
    if (!cgroup_limit_processes(&slot->cgroup, count + 1)) return false;
    slot->process_limit = count;
    return true;
}

static void take_control_files(struct slot *slot, const struct report *report, const int *descriptors, unsigned count) {
    unsigned next = 0;
    for (unsigned file = 0; file < CG_FILES && next < count; file++)
        if (report->files >> file & 1) slot->cgroup.files[file] = descriptors[next++];
    if (next < count) slot->space = descriptors[next];
}

/// Measures what the keeper itself uses, and sets the limits that the run will probably ask for.
static void expect_run(struct slot *slot) {
    slot->memory_base = cgroup_memory_usage(&slot->cgroup);
    if (slot->expected_memory <= ceiling.memory) set_memory_limit(slot, slot->expected_memory + slot->memory_base);
    if (slot->expected_processes <= ceiling.processes) set_process_limit(slot, slot->expected_processes);
}

// MARK: requests

static bool has_same_cpus(const struct assay_cpu_set *left, const struct assay_cpu_set *right) {
    return memcmp(left, right, sizeof *left) == 0;
}

static void adopt(struct slot *slot, const struct assay_adopt *request) {
    if (request->work_size > work_size_ceiling || request->work_files > work_files_ceiling)
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

static bool order(struct slot *slot, const struct order *order, const int *descriptors, unsigned count) {
    return send_message(slot->control, order, sizeof *order, NULL, 0, descriptors, count);
}

/// Files are moved by trusted code, and their number and size are limited: the memory limit waits for the program when
/// it could be reached.
static void move_files(struct slot *slot, const struct assay_header *request, const struct order *what, int file) {
    struct stat status;
    slot->tag = request->tag;
    bool is_small = what->kind == ORDER_UNPACK && fstat(file, &status) == 0
        && (uint64_t)status.st_size < slot->memory_limit / 4;
    if (!is_small && !set_memory_limit(slot, UINT64_MAX)) return refuse(request, errno, "lift memory limit");
    if (!order(slot, what, &file, 1)) return refuse(request, errno, "sandbox is gone");
    slot->state = MOVING;
}

static uint64_t cpu_count(const struct assay_cpu_set *set) {
    unsigned count = 0;
    for (unsigned word = 0; word < ASSAY_CPUS_MAX / 64; word++) count += (unsigned)__builtin_popcountll(set->words[word]);
    return count;
}

/// When the CPU limit can be reached at the earliest, if every CPU works for it from now on.
static uint64_t next_check(const struct slot *slot, uint64_t now, uint64_t used) {
    uint64_t left = slot->run.limits.cpu_ns > used ? slot->run.limits.cpu_ns - used : 0;
    uint64_t wait = left / cpu_count(&slot->cpus);
    return now + (wait > check_interval_min_ns ? wait : check_interval_min_ns);
}

static void close_streams(struct slot *slot) {
    for (unsigned stream = 0; stream < 2; stream++) {
        if (slot->run.is_watching_output) unwatch(slot->run.streams[stream].pipe);
        capture_close(&slot->run.streams[stream]);
    }
}

/// `connected`: the program's descriptors that come from the service, -1 for the others.
static struct failure start_run(struct slot *slot, const struct assay_run *request,
                                const int connected[ASSAY_CONNECTIONS_MAX]) {
    slot->run.limits = request->limits;
    slot->run.killed = ASSAY_KILLED_NOT;
    slot->run.is_waiting = slot->run.is_watching_output = false;
    if (!set_memory_limit(slot, request->limits.memory + slot->memory_base)) return FAILURE("memory limit");
    if (!set_process_limit(slot, request->limits.processes)) return FAILURE("process limit");
    if (slot->runs++ > 0) {
        struct order arm = {.kind = ORDER_ARM, .tag = request->header.tag};
        if (!order(slot, &arm, NULL, 0)) return FAILURE("sandbox is gone");
        cgroup_reset_peak(&slot->cgroup);
    }
    int streams[ASSAY_CONNECTIONS_MAX] = {
        connected[0] >= 0 ? connected[0] : null_device, connected[1], connected[2], connected[3]};
    int captured[2] = {-1, -1};
    struct failure failure = SUCCESS;
    for (unsigned stream = 0; stream < 2; stream++) {
        slot->run.streams[stream] = (struct capture){.pipe = -1, .file = -1};
        if (connected[stream + 1] >= 0 || failure.error != 0) continue;
        failure = capture_begin(&slot->run.streams[stream], request->limits.output, program_user(slot),
                                &captured[stream]);
        streams[stream + 1] = captured[stream];
    }
    slot->run.cpu_base = cgroup_cpu_ns(&slot->cgroup);
    slot->run.oom_base = cgroup_oom_kills(&slot->cgroup);
    if (failure.error == 0 && !send_message(slot->go, request, request->header.size, NULL, 0, streams, connected[3] >= 0 ? 4 : 3))
        failure = FAILURE("start program");
    close_all(captured, 2);
    return failure;
}

/// Ends a run. A later order counts when it is the sharper one: a limit was broken while its clock still ran.
static void kill_run(struct slot *slot, uint32_t why, uint64_t wall_ns) {
    if (slot->run.killed != ASSAY_KILLED_NOT && !(slot->run.is_waiting && wall_ns == 0)) return;
    slot->run.killed = why;
    slot->run.is_waiting = wall_ns != 0;
    struct order kill = {.kind = ORDER_KILL, .wall_ns = wall_ns};
    order(slot, &kill, NULL, 0);
}

static void run(struct slot *slot, const struct assay_run *request, const int *descriptors) {
    uint64_t now = now_ns();
    int connected[ASSAY_CONNECTIONS_MAX] = {-1, -1, -1, -1};
    if (!limits_are_within(&request->limits, &ceiling)) return refuse(&request->header, EDQUOT, "limits");
    for (unsigned index = 0; index < ASSAY_CONNECTIONS_MAX; index++) {
        if (!(request->connections >> index & 1)) continue;
        connected[index] = *descriptors++;
        if (!may_connect(connected[index], 1u << index)) return refuse(&request->header, EBADF, "connection");
    }
    slot->tag = request->header.tag;
    struct failure failure = start_run(slot, request, connected);
    if (failure.error != 0) {
        close_streams(slot);
        return refuse(&request->header, failure.error, failure.step);
    }
    slot->run.started_ns = now;
    slot->run.next_check_ns = next_check(slot, now, 0);
    slot->state = RUNNING;
    if (slot->early_kill == slot->tag) kill_run(slot, ASSAY_KILLED_BY_SERVICE, slot->early_kill_wall_ns);
}

static void kill_by_request(struct slot *slot, const struct assay_kill *request) {
    if (slot->state == RUNNING && slot->tag == request->header.tag) {
        kill_run(slot, ASSAY_KILLED_BY_SERVICE, request->wall_ns);
    } else {
        slot->early_kill = request->header.tag;
        slot->early_kill_wall_ns = request->wall_ns;
    }
}

static void destroy_soon(struct slot *slot) {
    if (slot->state != IDLE || cgroup_memory_usage(&slot->cgroup) > destroy_delay_memory_max) return destroy(slot);
    slot->is_destroyed = true;
    slot->doomed_ns = now_ns() + destroy_delay_max_ns;
}

void slots_request(const struct assay_header *header, const int *descriptors, unsigned count) {
    const void *bytes = header;
    struct slot *slot = header->slot < slots_used ? &slots[header->slot] : NULL;
    bool exists = slot != NULL && slot->generation == header->generation && slot->state != FREE && slot->state != GONE
        && !slot->is_destroyed;
    bool needs_idle = header->kind == ASSAY_WRITE || header->kind == ASSAY_RUN || header->kind == ASSAY_COLLECT;
    if (header->kind == ASSAY_HELLO) {
        refuse(header, EPROTO, "hello was said");
    } else if (header->kind == ASSAY_CREATE) {
        create(bytes);
    } else if (header->kind == ASSAY_KILL) {
        if (exists) kill_by_request(slot, bytes);
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
        run(slot, bytes, descriptors);
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

// MARK: events

/// Answers with everything that is known of a run that has ended.
static void reply_result(struct slot *slot, const struct report *report) {
    static char buffers[2][CAPTURE_BUFFER];
    struct capture *streams = slot->run.streams;
    struct assay_result result = {
        .header = header_for(slot, ASSAY_RESULT, sizeof result),
        .ended = report->ended,
        .code = report->code,
        .killed = report->was_killed ? slot->run.killed : ASSAY_KILLED_NOT,
        .oom_kills = cgroup_oom_kills(&slot->cgroup) - slot->run.oom_base,
        .cpu_ns = cgroup_cpu_ns(&slot->cgroup) - slot->run.cpu_base,
    };
    uint64_t peak = cgroup_memory_peak(&slot->cgroup);
    result.peak_memory = peak > slot->memory_base ? peak - slot->memory_base : 0;
    // Killed before it was executed, it has no time of its own.
    uint64_t executed = report->executed_ns != 0 ? report->executed_ns : report->ended_ns;
    result.launch_ns = executed - slot->run.started_ns;
    result.execute_ns = report->ended_ns - executed;
    result.stop_ns = report->stopped_ns - report->ended_ns;
    for (unsigned stream = 0; stream < 2; stream++) capture_finish(&streams[stream], buffers[stream]);
    unsigned larger = streams[1].size > streams[0].size;
    if (streams[0].file < 0 && streams[1].file < 0 && streams[0].size + streams[1].size > ASSAY_INLINE_OUTPUT_MAX)
        capture_spill(&streams[larger], buffers[larger]);
    int files[2];
    unsigned count = 0;
    uint64_t tail_size = 0;
    for (unsigned stream = 0; stream < 2; stream++) {
        if (streams[stream].is_truncated) result.flags |= ASSAY_STDOUT_TRUNCATED << stream;
        if (streams[stream].file >= 0) {
            files[count++] = streams[stream].file;
            result.flags |= ASSAY_STDOUT_IN_FILE << stream;
        } else {
            // Standard error follows standard output without a gap.
            if (stream == 1) memmove(buffers[0] + tail_size, buffers[1], streams[1].size);
            tail_size += streams[stream].size;
        }
    }
    result.stdout_size = streams[0].size;
    result.stderr_size = streams[1].size;
    result.header.size += (uint32_t)tail_size;
    slot->state = report->ended == ASSAY_ENDED_LOST ? slot->state : IDLE;
    reply(&result, sizeof result, buffers[0], tail_size, files, count);
    close_streams(slot);
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
    } else if (report.kind == REPORT_DONE && slot->state == MOVING) {
        slot->state = IDLE;
        if (!slot->is_destroyed) reply_done(slot, failure);
    } else if (report.kind == REPORT_DONE && slot->state == RUNNING) {
        // No worker could be made for it.
        report.ended = ASSAY_ENDED_LOST;
        report.executed_ns = report.ended_ns = report.stopped_ns = now_ns();
        reply_result(slot, &report);
        destroy(slot);
    } else if (report.kind == REPORT_ENDED && slot->state == RUNNING) {
        reply_result(slot, &report);
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
        if (slot->state == MOVING) reply_done(slot, lost);
        uint64_t now = now_ns();
        struct report report = {.ended = ASSAY_ENDED_LOST, .executed_ns = 0, .ended_ns = now, .stopped_ns = now};
        if (slot->state == RUNNING) reply_result(slot, &report);
    }
    close_streams(slot);
    close_all(slot->cgroup.files, CG_FILES);
    unwatch(slot->death);
    unwatch(slot->control);
    close_all((int[]){slot->death, slot->control, slot->go, slot->space}, 4);
    slot->state = GONE;
}

static void watch_output(struct slot *slot) {
    slot->run.is_watching_output = true;
    for (unsigned stream = 0; stream < 2; stream++)
        if (slot->run.streams[stream].pipe >= 0) watch(slot->run.streams[stream].pipe, stream == 0 ? EVENT_STDOUT : EVENT_STDERR, slot);
}

static void hear_output(struct slot *slot, struct capture *stream) {
    if (slot->state != RUNNING || stream->pipe < 0) return;
    uint64_t before = stream->size;
    if (!capture_drain(stream)) {
        unwatch(stream->pipe);
        kill_run(slot, ASSAY_KILLED_FOR_OUTPUT, 0);
    } else if (stream->size == before) {
        // Nothing came: every writer closed it.
        unwatch(stream->pipe);
    }
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
    case EVENT_STDOUT: hear_output(slot, &slot->run.streams[0]); break;
    case EVENT_STDERR: hear_output(slot, &slot->run.streams[1]); break;
    }
}

/// Looks after a running program. Returns when to look again.
static uint64_t watch_run(struct slot *slot, uint64_t now) {
    uint64_t watch_at = slot->run.started_ns + output_watch_delay_ns;
    if (!slot->run.is_watching_output && now >= watch_at) watch_output(slot);
    if (now >= slot->run.next_check_ns) {
        uint64_t used = cgroup_cpu_ns(&slot->cgroup) - slot->run.cpu_base;
        if (used >= slot->run.limits.cpu_ns) kill_run(slot, ASSAY_KILLED_FOR_CPU, 0);
        else slot->run.next_check_ns = next_check(slot, now, used);
    }
    uint64_t next = slot->run.next_check_ns;
    return slot->run.is_watching_output || next < watch_at ? next : watch_at;
}

uint64_t slots_tick(uint64_t now) {
    uint64_t next = UINT64_MAX;
    unsigned running = 0;
    for (struct slot *slot = slots; slot < slots + slots_used; slot++) {
        if (slot->state != RUNNING) continue;
        running++;
        uint64_t again = slot->run.killed == ASSAY_KILLED_NOT || slot->run.is_waiting ? watch_run(slot, now) : UINT64_MAX;
        if (again < next) next = again;
    }
    for (struct slot *slot = slots; slot < slots + slots_used; slot++) {
        if (slot->doomed_ns == 0) continue;
        if (running == 0 || now >= slot->doomed_ns) destroy(slot);
        else if (slot->doomed_ns < next) next = slot->doomed_ns;
    }
    return next;
}

bool slots_clean(void) {
    for (struct slot *slot = slots; slot < slots + slots_used; slot++)
        if (slot->state == GONE && cgroup_remove(index_of(slot))) {
            slot->state = FREE;
            slot->generation++;
            return true;
        }
    return false;
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

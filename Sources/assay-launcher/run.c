#define _GNU_SOURCE
#include "slot_table.h"
#include "request.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

/// Output of a run that is older than this is read while it runs; a shorter run's is read once, at its end.
static const uint64_t output_watch_delay_ns = 2000000;
/// The least time between two looks at the CPU clock.
static const uint64_t check_interval_min_ns = 1000000;
/// More than the keeper takes for files that come with a run. It is known only when the run has ended; until then the
/// program may use as much more.
static const uint64_t unpack_cpu_max_ns = 5000000;

bool limit_memory(struct slot *slot, uint64_t bytes) {
    if (bytes == slot->memory_limit || (table.unenforced & ASSAY_LACKS_MEMORY)) return true;
    if (!cgroup_limit_memory(&slot->cgroup, bytes, slot->memory_limit)) return false;
    slot->memory_limit = bytes;
    return true;
}

bool limit_processes(struct slot *slot, uint64_t count) {
    if (count == slot->process_limit || (table.unenforced & ASSAY_LACKS_PROCESSES)) return true;
    // The keeper is one process more.
    if (!cgroup_limit_processes(&slot->cgroup, count + 1)) return false;
    slot->process_limit = count;
    return true;
}

static uint64_t cpu_count(const struct assay_cpu_set *set) {
    unsigned count = 0;
    for (unsigned word = 0; word < ASSAY_CPUS_MAX / 64; word++) count += (unsigned)__builtin_popcountll(set->words[word]);
    return count;
}

/// CPU time at which the program is killed.
static uint64_t cpu_end(const struct slot *slot) {
    return slot->run.limits.cpu_ns + (slot->run.has_files ? unpack_cpu_max_ns : 0);
}

/// When the CPU limit can be reached at the earliest, if every CPU works for it from now on.
static uint64_t next_check(const struct slot *slot, uint64_t now, uint64_t used) {
    uint64_t left = cpu_end(slot) > used ? cpu_end(slot) - used : 0;
    uint64_t wait = left / cpu_count(&slot->cpus);
    return now + (wait > check_interval_min_ns ? wait : check_interval_min_ns);
}

void run_close_streams(struct slot *slot) {
    for (unsigned stream = 0; stream < 2; stream++) {
        if (slot->run.is_watching_output) unwatch(slot->run.streams[stream].pipe);
        capture_close(&slot->run.streams[stream]);
    }
}

void run_prepare(struct slot *slot) {
    for (unsigned stream = 0; stream < 2; stream++)
        if (slot->outputs[stream][0] < 0) capture_make_pipe(program_user(slot), slot->outputs[stream]);
}

/// Sends a run to who waits for it; with files through the keeper, which lays them down first.
static bool send_run(struct slot *slot, const struct assay_run *request, int receiver, int files, const int *streams,
                     unsigned count) {
    if (files < 0) return send_message(receiver, request, request->header.size, NULL, 0, streams, count);
    int descriptors[2 + ASSAY_CONNECTIONS_MAX] = {files, receiver};
    memcpy(descriptors + 2, streams, count * sizeof *streams);
    struct order unpack = {.kind = ORDER_UNPACK_AND_RUN};
    return send_message(slot->control, &unpack, sizeof unpack, request, request->header.size, descriptors, 2 + count);
}

/// `connected`: the program's descriptors that come from the service, -1 for the others; `files` are -1 if there are none.
static struct failure start_run(struct slot *slot, struct assay_run *request, int files,
                                const int connected[ASSAY_CONNECTIONS_MAX]) {
    slot->run.limits = request->limits;
    slot->run.has_files = files >= 0;
    slot->run.is_last = request->flags & ASSAY_RUN_IS_LAST;
    // The host counts a network's traffic as long as its keeper lives, and others should not wait for a removal.
    if (slot->has_egress || is_anything_running()) request->flags &= ~(uint32_t)ASSAY_RUN_IS_LAST;
    slot->run.killed = ASSAY_KILLED_NOT;
    slot->run.is_waiting = slot->run.is_watching_output = false;
    bool is_warm = slot->is_warm && request->may_be_warm;
    slot->is_warm = false;
    if (!limit_memory(slot, request->limits.memory + slot->memory_base)) return FAILURE("memory limit");
    if (!limit_processes(slot, request->limits.processes)) return FAILURE("process limit");
    bool needs_worker = slot->needs_worker && !is_warm;
    slot->run.worker_tag = needs_worker ? request->header.tag : 0;
    if (needs_worker) {
        struct order arm = {.kind = ORDER_ARM, .tag = request->header.tag};
        if (!order(slot, &arm, NULL, 0)) return FAILURE("sandbox is gone");
        cgroup_reset_peak(&slot->cgroup);
    }
    slot->needs_worker = true;
    struct order look = {.kind = ORDER_WATCH, .cpu_ns = request->limits.cpu_ns};
    if ((table.unenforced & ASSAY_LACKS_CPU_TIME) && !order(slot, &look, NULL, 0)) return FAILURE("sandbox is gone");
    int streams[ASSAY_CONNECTIONS_MAX] = {
        connected[0] >= 0 ? connected[0] : table.null_device, connected[1], connected[2], connected[3]};
    int captured[2] = {-1, -1};
    struct failure failure = SUCCESS;
    for (unsigned stream = 0; stream < 2; stream++) {
        slot->run.streams[stream] = (struct capture){.pipe = -1, .file = -1};
        int *ends = slot->outputs[stream];
        if (connected[stream + 1] >= 0 || failure.error != 0) continue;
        if (ends[0] < 0) failure = capture_make_pipe(program_user(slot), ends);
        slot->run.streams[stream].pipe = ends[0];
        slot->run.streams[stream].limit = request->limits.output;
        streams[stream + 1] = captured[stream] = ends[1];
        ends[0] = ends[1] = -1;
    }
    slot->run.cpu_base = cgroup_cpu_ns(&slot->cgroup);
    slot->run.oom_base = cgroup_oom_kills(&slot->cgroup);
    if (slot->has_egress) slot->run.traffic_base = traffic_of(slot->keeper);
    slot->run.warm_ns = is_warm ? now_ns() : 0;
    int go = is_warm ? slot->warm : slot->go;
    if (failure.error == 0 && !send_run(slot, request, go, files, streams, connected[3] >= 0 ? 4 : 3))
        failure = FAILURE("start program");
    warm_close(slot);
    close_all(captured, 2);
    if (slot->run.is_last) release_space(slot);
    return failure;
}

/// Ends a run. A later order counts when it is the sharper one: a limit was broken while its clock still ran.
static void run_kill(struct slot *slot, uint32_t why, uint64_t wall_ns) {
    if (slot->run.killed != ASSAY_KILLED_NOT && !(slot->run.is_waiting && wall_ns == 0)) return;
    slot->run.killed = why;
    slot->run.is_waiting = wall_ns != 0;
    struct order kill = {.kind = ORDER_KILL, .wall_ns = wall_ns, .began_ns = slot->run.warm_ns};
    order(slot, &kill, NULL, 0);
}

void run_begin(struct slot *slot, struct assay_run *request, const int *descriptors) {
    uint64_t now = now_ns();
    int connected[ASSAY_CONNECTIONS_MAX] = {-1, -1, -1, -1}, files = -1;
    if (!limits_are_within(&request->limits, &table.ceiling)) return refuse(&request->header, EDQUOT, "limits");
    if (request->flags & ASSAY_RUN_WITH_FILES) files = *descriptors++;
    if (files >= 0 && !fits_in_memory(files, request->limits.memory, ASSAY_RUN_FILES_MAX))
        return refuse(&request->header, EMSGSIZE, "files of a run");
    for (unsigned index = 0; index < ASSAY_CONNECTIONS_MAX; index++) {
        if (!(request->connections >> index & 1)) continue;
        connected[index] = *descriptors++;
        if (!may_connect(connected[index], 1u << index)) return refuse(&request->header, EBADF, "connection");
    }
    slot->tag = request->header.tag;
    struct failure failure = start_run(slot, request, files, connected);
    if (failure.error != 0) {
        run_close_streams(slot);
        return refuse(&request->header, failure.error, failure.step);
    }
    slot->run.started_ns = now;
    slot->run.next_check_ns = next_check(slot, now, 0);
    slot->state = RUNNING;
    if (slot->early_kill == slot->tag) run_kill(slot, ASSAY_KILLED_BY_SERVICE, slot->early_kill_wall_ns);
}

void run_kill_by_request(struct slot *slot, const struct assay_kill *request) {
    if (slot->state == RUNNING && slot->tag == request->header.tag) {
        run_kill(slot, ASSAY_KILLED_BY_SERVICE, request->wall_ns);
    } else if (slot->state == WARMING && slot->tag == request->header.tag) {
        order(slot, &(struct order){.kind = ORDER_KILL}, NULL, 0);
    } else {
        slot->early_kill = request->header.tag;
        slot->early_kill_wall_ns = request->wall_ns;
    }
}

void run_not_begun(struct slot *slot, struct failure failure) {
    slot->state = IDLE;
    run_close_streams(slot);
    reply_done(slot, failure);
}

void run_reply(struct slot *slot, const struct report *report) {
    static char buffers[2][CAPTURE_BUFFER];
    struct capture *streams = slot->run.streams;
    struct assay_result result = {
        .header = header_for(slot, ASSAY_RESULT, sizeof result),
        .ended = report->ended,
        .code = report->code,
        .killed = report->was_killed ? slot->run.killed : ASSAY_KILLED_NOT,
        .oom_kills = cgroup_oom_kills(&slot->cgroup) - slot->run.oom_base,
    };
    uint64_t used = cgroup_cpu_ns(&slot->cgroup) - slot->run.cpu_base;
    result.cpu_ns = used > report->unpack_cpu_ns ? used - report->unpack_cpu_ns : 0;
    if (slot->has_egress) {
        struct traffic traffic = traffic_of(slot->keeper);
        result.sent_bytes = traffic.sent_bytes - slot->run.traffic_base.sent_bytes;
        result.received_bytes = traffic.received_bytes - slot->run.traffic_base.received_bytes;
    }
    uint64_t peak = cgroup_memory_peak(&slot->cgroup);
    result.peak_memory = peak > slot->memory_base ? peak - slot->memory_base : 0;
    if (slot->cgroup.files[CG_MEMORY_USAGE] < 0) result.peak_memory = report->peak_memory;
    if (slot->cgroup.files[CG_CPU_TIME] < 0) {
        result.cpu_ns = report->cpu_ns;
        // The keeper kills of its own accord for nothing else.
        if (report->was_killed && slot->run.killed == ASSAY_KILLED_NOT) result.killed = ASSAY_KILLED_FOR_CPU;
    }
    // A prepared runtime was executed long before its run, unless its keeper passed the run on later.
    uint64_t executed = report->executed_ns > slot->run.warm_ns ? report->executed_ns : slot->run.warm_ns;
    // Killed before it was executed, it has no time of its own.
    if (executed == 0) executed = report->ended_ns;
    if (slot->run.warm_ns != 0) result.flags |= ASSAY_WAS_WARM;
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
    run_close_streams(slot);
}

static void watch_output(struct slot *slot) {
    slot->run.is_watching_output = true;
    for (unsigned stream = 0; stream < 2; stream++)
        if (slot->run.streams[stream].pipe >= 0) watch(slot->run.streams[stream].pipe, stream == 0 ? EVENT_STDOUT : EVENT_STDERR, slot);
}

void run_hear_output(struct slot *slot, struct capture *stream) {
    if (slot->state != RUNNING || stream->pipe < 0) return;
    uint64_t before = stream->size;
    if (!capture_drain(stream)) {
        unwatch(stream->pipe);
        run_kill(slot, ASSAY_KILLED_FOR_OUTPUT, 0);
    } else if (stream->size == before) {
        // Nothing came: every writer closed it.
        unwatch(stream->pipe);
    }
}

uint64_t run_watch(struct slot *slot, uint64_t now) {
    uint64_t watch_at = slot->run.started_ns + output_watch_delay_ns;
    if (!slot->run.is_watching_output && now >= watch_at) watch_output(slot);
    if (now >= slot->run.next_check_ns) {
        uint64_t used = cgroup_cpu_ns(&slot->cgroup) - slot->run.cpu_base;
        if (used >= cpu_end(slot)) run_kill(slot, ASSAY_KILLED_FOR_CPU, 0);
        else slot->run.next_check_ns = next_check(slot, now, used);
    }
    uint64_t next = slot->run.next_check_ns;
    return slot->run.is_watching_output || next < watch_at ? next : watch_at;
}

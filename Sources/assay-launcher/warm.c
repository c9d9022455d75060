#define _GNU_SOURCE
#include "request.h"
#include "slot_table.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

// Runtimes that prepare themselves before there is a program for them. Such a runtime is the sandbox's worker after it
// executed something: it has every right and limit that a program has. What it says is not trusted beyond that it waits.

void warm_close(struct slot *slot) {
    unwatch(slot->warm);
    close_all((int[]){slot->warm, slot->warm_output}, 2);
    slot->warm = slot->warm_output = -1;
}

void warm_begin(struct slot *slot, const struct assay_run *request) {
    if (!limits_are_within(&request->limits, &table.ceiling)) return refuse(&request->header, EDQUOT, "limits");
    if (slot->needs_worker) return refuse(&request->header, EBUSY, "sandbox was used");
    int ends[2] = {-1, -1}, warm[2] = {-1, -1};
    bool is_sent = pipe2(ends, O_CLOEXEC) == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, warm) == 0;
    // Streams of the kinds that its run will have: a runtime looks at them once.
    int descriptors[] = {table.null_device, ends[1], ends[1], warm[1]};
    is_sent = is_sent && send_message(slot->go, request, request->header.size, NULL, 0, descriptors, 4);
    int error = errno;
    close_all((int[]){ends[1], warm[1]}, 2);
    if (!is_sent) {
        close_all((int[]){warm[0], ends[0]}, 2);
        return refuse(&request->header, error, "start runtime");
    }
    slot->tag = request->header.tag;
    slot->state = WARMING;
    slot->needs_worker = true;
    slot->warm = warm[0];
    slot->warm_output = ends[0];
    watch(slot->warm, EVENT_WARM, slot);
}

void warm_hear(struct slot *slot) {
    char byte;
    ssize_t size = slot->warm < 0 ? 0 : recv(slot->warm, &byte, 1, MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) return;
    // It has nothing else to say. If it ended instead, its keeper tells.
    unwatch(slot->warm);
    if (size <= 0 || slot->state != WARMING) return;
    slot->state = IDLE;
    slot->is_warm = true;
    uint64_t used = cgroup_memory_usage(&slot->cgroup);
    slot->warm_memory = used > slot->memory_base ? used - slot->memory_base : 0;
    cgroup_reset_peak(&slot->cgroup);
    if (slot->expected_memory <= table.ceiling.memory) limit_memory(slot, slot->expected_memory + slot->memory_base);
    if (!slot->is_destroyed) reply_done(slot, SUCCESS);
}

void warm_ended(struct slot *slot) {
    slot->is_warm = false;
    warm_close(slot);
    if (slot->state != WARMING) return;
    slot->state = IDLE;
    if (!slot->is_destroyed) reply_done(slot, (struct failure){ECHILD, "runtime ended before its run"});
}

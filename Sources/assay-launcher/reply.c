#define _GNU_SOURCE
#include "slot_table.h"

#include <sys/epoll.h>

void watch(int descriptor, enum event_source source, const struct slot *slot) {
    union event event = {.source = source, .slot = index_of(slot)};
    struct epoll_event entry = {.events = EPOLLIN, .data.u64 = event.word};
    if (epoll_ctl(table.epoll, EPOLL_CTL_ADD, descriptor, &entry) != 0) die("epoll_ctl");
}

void unwatch(int descriptor) {
    if (descriptor >= 0) epoll_ctl(table.epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

struct assay_header header_for(const struct slot *slot, uint32_t kind, size_t size) {
    return (struct assay_header){kind, (uint32_t)size, slot->tag, index_of(slot), slot->generation};
}

void reply(const void *message, size_t size, const void *tail, size_t tail_size, const int *files,
                  unsigned count) {
    send_message(table.service, message, size, tail, tail_size, files, count);
}

void refuse(const struct assay_header *request, int error, const char *reason) {
    struct assay_refused refused = {.header = *request, .error = error};
    refused.header.kind = ASSAY_REFUSED;
    refused.header.size = sizeof refused;
    copy_step(refused.reason, reason);
    reply(&refused, sizeof refused, NULL, 0, NULL, 0);
}

void reply_created(struct slot *slot, struct failure failure) {
    struct assay_created created = {.header = header_for(slot, ASSAY_CREATED, sizeof created), .error = failure.error};
    copy_step(created.step, failure.step);
    created.idle_kib = (uint32_t)(cgroup_memory_usage(&slot->cgroup) / 1024);
    reply(&created, sizeof created, NULL, 0, NULL, 0);
}

void reply_done(struct slot *slot, struct failure failure) {
    struct assay_done done = {.header = header_for(slot, ASSAY_DONE, sizeof done), .error = failure.error};
    copy_step(done.step, failure.step);
    done.used_kib = (uint32_t)(slot->warm_memory / 1024);
    reply(&done, sizeof done, NULL, 0, NULL, 0);
}

/// Between two messages about removals: under load, waking the service for each would cost a tenth of all runs.
static const uint64_t removal_interval_ns = 10000000;

void tell_removed(struct slot *slot) {
    static uint64_t told_ns;
    uint64_t now = now_ns();
    // One that died by itself was not waited for.
    if (slot->killed_ns == 0 || now - told_ns < removal_interval_ns) return;
    told_ns = now;
    struct assay_removed removed = {
        .header = header_for(slot, ASSAY_REMOVED, sizeof removed), .took_ns = now - slot->killed_ns};
    removed.header.tag = 0;
    reply(&removed, sizeof removed, NULL, 0, NULL, 0);
}

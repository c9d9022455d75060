#pragma once

#include "capture.h"
#include "cgroup.h"
#include "launcher.h"

// The life of sandboxes as the launcher sees it: made, idle, at work for one request at a time, gone.

/// What an event of the loop is about.
enum event_source { EVENT_SERVICE, EVENT_KEEPER, EVENT_DEATH, EVENT_STDOUT, EVENT_STDERR, EVENT_WARM };

union event {
    uint64_t word;
    struct {
        uint32_t source, slot;
    };
};

/// Prepares the table. `lacks` are the limits that cannot be enforced, `service` is the socket to the service, `epoll` the
/// loop's descriptor.
void slots_open(const struct assay_hello *hello, uint32_t lacks, int service, int epoll);

/// Does what a checked message asks for. Takes the descriptors over.
void slots_request(struct assay_header *header, const int *descriptors, unsigned count);

/// Handles one event of a sandbox.
void slots_event(union event event);

/// Does what is due, and returns when the next thing is; `UINT64_MAX` if nothing is.
uint64_t slots_tick(uint64_t now);

/// Removes one sandbox's remains, when nothing else is to do. False when nothing can be removed now.
bool slots_clean(void);

/// Whether there are remains to remove.
bool slots_remain(void);

/// Ends every sandbox and waits for it.
void slots_close(void);

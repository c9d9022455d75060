// Every message that the launcher accepts can be used as its code uses it, without reading beyond its end.

#include "request.h"

#include <stdlib.h>
#include <string.h>

static size_t walk_strings(const char *strings, size_t count) {
    size_t total = 0;
    for (size_t index = 0; index < count; index++) {
        size_t length = strlen(strings) + 1;
        strings += length;
        total += length;
    }
    return total;
}

static void use_hello(const struct assay_hello *hello) {
    const char *image = (const char *)(hello + 1), *binds = image + hello->image_size;
    if (hello->image_size > 0 && (image[0] != '/' || strlen(image) + 1 != hello->image_size)) abort();
    for (size_t at = 0; at < hello->binds_size; at += strlen(binds + at) + 1)
        if (binds[at] != '/') abort();
    if (strlen(hello->cgroup) == 0 || hello->slots > ASSAY_SLOTS_MAX) abort();
    // No user of the system, and no overflow.
    if (hello->uid_base < 65536 || hello->uid_base + 2 * ASSAY_SLOTS_MAX < hello->uid_base) abort();
}

static void use_create(const struct assay_create *create) {
    if (create->network != ASSAY_NETWORK_EGRESS) return;
    const struct assay_egress *egress = (const struct assay_egress *)(create + 1);
    const struct assay_destination *destinations = (const struct assay_destination *)(egress + 1);
    if (egress->count > ASSAY_DESTINATIONS_MAX) abort();
    for (unsigned index = 0; index < egress->count; index++)
        if (destinations[index].prefix > 32) abort();
}

static void use_run(const struct assay_run *run) {
    if (run->arguments == 0 || run->arguments + run->variables > ASSAY_STRINGS_COUNT_MAX) abort();
    size_t size = walk_strings((const char *)(run + 1), (size_t)run->arguments + run->variables);
    if (size != run->strings_size || run->strings_size > ASSAY_STRINGS_MAX) abort();
    struct assay_limits ceiling;
    memset(&ceiling, 0xff, sizeof ceiling);
    if (!limits_are_within(&run->limits, &ceiling)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size - 1 > ASSAY_MESSAGE_MAX) return 0;
    unsigned descriptors = data[0] % 6;
    // Of exactly its size, so that the sanitizer sees every byte that is read too far.
    size_t message_size = size - 1;
    void *message = malloc(message_size == 0 ? 1 : message_size);
    memcpy(message, data + 1, message_size);
    struct assay_header *header = message;
    // The size is right in most inputs, or few would come further.
    if (message_size >= sizeof *header && data[0] < 240) header->size = (uint32_t)message_size;
    if (request_problem(message, message_size, descriptors) == NULL) {
        if (header->kind == ASSAY_HELLO) use_hello(message);
        if (header->kind == ASSAY_CREATE) use_create(message);
        if (header->kind == ASSAY_RUN || header->kind == ASSAY_WARM) use_run(message);
        if (header->kind == ASSAY_WARM && descriptors != 0) abort();
        if (descriptors > ASSAY_CONNECTIONS_MAX + 1) abort();
    }
    free(message);
    return 0;
}

#define _GNU_SOURCE
#include "request.h"

#include <string.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

static bool cpu_set_is_empty(const struct assay_cpu_set *set) {
    for (unsigned word = 0; word < ASSAY_CPUS_MAX / 64; word++)
        if (set->words[word] != 0) return false;
    return true;
}

/// Whether `bytes` are exactly `count` strings, each ended by NUL.
static bool are_strings(const char *bytes, size_t size, size_t count) {
    size_t found = 0;
    for (size_t index = 0; index < size; index++) found += bytes[index] == 0;
    return found == count && (size == 0 || bytes[size - 1] == 0);
}

static bool is_clean_path(const char *path) { return path[0] == '/' && strstr(path, "/..") == NULL; }

static const char *hello_problem(const struct assay_hello *hello, size_t tail) {
    if (hello->version != ASSAY_WIRE_VERSION) return "version";
    if (hello->slots == 0 || hello->slots > ASSAY_SLOTS_MAX) return "slots";
    // Never a user of the system, never beyond what a user id can be.
    if (hello->uid_base < 65536 || hello->uid_base > UINT32_MAX - 2 - 2 * ASSAY_SLOTS_MAX) return "uid_base";
    const char *image = (const char *)(hello + 1);
    size_t image_size = hello->image_size;
    if (image_size > tail || image_size > ASSAY_PATH_MAX) return "image_size";
    if (image_size > 0 && strnlen(image, image_size) != image_size - 1) return "image";
    if (hello->accepts & ~(uint32_t)ASSAY_LACKS_ALL) return "accepts";
    if ((hello->subuid_first == 0) != (hello->subgid_first == 0)) return "subordinate ids";
    const uint32_t last_first = UINT32_MAX - 2 * ASSAY_SLOTS_MAX;
    if (hello->subuid_first > last_first || hello->subgid_first > last_first) return "subordinate ids";
    if (hello->is_layer > 1 || (hello->is_layer == 1 && image_size == 0)) return "is_layer";
    if (image_size > 0 && (!is_clean_path(image) || image[1] == 0)) return "image path";
    tail -= image_size;
    if (hello->binds_size != tail || tail > ASSAY_BINDS_MAX) return "binds_size";
    const char *binds = image + image_size;
    if (tail > 0 && binds[tail - 1] != 0) return "binds";
    for (size_t at = 0; at < tail; at += strlen(binds + at) + 1)
        if (!is_clean_path(binds + at)) return "bind path";
    const char *name = hello->cgroup;
    size_t length = strnlen(name, ASSAY_NAME_MAX);
    if (length == 0 || length == ASSAY_NAME_MAX || name[0] == '.' || strchr(name, '/') != NULL) return "cgroup";
    // The networks of all places lie in the range that is set aside for tests of networks, at whole networks of four.
    uint32_t first = hello->egress_base, last = first + 4 * hello->slots - 1;
    if (first != 0 && (first >> 17 != 0xc612 >> 1 || last >> 17 != 0xc612 >> 1 || (first & 3) != 0)) return "egress_base";
    return NULL;
}

static const char *egress_problem(const struct assay_egress *egress, size_t size) {
    if (size < sizeof *egress || egress->count > ASSAY_DESTINATIONS_MAX) return "egress";
    const struct assay_destination *destinations = (const struct assay_destination *)(egress + 1);
    if (size != sizeof *egress + egress->count * sizeof *destinations) return "egress size";
    for (unsigned index = 0; index < egress->count; index++)
        if (destinations[index].prefix > 32) return "destination";
    return NULL;
}

static const char *run_problem(const struct assay_run *run, size_t tail, unsigned descriptors) {
    if (run->connections & ~(uint32_t)ASSAY_CONNECT_ALL) return "connections";
    if (run->flags & ~(uint32_t)ASSAY_RUN_FLAGS) return "flags";
    unsigned expected = (unsigned)__builtin_popcount(run->connections) + (run->flags & ASSAY_RUN_WITH_FILES ? 1 : 0);
    if (descriptors != expected) return "descriptors";
    if (run->arguments == 0 || run->arguments > ASSAY_STRINGS_COUNT_MAX) return "arguments";
    if (run->variables > ASSAY_STRINGS_COUNT_MAX - run->arguments) return "variables";
    if (run->strings_size != tail || tail > ASSAY_STRINGS_MAX) return "strings_size";
    const char *strings = (const char *)(run + 1);
    if (!are_strings(strings, tail, (size_t)run->arguments + run->variables)) return "strings";
    if (strings[0] == 0) return "program";
    if (run->limits.cpu_ns == 0 || run->limits.memory == 0) return "limits";
    if (run->may_be_warm > 1) return "may_be_warm";
    if (run->header.kind == ASSAY_WARM && (run->connections != 0 || run->may_be_warm != 0 || run->flags != 0))
        return "warm";
    return NULL;
}

const char *request_problem(const void *bytes, size_t size, unsigned descriptors) {
    const struct assay_header *header = bytes;
    if (size < sizeof *header || header->size != size) return "size";
    switch (header->kind) {
    case ASSAY_HELLO:
        if (size < sizeof(struct assay_hello) || descriptors != 0) return "hello";
        return hello_problem(bytes, size - sizeof(struct assay_hello));
    case ASSAY_CREATE: {
        const struct assay_create *create = bytes;
        if (size < sizeof *create || descriptors != 0) return "create";
        if (create->network >= ASSAY_NETWORK_MODES) return "network";
        if (create->work_size == 0 || create->work_files == 0) return "work directory";
        if (create->memory == 0 || create->processes == 0) return "limits";
        if (cpu_set_is_empty(&create->cpus)) return "cpus";
        if (create->network == ASSAY_NETWORK_EGRESS)
            return egress_problem((const struct assay_egress *)(create + 1), size - sizeof *create);
        return size == sizeof *create ? NULL : "create";
    }
    case ASSAY_ADOPT: {
        const struct assay_adopt *adopt = bytes;
        if (size != sizeof *adopt || descriptors != 0) return "adopt";
        if (adopt->work_size == 0 || adopt->work_files == 0) return "work directory";
        return cpu_set_is_empty(&adopt->cpus) ? "cpus" : NULL;
    }
    case ASSAY_WRITE: return size == sizeof(struct assay_write) && descriptors == 1 ? NULL : "write";
    case ASSAY_RUN:
    case ASSAY_WARM:
        if (size < sizeof(struct assay_run)) return "run";
        return run_problem(bytes, size - sizeof(struct assay_run), descriptors);
    case ASSAY_KILL: return size == sizeof(struct assay_kill) && descriptors == 0 ? NULL : "kill";
    case ASSAY_COLLECT: {
        const struct assay_collect *collect = bytes;
        if (size != sizeof *collect || descriptors != 1) return "collect";
        return collect->files > ASSAY_BUNDLE_FILES_MAX ? "files" : NULL;
    }
    case ASSAY_DESTROY: return size == sizeof(struct assay_destroy) && descriptors == 0 ? NULL : "destroy";
    default: return "kind";
    }
}

bool limits_are_within(const struct assay_limits *limits, const struct assay_limits *ceiling) {
    return limits->cpu_ns <= ceiling->cpu_ns && limits->memory <= ceiling->memory
        && limits->address_space <= ceiling->address_space && limits->stack <= ceiling->stack
        && limits->processes <= ceiling->processes && limits->open_files <= ceiling->open_files
        && limits->file_size <= ceiling->file_size && limits->output <= ceiling->output;
}

bool may_connect(int descriptor, uint32_t connection) {
    struct stat status;
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fstat(descriptor, &status) != 0) return false;
    if (connection == ASSAY_CONNECT_CONTROL) {
        int family = 0;
        socklen_t size = sizeof family;
        return S_ISSOCK(status.st_mode) && getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0
            && family == AF_UNIX;
    }
    if (connection == ASSAY_CONNECT_STDIN)
        return S_ISREG(status.st_mode) || (S_ISFIFO(status.st_mode) && (flags & O_ACCMODE) == O_RDONLY);
    return S_ISFIFO(status.st_mode) && (flags & O_ACCMODE) == O_WRONLY;
}

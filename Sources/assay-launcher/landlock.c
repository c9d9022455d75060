#define _GNU_SOURCE
#include "landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Newer than the headers.
static const uint64_t access_truncate = 1ull << 14;

static const uint64_t reading =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t writing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR
    | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG
    | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM;
static const uint64_t devices = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;

static bool allow(int ruleset, const char *path, uint64_t access) {
    int directory = open(path, O_PATH | O_CLOEXEC);
    if (directory < 0) return false;
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = directory};
    bool added = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    int error = errno;
    close(directory);
    errno = error;
    return added;
}

struct failure landlock_confine(void) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) return SUCCESS;
    // Renaming between directories and shortening files are rights of their own since versions 2 and 3.
    uint64_t newer = (abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (abi >= 3 ? access_truncate : 0);
    struct landlock_ruleset_attr attributes = {.handled_access_fs = reading | writing | devices | newer};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) return FAILURE("make landlock rules");
    static const char *const writable[] = {"/work", "/tmp", "/dev/shm"};
    bool added = allow(ruleset, "/", reading)
        && allow(ruleset, "/dev", reading | LANDLOCK_ACCESS_FS_WRITE_FILE | (newer & access_truncate))
        && allow(ruleset, "/proc", reading | LANDLOCK_ACCESS_FS_WRITE_FILE | (newer & access_truncate));
    for (unsigned index = 0; index < 3 && added; index++)
        added = allow(ruleset, writable[index], reading | writing | newer);
    struct failure failure = SUCCESS;
    if (!added || syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) failure = FAILURE("landlock");
    close(ruleset);
    return failure;
}

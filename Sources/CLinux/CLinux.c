#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>

long linux_allowed_cpus(uint8_t *mask, size_t size) {
    long length = syscall(SYS_sched_getaffinity, 0, size, mask);
    return length < 0 ? -errno : length;
}

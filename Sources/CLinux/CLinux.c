#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/prctl.h>

long linux_allowed_cpus(uint8_t *mask, size_t size) {
    long length = syscall(SYS_sched_getaffinity, 0, size, mask);
    return length < 0 ? -errno : length;
}

int linux_accept(int listener, struct sockaddr *address, socklen_t *length) {
    int descriptor = accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int linux_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve) {
    struct open_how how = {.flags = flags, .resolve = resolve};
    long descriptor = syscall(SYS_openat2, directory, path, &how, sizeof how);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int linux_pidfd_open(int pid) {
    long descriptor = syscall(SYS_pidfd_open, pid, 0);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int linux_watch_removals(const char *directory) {
    int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (descriptor < 0) return -errno;
    if (inotify_add_watch(descriptor, directory, IN_DELETE) >= 0) return descriptor;
    int error = errno;
    close(descriptor);
    return -error;
}

int linux_pidfd_send_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

void linux_sleep_exactly(void) { prctl(PR_SET_TIMERSLACK, 1L); }

#pragma once

// Linux calls and constants that the Glibc module does not show to Swift. Nothing here has policy.

#include <fcntl.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

/// sched_getaffinity(2) of this process into a bit mask of `size` bytes: the bytes written, or -errno.
long linux_allowed_cpus(uint8_t *mask, size_t size);

/// accept4(2) with a non-blocking, close-on-exec result: the descriptor, or -errno.
int linux_accept(int listener, struct sockaddr *address, socklen_t *length);

/// openat2(2): the descriptor, or -errno. `resolve` takes RESOLVE_* bits.
int linux_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve);

/// prctl(PR_SET_TIMERSLACK): the calling thread is woken when its time has come, not some 50 µs later.
void linux_sleep_exactly(void);

/// pidfd_open(2): a close-on-exec descriptor, or -errno.
int linux_pidfd_open(int pid);

/// inotify(7): a close-on-exec descriptor that can be read when something is removed from `directory`, or -errno.
int linux_watch_removals(const char *directory);

/// pidfd_send_signal(2): 0, or -errno.
int linux_pidfd_send_signal(int pidfd, int signal);

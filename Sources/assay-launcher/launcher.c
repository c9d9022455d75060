#define _GNU_SOURCE
#include "launcher.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void copy_step(char target[ASSAY_STEP_MAX], const char *step) {
    memset(target, 0, ASSAY_STEP_MAX);
    strncpy(target, step, ASSAY_STEP_MAX - 1);
}

void log_line(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("assay-launcher: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

_Noreturn void die(const char *step) {
    log_line("%s: %s", step, strerror(errno));
    _exit(70);
}

uint64_t clock_ns(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

bool send_message(int socket, const void *bytes, size_t size, const void *tail, size_t tail_size, const int *descriptors,
                  unsigned count) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
    } control;
    struct iovec parts[2] = {{(void *)bytes, size}, {(void *)tail, tail_size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = tail_size > 0 ? 2 : 1};
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

ssize_t receive_message(int socket, void *bytes, size_t capacity, int descriptors[DESCRIPTORS_MAX], unsigned *count,
                        int flags) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
    } control;
    struct iovec part = {bytes, capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    *count = 0;
    ssize_t received;
    do received = recvmsg(socket, &message, flags);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        unsigned found = (unsigned)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        if (found > DESCRIPTORS_MAX - *count) found = DESCRIPTORS_MAX - *count;
        memcpy(descriptors + *count, CMSG_DATA(header), found * sizeof(int));
        *count += found;
    }
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        close_all(descriptors, *count);
        *count = 0;
        errno = EMSGSIZE;
        return -1;
    }
    return received;
}

void close_all(const int *descriptors, unsigned count) {
    for (unsigned index = count; index-- > 0;)
        if (descriptors[index] >= 0) close(descriptors[index]);
}

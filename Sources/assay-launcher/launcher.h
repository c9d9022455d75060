#pragma once

// What every file of the launcher shares. The launcher is the only code of the service that runs with privilege: it is
// single-threaded, allocates nothing per request, and does only what a complete, checked request spells out.

#include <SandboxWire.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Which step failed, for a reply; `errno` says why.
struct failure {
    int error;
    const char *step;
};

#define FAILURE(what) ((struct failure){errno, what})
#define SUCCESS ((struct failure){0, ""})

/// Copies a step's name into a wire field and clears the rest.
void copy_step(char target[ASSAY_STEP_MAX], const char *step);

/// Writes a line to standard error.
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Reports that the launcher itself is broken, and ends it. Never for what a program or a request does.
_Noreturn void die(const char *step);

/// Nanoseconds of a clock.
uint64_t clock_ns(clockid_t clock);

/// Nanoseconds of CLOCK_MONOTONIC.
uint64_t now_ns(void);

/// Sends one datagram with descriptors. Returns false, with errno, if the peer is gone or the message is too long.
bool send_message(int socket, const void *bytes, size_t size, const void *tail, size_t tail_size, const int *descriptors,
                  unsigned count);

enum { DESCRIPTORS_MAX = 12 };

/// Receives one datagram. Returns its size, 0 at the end, -1 with errno. More descriptors than `DESCRIPTORS_MAX`, or a
/// datagram longer than `capacity`, give -1 with EMSGSIZE, and nothing stays open.
ssize_t receive_message(int socket, void *bytes, size_t capacity, int descriptors[DESCRIPTORS_MAX], unsigned *count,
                        int flags);

/// From the last to the first, without those that are -1: what shows a program's end, its control socket, goes before its
/// pipes, as it does when the program ends.
void close_all(const int *descriptors, unsigned count);

#pragma once

// System calls of the service's end that Swift cannot express: variadic ones, and those with control messages.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// An anonymous file in memory. -1 with errno.
int assay_memory_file(const char *name);

/// Forbids every later change of a memory file, by anybody.
bool assay_seal(int file);

/// A connected pair of SOCK_SEQPACKET sockets, closed on exec.
bool assay_socket_pair(int sockets[2]);

/// Connects to a launcher's listener. -1 with errno.
int assay_connect(const char *path);

/// Starts a launcher that listens at `path` for the user `user`, and ends when `life`, the reading end of a pipe, does.
/// Returns 0 or an errno.
int assay_spawn_listener(const char *launcher, const char *path, uid_t user, int life, pid_t *pid);

enum { ASSAY_SENT_DESCRIPTORS_MAX = 5 };

/// Sends one datagram with `count` descriptors, without waiting. False with errno.
bool assay_send(int socket, const void *bytes, size_t size, const int *descriptors, unsigned count);

enum { ASSAY_RECEIVED_DESCRIPTORS_MAX = 6 };

/// Sends the beginning of a byte stream's part with `count` descriptors, waiting until there is room. Returns the bytes
/// that were sent, which may be fewer; -1 with errno.
ssize_t assay_send_part(int socket, const void *bytes, size_t size, const int *descriptors, unsigned count);

/// Receives one datagram with its descriptors (-1 where there is none), waiting for it. What is longer than `capacity`
/// or has more descriptors is -1 with EMSGSIZE, and nothing stays open.
ssize_t assay_receive(int socket, void *bytes, size_t capacity, int descriptors[ASSAY_RECEIVED_DESCRIPTORS_MAX]);

/// A pipe, closed on exec.
bool assay_pipe(int ends[2]);

/// Starts the launcher in a session of its own with `socket` as its ASSAY_LAUNCHER_SOCKET and nothing else beyond the
/// standard streams. Returns 0 or an errno.
int assay_spawn_launcher(const char *path, int socket, pid_t *pid);

/// Runs a program by vfork and exec, waits for it, and returns the nanoseconds that took; -1 with errno. What every
/// sandbox is measured against.
int64_t assay_time_process(const char *path, char *const arguments[], char *const environment[]);

/// Starts a program in a session of its own with these three streams (`output` twice) and no other descriptor. Both
/// lists end with NULL. Returns 0 or an errno.
int assay_spawn(char *const *arguments, char *const *environment, int input, int output, pid_t *pid);

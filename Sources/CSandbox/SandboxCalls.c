#define _GNU_SOURCE
#include "SandboxCalls.h"
#include "SandboxWire.h"

#include <errno.h>
#include <signal.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

int assay_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

bool assay_seal(int file) {
    return fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
}

bool assay_socket_pair(int sockets[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0;
}

static ssize_t send_with(
    int socket, const void *bytes, size_t size, const int *descriptors, unsigned count, int flags) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(ASSAY_SENT_DESCRIPTORS_MAX * sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)bytes, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > ASSAY_SENT_DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL | flags);
    while (sent < 0 && errno == EINTR);
    return sent;
}

bool assay_send(int socket, const void *bytes, size_t size, const int *descriptors, unsigned count) {
    return send_with(socket, bytes, size, descriptors, count, MSG_DONTWAIT) >= 0;
}

ssize_t assay_send_part(int socket, const void *bytes, size_t size, const int *descriptors, unsigned count) {
    return send_with(socket, bytes, size, descriptors, count, 0);
}

bool assay_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0; }

ssize_t assay_receive(int socket, void *bytes, size_t capacity, int descriptors[ASSAY_RECEIVED_DESCRIPTORS_MAX]) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(ASSAY_RECEIVED_DESCRIPTORS_MAX * sizeof(int))];
    } control;
    struct iovec part = {bytes, capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    for (unsigned index = 0; index < ASSAY_RECEIVED_DESCRIPTORS_MAX; index++) descriptors[index] = -1;
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            memcpy(descriptors, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        for (unsigned index = 0; index < ASSAY_RECEIVED_DESCRIPTORS_MAX; index++)
            if (descriptors[index] >= 0) close(descriptors[index]);
        errno = EMSGSIZE;
        return -1;
    }
    return received;
}

/// Starts the launcher in a session of its own, with one descriptor of ours, and nothing of our environment, which may
/// hold secrets.
static int spawn(const char *path, char *const arguments[], int descriptor, int target, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *environment[] = {NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // dup2 onto itself clears close-on-exec too, as POSIX asks of it here.
    posix_spawn_file_actions_adddup2(&actions, descriptor, target);
    posix_spawn_file_actions_addclosefrom_np(&actions, ASSAY_LAUNCHER_SOCKET + (target == ASSAY_LAUNCHER_SOCKET));
    sigset_t none, defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int assay_spawn_launcher(const char *path, int socket, pid_t *pid) {
    char *arguments[] = {(char *)"assay-launcher", NULL};
    return spawn(path, arguments, socket, ASSAY_LAUNCHER_SOCKET, pid);
}

int assay_spawn_listener(const char *launcher, const char *path, uid_t user, int life, pid_t *pid) {
    char number[16];
    snprintf(number, sizeof number, "%u", (unsigned)user);
    char *arguments[] = {(char *)"assay-launcher", (char *)"--listen", (char *)path, number, (char *)"--until-end",
                         NULL};
    return spawn(launcher, arguments, life, STDIN_FILENO, pid);
}

int assay_connect(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection >= 0 && connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = errno;
        close(connection);
        errno = error;
        return -1;
    }
    return connection;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t assay_time_process(const char *path, char *const arguments[], char *const environment[]) {
    int quiet = open("/dev/null", O_RDWR | O_CLOEXEC);
    int64_t start = now();
    pid_t pid = vfork();
    if (pid == 0) {
        dup2(quiet, 1);
        execve(path, arguments, environment);
        _exit(127);
    }
    int status = 0;
    bool ended = pid > 0 && waitpid(pid, &status, 0) == pid;
    int64_t end = now();
    close(quiet);
    return ended && status == 0 ? end - start : -1;
}

int assay_spawn(char *const *arguments, char *const *environment, int input, int output, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn(pid, arguments[0], &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

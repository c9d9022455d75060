#define _GNU_SOURCE
#include "rootless.h"
#include "sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool rootless, one_user;

bool is_rootless(void) { return rootless; }
bool has_one_user(void) { return one_user; }

/// Runs one of the two programs by which the host maps ids that are not the caller's own: our own to root's, and
/// `count` from `first` on to those from `inside` on.
static bool run_mapper(const char *path, pid_t target, uint32_t own, uint32_t inside, uint32_t first, uint32_t count) {
    const uint32_t numbers[7] = {(uint32_t)target, 0, own, 1, inside, first, count};
    char texts[7][12], *arguments[9] = {(char *)path}, *environment[] = {NULL};
    int pidfd;
    for (unsigned index = 0; index < 7; index++) {
        snprintf(texts[index], sizeof texts[index], "%u", numbers[index]);
        arguments[index + 1] = texts[index];
    }
    int pid = clone_process(0, &pidfd);
    if (pid == 0) {
        execve(path, arguments, environment);
        _exit(127);
    }
    siginfo_t status = {0};
    bool waited = pid > 0 && waitid(P_PIDFD, (id_t)pidfd, &status, WEXITED) == 0;
    if (pid > 0) close(pidfd);
    return waited && status.si_code == CLD_EXITED && status.si_status == 0;
}

/// Stays in the host's user namespace until `target` is in its own, and has its ids mapped.
static _Noreturn void map_from_outside(int socket, pid_t target, const struct assay_hello *hello) {
    char byte;
    if (read(socket, &byte, 1) != 1) _exit(1);
    uint32_t count = 2 * hello->slots;
    bool mapped = run_mapper("/usr/bin/newgidmap", target, getegid(), hello->uid_base, hello->subgid_first, count)
        && run_mapper("/usr/bin/newuidmap", target, geteuid(), hello->uid_base, hello->subuid_first, count);
    _exit(write(socket, mapped ? "1" : "0", 1) == 1 ? 0 : 1);
}

/// Enters the namespace with the help of a process that stays outside, and says whether ids are mapped there.
static bool enter_with_ranges(const struct assay_hello *hello, bool *is_inside) {
    int sockets[2], pidfd;
    char byte = '0';
    pid_t target = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return false;
    int pid = clone_process(0, &pidfd);
    if (pid == 0) {
        close(sockets[0]);
        map_from_outside(sockets[1], target, hello);
    }
    close(sockets[1]);
    *is_inside = pid > 0 && unshare(CLONE_NEWUSER) == 0;
    bool mapped = *is_inside && write(sockets[0], "1", 1) == 1 && read(sockets[0], &byte, 1) == 1 && byte == '1';
    close(sockets[0]);
    if (pid > 0) {
        waitid(P_PIDFD, (id_t)pidfd, &(siginfo_t){0}, WEXITED);
        close(pidfd);
    }
    return mapped;
}

static bool write_own(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    int error = errno;
    if (file >= 0) close(file);
    errno = error;
    return written;
}

struct failure rootless_enter(const struct assay_hello *hello) {
    uid_t user = geteuid();
    gid_t group = getegid();
    if (user == 0) return SUCCESS;
    rootless = true;
    bool is_inside = false;
    if (hello->subuid_first != 0 && enter_with_ranges(hello, &is_inside)) return SUCCESS;
    if (!is_inside && unshare(CLONE_NEWUSER) != 0) return FAILURE("make a user namespace");
    one_user = true;
    char map[32];
    // The kernel asks for this first: who gives up a group may gain what is denied to it.
    if (!write_own("/proc/self/setgroups", "deny")) return FAILURE("give up groups");
    snprintf(map, sizeof map, "0 %u 1", user);
    if (!write_own("/proc/self/uid_map", map)) return FAILURE("map user");
    snprintf(map, sizeof map, "0 %u 1", group);
    return write_own("/proc/self/gid_map", map) ? SUCCESS : FAILURE("map group");
}

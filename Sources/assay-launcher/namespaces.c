#define _GNU_SOURCE
#include "namespaces.h"
#include "rootless.h"
#include "sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int proc = -1;
/// Zero where none was made yet: descriptor 0 is never a namespace.
static struct place_namespaces places[ASSAY_SLOTS_MAX];

struct failure namespaces_open(void) {
    proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return proc < 0 ? FAILURE("open /proc") : SUCCESS;
}

static bool write_proc(const char *path, const char *text) {
    int file = openat(proc, path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    bool written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    int error = errno;
    close(file);
    errno = error;
    return written;
}

/// Lives in the new namespaces until they have been configured. The network belongs to the host's root, not to the
/// place's.
static _Noreturn void hold_namespace(int socket) {
    char byte = 0;
    bool made = unshare(CLONE_NEWNET) == 0 && unshare(CLONE_NEWUSER) == 0;
    if (write(socket, made ? "1" : "0", 1) != 1 || read(socket, &byte, 1) != 1) _exit(1);
    // Allowed to whoever is root in the namespace; the kernel counts per namespace.
    write_proc("sys/user/max_user_namespaces", "0");
    if (write(socket, "1", 1) != 1 || read(socket, &byte, 1) != 1) _exit(1);
    _exit(0);
}

static int open_namespace(int pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "%d/ns/%s", pid, name);
    return openat(proc, path, O_RDONLY | O_CLOEXEC);
}

static bool configure(struct place_namespaces *place, int pid, int socket, uint32_t base) {
    char path[64], map[96], byte = 0;
    if (read(socket, &byte, 1) != 1 || byte != '1') {
        errno = EPERM;
        return false;
    }
    if (has_one_user()) snprintf(map, sizeof map, "%d 0 1\n", PROGRAM_ID);
    else snprintf(map, sizeof map, "%d %u 1\n%d %u 1\n", KEEPER_ID, base, PROGRAM_ID, base + 1);
    snprintf(path, sizeof path, "%d/uid_map", pid);
    if (!write_proc(path, map)) return false;
    snprintf(path, sizeof path, "%d/gid_map", pid);
    if (!write_proc(path, map)) return false;
    if (write(socket, "1", 1) != 1 || read(socket, &byte, 1) != 1) return false;
    place->users = open_namespace(pid, "user");
    place->network = open_namespace(pid, "net");
    return place->users >= 0 && place->network >= 0;
}

int own_network(void) { return openat(proc, "self/ns/net", O_RDONLY | O_CLOEXEC); }

struct traffic traffic_of(pid_t pid) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "%d/net/dev", pid);
    int file = openat(proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0) close(file);
    text[size > 0 ? size : 0] = 0;
    const char *line = strstr(text, "eth0:");
    unsigned long long received = 0, sent = 0;
    // Bytes come first, then seven other numbers of what was received.
    if (line != NULL) sscanf(line, "eth0: %llu %*u %*u %*u %*u %*u %*u %*u %llu", &received, &sent);
    return (struct traffic){sent, received};
}

const struct place_namespaces *namespaces_of(unsigned slot, uint32_t base) {
    struct place_namespaces *place = &places[slot];
    if (place->users > 0) return place;
    int sockets[2], pidfd;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return NULL;
    int pid = clone_process(0, &pidfd);
    if (pid == 0) {
        close(sockets[0]);
        hold_namespace(sockets[1]);
    }
    close(sockets[1]);
    struct place_namespaces made = {-1, -1};
    bool is_made = pid > 0 && configure(&made, pid, sockets[0], base);
    int error = errno;
    close(sockets[0]);
    if (pid > 0) {
        waitid(P_PIDFD, (id_t)pidfd, &(siginfo_t){0}, WEXITED);
        close(pidfd);
    }
    if (is_made) *place = made;
    else close_all((int[]){made.users, made.network}, 2);
    errno = error;
    return is_made ? place : NULL;
}

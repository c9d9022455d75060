#define _GNU_SOURCE
#include "listen.h"
#include "sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/// Services that may be connected at the same time: one, and the next one while the first is being ended.
enum { BACKLOG = 4 };

static int open_listener(const char *path, uid_t user) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(address.sun_path, path);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    // What an earlier listener left; whoever may remove it may also replace us.
    unlink(path);
    // Nobody can connect before it belongs to the user: its permissions are the boundary, and the user is asked too.
    umask(0177);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0) die(path);
    if (lchown(path, user, (gid_t)-1) != 0 || listen(listener, BACKLOG) != 0) die(path);
    umask(022);
    return listener;
}

static bool is_user(int connection, uid_t user) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == user;
}

void listen_for_service(const char *path, uid_t user, bool until_end) {
    int listener = open_listener(path, user);
    // The kernel reaps the launchers.
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        struct pollfd polled[2] = {{listener, POLLIN, 0}, {until_end ? STDIN_FILENO : -1, POLLIN, 0}};
        if (poll(polled, 2, -1) < 0) continue;
        if (polled[1].revents != 0) {
            unlink(path);
            _exit(0);
        }
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0) continue;
        int pidfd = -1;
        int pid = is_user(connection, user) ? clone_process(0, &pidfd) : -1;
        if (pid == 0) {
            signal(SIGCHLD, SIG_DFL);
            if (connection != ASSAY_LAUNCHER_SOCKET && dup2(connection, ASSAY_LAUNCHER_SOCKET) < 0) die("dup2");
            return;
        }
        close(connection);
        if (pidfd >= 0) close(pidfd);
    }
}

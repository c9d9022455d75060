#define _GNU_SOURCE
#include "cgroup.h"
#include "egress.h"
#include "guest.h"
#include "layer.h"
#include "listen.h"
#include "request.h"
#include "root.h"
#include "rootless.h"
#include "slot.h"
#include "namespaces.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// How long to wait before trying again to remove a cgroup that the kernel still holds.
static const uint64_t clean_retry_min_ns = 100000, clean_retry_max_ns = 5000000;

static _Alignas(struct assay_hello) char message[ASSAY_MESSAGE_MAX];

/// `assay-launcher --listen PATH UID [--until-end]`
static void listen_if_asked(int count, char **arguments) {
    if (count < 4 || strcmp(arguments[1], "--listen") != 0) return;
    char *end;
    unsigned long user = strtoul(arguments[3], &end, 10);
    if (*end != 0 || end == arguments[3] || user >= UINT32_MAX) {
        log_line("--listen wants a path and a user id");
        _exit(64);
    }
    listen_for_service(arguments[2], (uid_t)user, count > 4 && strcmp(arguments[4], "--until-end") == 0);
}

/// A launcher finds its socket open: the service's that started it, or one that its listener accepted. Started by hand
/// without either it ends.
static void check_start(void) {
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(ASSAY_LAUNCHER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) {
        log_line("is started by assay, not by hand");
        _exit(64);
    }
    fcntl(ASSAY_LAUNCHER_SOCKET, F_SETFD, FD_CLOEXEC);
    close_range(ASSAY_LAUNCHER_SOCKET + 1, ~0u, 0);
    signal(SIGPIPE, SIG_IGN);
}

static struct failure set_up(const struct assay_hello *hello, struct cgroup_support *support, int *egress_error) {
    struct failure failure = rootless_enter(hello);
    if (failure.error == 0) failure = namespaces_open();
    *egress_error = ENOSYS;
    // Its helper keeps the host's root, which is left below.
    if (failure.error == 0 && hello->egress_base != 0) *egress_error = is_rootless() ? EPERM : egress_open(hello);
    if (failure.error == 0) failure = cgroups_open(hello->cgroup, support);
    const char *image = (const char *)(hello + 1), *binds = image + hello->image_size;
    if (failure.error == 0) failure = root_enter(hello, hello->image_size > 0 ? image : NULL, binds);
    return failure;
}

/// Takes the first message and answers it. The launcher ends if it cannot work.
static int greet(void) {
    int descriptors[DESCRIPTORS_MAX];
    unsigned count;
    ssize_t size = receive_message(ASSAY_LAUNCHER_SOCKET, message, sizeof message, descriptors, &count, MSG_CMSG_CLOEXEC);
    if (size <= 0) _exit(0);
    const struct assay_hello *hello = (const struct assay_hello *)message;
    const char *problem = request_problem(message, (size_t)size, count);
    if (problem == NULL && hello->header.kind != ASSAY_HELLO) problem = "no hello";
    struct assay_ready ready = {.version = ASSAY_WIRE_VERSION};
    struct cgroup_support support = {0};
    struct failure failure = problem != NULL ? (struct failure){EPROTO, problem} : set_up(hello, &support, &ready.egress_error);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (failure.error == 0) slots_open(hello, support.lacks, ASSAY_LAUNCHER_SOCKET, epoll);
    ready.header = hello->header;
    ready.header.kind = ASSAY_READY;
    ready.header.size = sizeof ready;
    ready.cgroup_version = support.version;
    ready.lacks = support.lacks;
    ready.flags = (is_rootless() ? ASSAY_IS_ROOTLESS : 0) | (has_one_user() ? ASSAY_HAS_ONE_USER : 0)
        | (support.has_cpuset ? 0 : ASSAY_KEEPS_CPUS);
    ready.pid = (uint32_t)getpid();
    ready.cpus = support.cpus;
    ready.recovered = support.recovered;
    ready.error = failure.error;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    ready.landlock_abi = abi > 0 ? (uint32_t)abi : 0;
    copy_step(ready.step, failure.step);
    send_message(ASSAY_LAUNCHER_SOCKET, &ready, sizeof ready, NULL, 0, NULL, 0);
    if (failure.error != 0) _exit(1);
    return epoll;
}

static void hear_service(void) {
    int descriptors[DESCRIPTORS_MAX];
    unsigned count;
    ssize_t size = receive_message(ASSAY_LAUNCHER_SOCKET, message, sizeof message, descriptors, &count,
                                   MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EMSGSIZE)) return;
    if (size <= 0) {
        slots_close();
        cgroups_close();
        _exit(0);
    }
    struct assay_header *header = (struct assay_header *)message;
    const char *problem = request_problem(message, (size_t)size, count);
    if (problem == NULL) return slots_request(header, descriptors, count);
    log_line("refused a malformed message: %s", problem);
    close_all(descriptors, count);
    struct assay_refused refused = {.error = EPROTO};
    if ((size_t)size >= sizeof *header) refused.header = *header;
    refused.header.kind = ASSAY_REFUSED;
    refused.header.size = sizeof refused;
    copy_step(refused.reason, problem);
    send_message(ASSAY_LAUNCHER_SOCKET, &refused, sizeof refused, NULL, 0, NULL, 0);
}

/// Waits for events until `next`. With something to clean it looks only.
static int wait_for_events(int epoll, struct epoll_event *events, int capacity, uint64_t next) {
    uint64_t now = now_ns();
    uint64_t left = next > now ? next - now : 0;
    struct timespec timeout = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
    return epoll_pwait2(epoll, events, capacity, next == UINT64_MAX ? NULL : &timeout, NULL);
}

int main(int count, char **arguments) {
    for (int stream = 0; stream < 3; stream++)
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) die("open /dev/null");
    if (count >= 2 && strcmp(arguments[1], "guest") == 0) guest_main(count - 2, arguments + 2);
    if (count >= 2 && strcmp(arguments[1], "aside") == 0) run_aside(count - 2, arguments + 2);
    if (count >= 2 && strcmp(arguments[1], "layer") == 0) layer_main(count - 2, arguments + 2);
    listen_if_asked(count, arguments);
    check_start();
    int epoll = greet();
    struct epoll_event service = {.events = EPOLLIN, .data.u64 = (union event){.source = EVENT_SERVICE}.word};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, ASSAY_LAUNCHER_SOCKET, &service) != 0) die("epoll");
    struct epoll_event events[64];
    uint64_t clean_retry_ns = clean_retry_min_ns;
    for (;;) {
        uint64_t next = slots_tick(now_ns());
        int count = wait_for_events(epoll, events, 64, 0);
        if (count == 0) {
            // Nobody waits for anything: the time to remove remains.
            if (slots_clean()) {
                clean_retry_ns = clean_retry_min_ns;
                continue;
            }
            if (slots_remain()) {
                if (now_ns() + clean_retry_ns < next) next = now_ns() + clean_retry_ns;
                if (clean_retry_ns < clean_retry_max_ns) clean_retry_ns *= 2;
            }
            count = wait_for_events(epoll, events, 64, next);
        }
        for (int index = 0; index < count; index++) {
            union event event = {.word = events[index].data.u64};
            if (event.source == EVENT_SERVICE) hear_service();
            else slots_event(event);
        }
    }
}

#define _GNU_SOURCE
#include "guest.h"
#include "bundle.h"
#include "request.h"
#include "root.h"
#include "sandbox.h"

#include <GuestWire.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// The least time between two looks at the CPU clock.
static const uint64_t check_interval_min_ns = 1000000;

enum { STREAMS = 2, PIECE = 64 * 1024 };

static struct {
    int channel, children, null_device;
    enum machine machine;
    bool is_plain, has_cgroup, takes_descriptors;
    struct sandbox_plan plan;
    struct cgroup cgroup;
    struct worker_page *page;
    uint64_t memory_base, memory_limit;
    uint32_t runs;
    /// 0 when no program runs.
    pid_t program;
    struct {
        struct assay_header header;
        struct assay_limits limits;
        uint64_t received_ns, cpu_base, oom_base, next_check_ns;
        /// The program is to be killed when it ran as long; `UINT64_MAX` while nobody ordered it.
        uint64_t wall_ns;
        /// Of processes that were reaped: what there is to know without a cgroup.
        uint64_t reaped_cpu_ns, reaped_peak;
        uint32_t killed;
        int pipes[STREAMS];
        uint64_t sent[STREAMS];
        bool is_truncated[STREAMS];
    } run;
} guest = {.channel = -1};

static _Noreturn void leave(void) {
    if (guest.machine != MACHINE_NONE) machine_halt(guest.machine);
    _exit(0);
}

// MARK: channel

/// Without the service there is nobody to answer to.
static void send_bytes(const void *bytes, size_t size) {
    for (const char *at = bytes; size > 0;) {
        ssize_t written = write(guest.channel, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) leave();
        at += written;
        size -= (size_t)written;
    }
}

static void receive_bytes(void *bytes, size_t size) {
    for (char *at = bytes; size > 0;) {
        ssize_t received = read(guest.channel, at, size);
        if (received < 0 && errno == EINTR) continue;
        if (received <= 0) leave();
        at += received;
        size -= (size_t)received;
    }
}

/// The header of a message, and the descriptors that came with it.
static unsigned receive_head(struct assay_header *header, int descriptors[DESCRIPTORS_MAX]) {
    unsigned count = 0;
    size_t size = 0;
    if (guest.takes_descriptors) {
        ssize_t received = receive_message(guest.channel, header, sizeof *header, descriptors, &count, MSG_CMSG_CLOEXEC);
        if (received <= 0) leave();
        size = (size_t)received;
    }
    receive_bytes((char *)header + size, sizeof *header - size);
    return count;
}

/// Moves `size` bytes of the channel into a new memory file and seals it.
static int receive_file(size_t size) {
    static char buffer[PIECE];
    int file = memfd_create("received", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    while (size > 0) {
        size_t part = size < sizeof buffer ? size : sizeof buffer;
        receive_bytes(buffer, part);
        size -= part;
        // What cannot be kept is read all the same: the next message begins after it.
        if (file >= 0 && write(file, buffer, part) != (ssize_t)part) {
            int error = errno;
            close(file);
            file = -1;
            errno = error;
        }
    }
    if (file < 0) return -1;
    lseek(file, 0, SEEK_SET);
    fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    return file;
}

static void send_done(const struct assay_header *request, uint32_t kind, struct failure failure, int file) {
    static char buffer[PIECE];
    struct stat status = {0};
    if (file >= 0) fstat(file, &status);
    // CREATED and DONE have the same shape.
    struct assay_done done = {.header = *request, .error = failure.error};
    done.header.kind = kind;
    done.header.size = (uint32_t)(sizeof done + (size_t)status.st_size);
    copy_step(done.step, failure.step);
    send_bytes(&done, sizeof done);
    for (off_t offset = 0; offset < status.st_size;) {
        ssize_t size = pread(file, buffer, sizeof buffer, offset);
        if (size <= 0) leave();
        send_bytes(buffer, (size_t)size);
        offset += size;
    }
}

// MARK: making

/// The work directory on a kernel that has only the calls of old.
static struct failure furnish_plainly(uint64_t size, uint64_t files, uint32_t owner) {
    static const struct {
        const char *source, *target;
        mode_t mode;
    } parts[] = {{"/tmp/w", "/work", 0755}, {"/tmp/s", "/dev/shm", 01777}, {"/tmp/t", "/tmp", 01777}};
    char options[96];
    snprintf(options, sizeof options, "mode=0755,size=%llu,nr_inodes=%llu", (unsigned long long)size,
             (unsigned long long)files + 4);
    if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) {
        snprintf(options, sizeof options, "mode=0755,size=%llu", (unsigned long long)size);
        if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options) != 0)
            return FAILURE("mount work file system");
    }
    for (unsigned index = 0; index < 3; index++)
        if (mkdir(parts[index].source, 0700) != 0 || chown(parts[index].source, owner, owner) != 0
            || chmod(parts[index].source, parts[index].mode) != 0)
            return FAILURE("make work directory");
    for (unsigned index = 0; index < 3; index++)
        if (mount(parts[index].source, parts[index].target, NULL, MS_BIND, NULL) != 0)
            return FAILURE("mount work directory");
    return SUCCESS;
}

static struct failure enter_cgroup(const struct assay_furnish *furnish) {
    struct cgroup_support support;
    struct failure failure = SUCCESS;
    for (unsigned file = 0; file < CG_FILES; file++) guest.cgroup.files[file] = -1;
    guest.has_cgroup = (furnish->flags & (ASSAY_GUEST_CGROUP_SHOWN | ASSAY_GUEST_CGROUP_OWN)) != 0;
    if (furnish->flags & ASSAY_GUEST_CGROUP_OWN) {
        failure = cgroups_open("assay", &support);
        if (failure.error == 0) failure = cgroup_enter(0, &support.cpus, &guest.cgroup);
    } else if (furnish->flags & ASSAY_GUEST_CGROUP_SHOWN) {
        failure = cgroup_enter_shown("/.assay/cgroup", furnish->cgroup_version, &guest.cgroup);
    }
    return failure;
}

static bool start_loopback(void) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    bool is_up = descriptor >= 0 && ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
    int error = errno;
    if (descriptor >= 0) close(descriptor);
    errno = error;
    return is_up;
}

/// Everything that needs privilege. The technology around gave this process the rest: namespaces and a root.
static struct failure isolate(const struct assay_furnish *furnish) {
    bool is_machine = guest.machine != MACHINE_NONE;
    struct failure failure = is_machine ? machine_continue(guest.machine, furnish->realtime_ns) : SUCCESS;
    if (failure.error == 0) failure = enter_cgroup(furnish);
    if (failure.error != 0) return failure;
    // The first process of a machine shares its root with kernel threads, and then may enter no user namespace.
    if (is_machine && unshare(CLONE_FS) != 0) return FAILURE("unshare root");
    if (unshare(CLONE_NEWCGROUP) != 0 && !guest.is_plain) return FAILURE("unshare cgroup namespace");
    if (!guest.is_plain) {
        failure = namespaces_open();
        if (failure.error != 0) return failure;
        guest.plan.place = namespaces_of(0, furnish->uid_base);
        if (guest.plan.place == NULL) return FAILURE("user namespace");
    }
    // gVisor's kernel starts it by itself.
    if (furnish->network == ASSAY_NETWORK_LOOPBACK && !start_loopback() && !guest.is_plain)
        return FAILURE("start loopback");
    int space = -1;
    failure = guest.is_plain ? furnish_plainly(furnish->work_size, furnish->work_files, PROGRAM_ID)
                             : root_furnish(furnish->work_size, furnish->work_files, furnish->uid_base + 1, &space);
    if (space >= 0) close(space);
    if (failure.error != 0) return failure;
    // Our own files are hidden again; what is needed of them is open.
    umount2("/.assay", MNT_DETACH);
    // Some technologies show the host's devices there, whatever they are asked, and a machine shows its own. Its cgroup
    // hangs there too, but is open.
    if (!guest.is_plain) umount2("/sys", MNT_DETACH);
    // And some add places to write to, whose size nobody limits.
    if (!is_machine) {
        umount2("/run", MNT_DETACH);
        umount2("/var/tmp", MNT_DETACH);
    }
    if (setsid() < 0 && errno != EPERM) return FAILURE("setsid");
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS && !guest.is_plain)
        return FAILURE("keyring");
    return drop_privilege(&guest.plan);
}

static void furnish(const struct assay_furnish *furnish) {
    guest.is_plain = (furnish->flags & ASSAY_GUEST_PLAIN_KERNEL) != 0;
    guest.plan = (struct sandbox_plan){
        .network = furnish->network, .work_size = furnish->work_size, .work_files = furnish->work_files,
        .cpus = furnish->cpus, .owner = furnish->uid_base + 1, .control = guest.channel, .go = -1};
    guest.memory_limit = UINT64_MAX;
    struct failure failure = furnish->version == ASSAY_GUEST_VERSION ? isolate(furnish)
                                                                     : (struct failure){EPROTO, "guest version"};
    if (failure.error == 0 && guest.has_cgroup) guest.memory_base = cgroup_memory_usage(&guest.cgroup);
    send_done(&furnish->header, ASSAY_CREATED, failure, -1);
    if (failure.error != 0) leave();
}

// MARK: running

static bool set_memory_limit(uint64_t bytes) {
    if (!guest.has_cgroup || bytes == guest.memory_limit) return true;
    if (!cgroup_limit_memory(&guest.cgroup, bytes, guest.memory_limit)) return false;
    guest.memory_limit = bytes;
    return true;
}

static void kill_run(uint32_t why) {
    if (guest.program == 0 || guest.run.killed != ASSAY_KILLED_NOT) return;
    guest.run.killed = why;
    kill(-1, SIGKILL);
}

static void check_wall(uint64_t now) {
    // Until it is executed it has its whole time before it.
    if (guest.run.wall_ns == UINT64_MAX || guest.page->executed_ns == 0) return;
    if (now >= guest.page->executed_ns + guest.run.wall_ns) kill_run(ASSAY_KILLED_BY_SERVICE);
}

static void check_cpu(uint64_t now) {
    if (!guest.has_cgroup || now < guest.run.next_check_ns) return;
    uint64_t used = cgroup_cpu_ns(&guest.cgroup) - guest.run.cpu_base, limit = guest.run.limits.cpu_ns;
    if (used >= limit) return kill_run(ASSAY_KILLED_FOR_CPU);
    unsigned cpus = 0;
    for (unsigned word = 0; word < ASSAY_CPUS_MAX / 64; word++)
        cpus += (unsigned)__builtin_popcountll(guest.plan.cpus.words[word]);
    // The earliest moment at which the limit can be reached.
    uint64_t wait = (limit - used) / (cpus > 0 ? cpus : 1);
    guest.run.next_check_ns = now + (wait > check_interval_min_ns ? wait : check_interval_min_ns);
}

/// Passes on what a stream holds, as far as the limit allows. False at its end.
static bool pass_output(unsigned stream) {
    static struct {
        struct assay_output head;
        char bytes[PIECE];
    } piece;
    ssize_t size = read(guest.run.pipes[stream], piece.bytes, sizeof piece.bytes);
    if (size < 0) return errno == EINTR || errno == EAGAIN;
    if (size == 0) return false;
    uint64_t room = guest.run.limits.output - guest.run.sent[stream], kept = (uint64_t)size;
    if (kept > room) {
        kept = room;
        guest.run.is_truncated[stream] = true;
        kill_run(ASSAY_KILLED_FOR_OUTPUT);
    }
    if (kept == 0) return true;
    piece.head.header = guest.run.header;
    piece.head.header.kind = ASSAY_OUTPUT;
    piece.head.header.slot = stream;
    piece.head.header.size = (uint32_t)(sizeof piece.head + kept);
    send_bytes(&piece, sizeof piece.head + kept);
    guest.run.sent[stream] += kept;
    return true;
}

static void close_stream(unsigned stream) {
    if (guest.run.pipes[stream] >= 0) close(guest.run.pipes[stream]);
    guest.run.pipes[stream] = -1;
}

/// A pipe that belongs to the program's user, so that it can be opened by its name in /dev.
static bool make_pipe(int ends[2]) {
    become_for_files(PROGRAM_ID);
    bool made = pipe2(ends, O_CLOEXEC) == 0;
    become_for_files(KEEPER_ID);
    return made && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static struct failure start_worker(int *go) {
    int sockets[2], prepared[2];
    char byte;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) return FAILURE("socket pair");
    if (pipe2(prepared, O_CLOEXEC) != 0) return FAILURE("pipe");
    memset(guest.page, 0, sizeof *guest.page);
    guest.plan.go = sockets[1];
    guest.program = fork();
    if (guest.program == 0) {
        close(sockets[0]);
        close(prepared[0]);
        worker_main(&guest.plan, 0, prepared[1], guest.page);
    }
    close(sockets[1]);
    close(prepared[1]);
    *go = sockets[0];
    if (guest.program < 0) {
        guest.program = 0;
        return FAILURE("fork");
    }
    ssize_t size;
    do size = read(prepared[0], &byte, 1);
    while (size < 0 && errno == EINTR);
    close(prepared[0]);
    if (size == 1) return SUCCESS;
    return (struct failure){guest.page->error != 0 ? guest.page->error : EIO, guest.page->step};
}

/// `connected`: the program's descriptors that come from the service, -1 for the others.
static struct failure start_run(struct assay_run *run, int input, const int connected[ASSAY_CONNECTIONS_MAX]) {
    struct stat status = {0};
    int streams[1 + ASSAY_CONTROL] = {input >= 0 ? input : guest.null_device, connected[1], connected[2], connected[3]};
    int go = -1, made[STREAMS] = {-1, -1};
    if (connected[0] >= 0) streams[0] = connected[0];
    if (input >= 0) fstat(input, &status);
    // Standard input waits in our memory, which is not the program's.
    if (!set_memory_limit(run->limits.memory + guest.memory_base + (uint64_t)status.st_size))
        return FAILURE("memory limit");
    if (guest.has_cgroup && !cgroup_limit_processes(&guest.cgroup, run->limits.processes + 1))
        return FAILURE("process limit");
    struct failure failure = start_worker(&go);
    for (unsigned stream = 0; stream < STREAMS && failure.error == 0; stream++) {
        int ends[2] = {-1, -1};
        if (connected[stream + 1] >= 0) continue;
        if (!make_pipe(ends)) failure = FAILURE("output pipe");
        guest.run.pipes[stream] = ends[0];
        streams[stream + 1] = made[stream] = ends[1];
    }
    if (guest.has_cgroup) {
        cgroup_reset_peak(&guest.cgroup);
        guest.run.cpu_base = cgroup_cpu_ns(&guest.cgroup);
        guest.run.oom_base = cgroup_oom_kills(&guest.cgroup);
    }
    // gVisor's processor clock counts what the host gave to others: its limit would strike at random.
    if (guest.is_plain) run->limits.cpu_ns = 1000000000000000u;
    // Nor does it count the process that asks for another one.
    if (guest.is_plain && run->limits.processes > 0) run->limits.processes -= 1;
    if (failure.error == 0
        && !send_message(go, run, sizeof *run + run->strings_size, NULL, 0, streams, connected[3] >= 0 ? 4 : 3))
        failure = FAILURE("start program");
    close_all(made, STREAMS);
    if (go >= 0) close(go);
    return failure;
}

static void send_result(uint32_t ended, int32_t code, uint64_t ended_ns) {
    uint64_t stopped_ns = now_ns();
    uint64_t executed_ns = guest.page->executed_ns != 0 ? guest.page->executed_ns : ended_ns;
    struct assay_result result = {
        .header = guest.run.header, .ended = ended, .code = code, .killed = guest.run.killed,
        .cpu_ns = guest.run.reaped_cpu_ns, .peak_memory = guest.run.reaped_peak,
        .launch_ns = executed_ns - guest.run.received_ns, .execute_ns = ended_ns - executed_ns,
        .stop_ns = stopped_ns - ended_ns, .stdout_size = guest.run.sent[0], .stderr_size = guest.run.sent[1]};
    result.header.kind = ASSAY_RESULT;
    result.header.size = sizeof result;
    for (unsigned stream = 0; stream < STREAMS; stream++)
        if (guest.run.is_truncated[stream]) result.flags |= ASSAY_STDOUT_TRUNCATED << stream;
    if (guest.has_cgroup) {
        uint64_t peak = cgroup_memory_peak(&guest.cgroup);
        result.cpu_ns = cgroup_cpu_ns(&guest.cgroup) - guest.run.cpu_base;
        result.oom_kills = cgroup_oom_kills(&guest.cgroup) - guest.run.oom_base;
        result.peak_memory = peak > guest.memory_base ? peak - guest.memory_base : 0;
    }
    send_bytes(&result, sizeof result);
}

/// The program's first process ended: everything else is ended too, and the run is answered.
static void finish_run(int status) {
    uint64_t ended_ns = now_ns();
    guest.program = 0;
    kill_everything();
    for (unsigned stream = 0; stream < STREAMS; stream++) {
        while (!guest.run.is_truncated[stream] && pass_output(stream)) {}
        close_stream(stream);
    }
    if (WIFEXITED(status)) send_result(ASSAY_ENDED_EXITED, WEXITSTATUS(status), ended_ns);
    else send_result(ASSAY_ENDED_SIGNALLED, WTERMSIG(status), ended_ns);
}

static void run(struct assay_run *request, int input, const int connected[ASSAY_CONNECTIONS_MAX]) {
    memset(&guest.run, 0, sizeof guest.run);
    guest.run.header = request->header;
    guest.run.limits = request->limits;
    guest.run.received_ns = now_ns();
    guest.run.wall_ns = UINT64_MAX;
    guest.run.pipes[0] = guest.run.pipes[1] = -1;
    struct failure failure = start_run(request, input, connected);
    if (failure.error != 0) {
        kill_everything();
        guest.program = 0;
        for (unsigned stream = 0; stream < STREAMS; stream++) close_stream(stream);
        return send_done(&request->header, ASSAY_DONE, failure, -1);
    }
    check_cpu(now_ns());
}

/// `descriptors` came with the request, in the order of its connections. They are still the caller's.
static void run_connected(struct assay_run *request, int input, const int *descriptors) {
    int connected[ASSAY_CONNECTIONS_MAX] = {-1, -1, -1, -1};
    for (unsigned index = 0; index < ASSAY_CONNECTIONS_MAX; index++) {
        if (!(request->connections >> index & 1)) continue;
        connected[index] = *descriptors++;
        if (!may_connect(connected[index], 1u << index)) {
            struct failure failure = {EBADF, "connection"};
            return send_done(&request->header, ASSAY_DONE, failure, -1);
        }
    }
    run(request, input, connected);
}

/// Processes whose parent died are this one's to reap; the program is one of them.
static void reap(void) {
    struct signalfd_siginfo ignored;
    while (read(guest.children, &ignored, sizeof ignored) > 0) {}
    for (;;) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid <= 0) return;
        guest.run.reaped_cpu_ns += ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * 1000000000u
            + ((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000u;
        uint64_t peak = (uint64_t)usage.ru_maxrss * 1024;
        if (peak > guest.run.reaped_peak) guest.run.reaped_peak = peak;
        if (pid == guest.program) return finish_run(status);
    }
}

// MARK: requests

static void collect(const struct assay_collect *request) {
    int file = memfd_create("artefacts", MFD_CLOEXEC);
    struct order order = {.kind = ORDER_COLLECT, .bytes = request->bytes, .files = request->files};
    struct failure failure = file < 0 ? FAILURE("memory file") : SUCCESS;
    if (failure.error == 0 && !set_memory_limit(UINT64_MAX)) failure = FAILURE("lift memory limit");
    if (failure.error == 0) failure = do_file_work(&order, file);
    send_done(&request->header, ASSAY_DONE, failure, failure.error == 0 ? file : -1);
    if (file >= 0) close(file);
}

static void unpack(const struct assay_header *request, size_t size) {
    struct order order = {.kind = ORDER_UNPACK};
    struct failure failure = set_memory_limit(UINT64_MAX) ? SUCCESS : FAILURE("lift memory limit");
    int file = receive_file(size);
    if (failure.error == 0 && file < 0) failure = FAILURE("memory file");
    if (failure.error == 0) failure = do_file_work(&order, file);
    if (file >= 0) close(file);
    send_done(request, ASSAY_DONE, failure, -1);
}

static void hear_service(void) {
    static _Alignas(struct assay_run) char message[ASSAY_MESSAGE_MAX];
    struct assay_header *header = (struct assay_header *)message;
    int descriptors[DESCRIPTORS_MAX];
    unsigned count = receive_head(header, descriptors);
    if (count > 0 && header->kind != ASSAY_RUN) leave();
    size_t left = header->size - sizeof *header;
    char *body = message + sizeof *header;
    // The service is trusted; a message out of place means that the two are of different versions.
    switch (header->kind) {
    case ASSAY_KILL:
        if (left != sizeof(struct assay_kill) - sizeof *header) leave();
        receive_bytes(body, left);
        if (guest.program == 0 || guest.run.header.tag != header->tag) return;
        guest.run.wall_ns = ((struct assay_kill *)message)->wall_ns;
        if (guest.run.wall_ns == 0) kill_run(ASSAY_KILLED_BY_SERVICE);
        return;
    case ASSAY_FURNISH:
        if (left != sizeof(struct assay_furnish) - sizeof *header) leave();
        receive_bytes(body, left);
        return furnish((struct assay_furnish *)message);
    case ASSAY_WRITE:
        if (guest.program != 0) leave();
        return unpack(header, left);
    case ASSAY_COLLECT:
        if (guest.program != 0 || left != sizeof(struct assay_collect) - sizeof *header) leave();
        receive_bytes(body, left);
        return collect((struct assay_collect *)message);
    case ASSAY_RUN: {
        struct assay_run *request = (struct assay_run *)message;
        if (guest.program != 0 || left < sizeof *request - sizeof *header) leave();
        receive_bytes(body, sizeof *request - sizeof *header);
        left -= sizeof *request - sizeof *header;
        if (request->strings_size > left || request->strings_size > ASSAY_STRINGS_MAX) leave();
        receive_bytes(request + 1, request->strings_size);
        left -= request->strings_size;
        header->size = (uint32_t)(sizeof *request + request->strings_size);
        // Where no descriptor came along, standard input follows in the stream.
        if (count == 0) request->connections = 0;
        if (request->flags != 0 || request_problem(message, header->size, count) != NULL) leave();
        int input = left > 0 ? receive_file(left) : -1;
        if (left > 0 && input < 0) return send_done(header, ASSAY_DONE, FAILURE("standard input"), -1);
        run_connected(request, input, descriptors);
        close_all(descriptors, count);
        if (input >= 0) close(input);
        return;
    }
    default: leave();
    }
}

static int connect_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int channel = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (channel < 0 || connect(channel, (struct sockaddr *)&address, sizeof address) != 0) die("connect to the service");
    return channel;
}

static int open_channel(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[0], "machine") == 0) {
        guest.machine = strcmp(arguments[1], "socket") == 0 ? MACHINE_SOCKET : MACHINE_PORT;
        return machine_boot(guest.machine);
    }
    if (count == 2 && strcmp(arguments[0], "socket") == 0) {
        guest.takes_descriptors = true;
        return connect_socket(arguments[1]);
    }
    if (count == 1 && strcmp(arguments[0], "stdin") == 0) return fcntl(0, F_DUPFD_CLOEXEC, 10);
    log_line("a guest is started by assay, not by hand");
    _exit(64);
}

/// When the program's times are to be looked at next.
static uint64_t next_look(uint64_t now) {
    uint64_t next = guest.has_cgroup ? guest.run.next_check_ns : now + 1000000000u;
    if (guest.run.wall_ns == UINT64_MAX) return next;
    uint64_t executed = guest.page->executed_ns;
    uint64_t due = executed != 0 ? executed + guest.run.wall_ns : now + check_interval_min_ns;
    return due < next ? due : next;
}

/// Waits for the service, the program's end, its output, or the moment to look at its CPU time.
static void wait_for_events(void) {
    struct pollfd polled[4] = {
        {guest.channel, POLLIN, 0}, {guest.children, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};
    struct timespec timeout, *limit = NULL;
    if (guest.program != 0) {
        for (unsigned stream = 0; stream < STREAMS; stream++)
            if (!guest.run.is_truncated[stream]) polled[2 + stream].fd = guest.run.pipes[stream];
        if (guest.run.killed == ASSAY_KILLED_NOT) {
            uint64_t now = now_ns(), next = next_look(now), left = next > now ? next - now : 0;
            timeout = (struct timespec){(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
            limit = &timeout;
        }
    }
    if (ppoll(polled, 4, limit, NULL) < 0) return;
    for (unsigned stream = 0; stream < STREAMS; stream++)
        if (polled[2 + stream].revents != 0 && !pass_output(stream)) close_stream(stream);
    if (guest.program != 0 && guest.run.killed == ASSAY_KILLED_NOT) {
        check_cpu(now_ns());
        check_wall(now_ns());
    }
    if (polled[1].revents != 0) reap();
    if (polled[0].revents != 0) hear_service();
}

_Noreturn void guest_main(int count, char **arguments) {
    sigset_t children;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    guest.channel = open_channel(count, arguments);
    guest.children = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    guest.null_device = open("/dev/null", O_RDWR | O_CLOEXEC);
    guest.page = mmap(NULL, sizeof *guest.page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (guest.children < 0 || guest.null_device < 0 || guest.page == MAP_FAILED) die("start guest");
    for (int stream = 0; stream < 3; stream++)
        if (dup2(guest.null_device, stream) < 0) die("standard streams");
    // A socket tells by itself that somebody is there.
    if (guest.machine == MACHINE_PORT) {
        struct assay_header hello = {.kind = ASSAY_GUEST_HELLO, .size = sizeof hello};
        send_bytes(&hello, sizeof hello);
    }
    for (;;) wait_for_events();
}

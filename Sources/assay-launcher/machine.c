#define _GNU_SOURCE
#include "guest.h"
#include "launcher.h"

#include <GuestWire.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

// The first process of a virtual machine whose root is the initial RAM file system that the service wrote.

/// Devices appear a moment after their drivers. Half a minute is more than an emulated machine needs.
enum { ATTEMPTS = 6000, ATTEMPT_PAUSE_NS = 5000000 };

static void pause_between_attempts(void) { nanosleep(&(struct timespec){.tv_nsec = ATTEMPT_PAUSE_NS}, NULL); }

static _Noreturn void give_up(enum machine machine, const char *step) {
    log_line("%s: %s", step, strerror(errno));
    machine_halt(machine);
}

/// Loads the drivers that `/.assay/modules` lists, one path a line, in the order in which they need each other.
static void load_drivers(void) {
    char path[256];
    FILE *list = fopen("/.assay/modules", "re");
    while (list != NULL && fgets(path, sizeof path, list) != NULL) {
        path[strcspn(path, "\n")] = 0;
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || (syscall(SYS_finit_module, file, "", 0) != 0 && errno != EEXIST))
            log_line("load %s: %s", path, strerror(errno));
        if (file >= 0) close(file);
        unlink(path);
    }
    if (list != NULL) fclose(list);
}

/// Programs see the machine's root: what only the boot needed is no business of theirs.
static void forget_boot(void) {
    unlink("/.assay/modules");
    unlink("/init");
}

/// The kernel makes devices, but not the names that every program expects beside them.
static void name_streams(void) {
    static const char *const links[][2] = {
        {"/proc/self/fd", "/dev/fd"},
        {"/proc/self/fd/0", "/dev/stdin"},
        {"/proc/self/fd/1", "/dev/stdout"},
        {"/proc/self/fd/2", "/dev/stderr"},
    };
    for (unsigned index = 0; index < sizeof links / sizeof *links; index++)
        if (symlink(links[index][0], links[index][1]) != 0 && errno != EEXIST)
            log_line("link %s: %s", links[index][1], strerror(errno));
}

static int open_port(void) {
    int port = -1;
    for (unsigned attempt = 0; attempt < ATTEMPTS && port < 0; attempt++) {
        if (attempt > 0) pause_between_attempts();
        port = open("/dev/vport0p1", O_RDWR | O_CLOEXEC);
        if (port < 0) port = open("/dev/vport1p1", O_RDWR | O_CLOEXEC);
    }
    return port;
}

/// The service listens behind a port of the host's, once for each machine.
static int connect_host(void) {
    struct sockaddr_vm address = {
        .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = ASSAY_GUEST_SOCKET_PORT};
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (attempt > 0) pause_between_attempts();
        int channel = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (channel < 0) continue;
        if (connect(channel, (struct sockaddr *)&address, sizeof address) == 0) return channel;
        int error = errno;
        close(channel);
        errno = error;
        // Without the device there is no host yet; a host that refuses will not think better of it.
        if (error != ENODEV && error != EHOSTUNREACH && error != ENETUNREACH) return -1;
    }
    return -1;
}

/// Mounts the host's programs as soon as what holds them is there.
static bool mount_programs(enum machine machine) {
    const char *source = machine == MACHINE_SOCKET ? "/dev/vda" : "usr";
    const char *type = machine == MACHINE_SOCKET ? "squashfs" : "virtiofs";
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (attempt > 0) pause_between_attempts();
        if (mount(source, "/usr", type, MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0) return true;
        bool is_absent = machine == MACHINE_SOCKET ? errno == ENOENT || errno == ENXIO
                                                   : errno == EINVAL || errno == ENODEV;
        if (!is_absent) return false;
    }
    return false;
}

int machine_boot(enum machine machine) {
    static const struct {
        const char *type, *target;
        unsigned long flags;
    } mounts[] = {
        {"devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC},
        {"proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC},
        {"sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC},
        {"cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC},
    };
    for (unsigned index = 0; index < sizeof mounts / sizeof *mounts; index++) {
        mkdir(mounts[index].target, 0755);
        if (mount(mounts[index].type, mounts[index].target, mounts[index].type, mounts[index].flags, NULL) != 0)
            give_up(machine, mounts[index].target);
    }
    mkdir("/dev/shm", 01777);
    name_streams();
    load_drivers();
    forget_boot();
    if (machine == MACHINE_SOCKET) {
        if (!mount_programs(machine)) give_up(machine, "mount programs");
        unlink("/dev/vda");
    }
    int channel = machine == MACHINE_SOCKET ? connect_host() : open_port();
    if (channel < 0) give_up(machine, "reach the service");
    return channel;
}

/// A machine that went on from a saved state stands in the past, and has the random numbers of all its twins.
static void catch_up(uint64_t realtime_ns) {
    struct timespec now = {(time_t)(realtime_ns / 1000000000u), (long)(realtime_ns % 1000000000u)};
    clock_settime(CLOCK_REALTIME, &now);
    int random = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
    if (random < 0) return;
    // The host's clock differs between twins; the processor's own random numbers are mixed in with it.
    if (write(random, &realtime_ns, sizeof realtime_ns) == sizeof realtime_ns) ioctl(random, RNDRESEEDCRNG);
    close(random);
}

struct failure machine_continue(enum machine machine, uint64_t realtime_ns) {
    catch_up(realtime_ns);
    if (machine == MACHINE_PORT && !mount_programs(machine)) return FAILURE("mount programs");
    return SUCCESS;
}

_Noreturn void machine_halt(enum machine machine) {
    sync();
    // Firecracker ends when its machine starts anew, and only then.
    reboot(machine == MACHINE_SOCKET ? RB_AUTOBOOT : RB_POWER_OFF);
    // A guest that gave up its privilege may not do that. A kernel whose first process ends starts anew (panic=-1).
    _exit(1);
}

#define _GNU_SOURCE
#include "guest.h"
#include "launcher.h"

#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The first process of a virtual machine whose root is the initial RAM file system that the service wrote.

static void mount_or_die(const char *source, const char *target, const char *type, unsigned long flags) {
    mkdir(target, 0755);
    if (mount(source, target, type, flags, NULL) != 0) {
        log_line("mount %s: %s", target, strerror(errno));
        machine_halt();
    }
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

/// The port appears a moment after its driver.
static int open_port(void) {
    for (unsigned attempt = 0; attempt < 1000; attempt++) {
        int port = open("/dev/vport0p1", O_RDWR | O_CLOEXEC);
        if (port < 0) port = open("/dev/vport1p1", O_RDWR | O_CLOEXEC);
        if (port >= 0) return port;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    log_line("there is no port to the service");
    machine_halt();
}

int machine_boot(void) {
    mount_or_die("dev", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC);
    mkdir("/dev/shm", 01777);
    name_streams();
    mount_or_die("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    mount_or_die("sys", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    mount_or_die("cgroup", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    load_drivers();
    forget_boot();
    return open_port();
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

struct failure machine_continue(uint64_t realtime_ns) {
    catch_up(realtime_ns);
    // Its file system is plugged in at about the same time.
    for (unsigned attempt = 0; attempt < 6000; attempt++) {
        if (mount("usr", "/usr", "virtiofs", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0) return SUCCESS;
        if (errno != EINVAL && errno != ENODEV) return FAILURE("mount programs");
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return FAILURE("mount programs");
}

_Noreturn void machine_halt(void) {
    sync();
    reboot(RB_POWER_OFF);
    for (;;) pause();
}

#define _GNU_SOURCE
#include "guest.h"
#include "launcher.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

_Noreturn void run_aside(int count, char **arguments) {
    if (count < 2) {
        log_line("aside wants a mount point and a program");
        _exit(64);
    }
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) die("unshare mounts");
    if (umount2(arguments[0], MNT_DETACH) != 0 && errno != EINVAL && errno != ENOENT) die("hide mount");
    execv(arguments[1], arguments + 1);
    die(arguments[1]);
}

#define _GNU_SOURCE
#include "layer.h"
#include "launcher.h"
#include "seccomp.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// `layer WORK BASE TARGET SIZE NETWORK GROUPS… -- BINDS… -- PROGRAM ARGUMENTS…`: runs a teacher's program once as the root
// user of a writable copy of the host's programs, and keeps what it changed in TARGET. Everything that it writes is in
// one memory file system of SIZE bytes until it ended well. It is root only there: of a user namespace of its own, without
// the right to mount, behind the filter that every program has, in no network unless NETWORK is `host`.

/// What a package manager needs to be root for.
static const int capabilities[] = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID,
                                   CAP_SETUID, CAP_SETGID,       CAP_KILL,   CAP_SETFCAP};
static const char *const devices[] = {"null", "zero", "full", "random", "urandom"};
/// Users that packages may give files to: all that distributions number.
static const char id_map[] = "0 0 65536\n";
/// Files of a layer.
static const char inodes[] = "nr_inodes=400000";
/// Exit codes beyond the program's own.
enum { CANNOT_SET_UP = 120, CANNOT_KEEP = 121 };

static char *work, *base, *target;

static _Noreturn void give_up(const char *step) {
    log_line("layer: %s: %s", step, strerror(errno));
    _exit(CANNOT_SET_UP);
}

static char *joined(const char *directory, const char *name) {
    char *path;
    if (asprintf(&path, "%s%s%s", directory, name[0] == '/' ? "" : "/", name) < 0) give_up("memory");
    return path;
}

static void make_directory(const char *path) {
    if (mkdir(path, 0755) != 0 && errno != EEXIST) give_up(path);
}

static void write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text)) give_up(path);
    close(file);
}

/// Runs a program of the host and waits; false if it failed.
static bool run_tool(char *const arguments[]) {
    int pid = fork(), status;
    if (pid == 0) {
        execve(arguments[0], arguments, (char *[]){"PATH=/usr/bin:/bin", "LC_ALL=C", NULL});
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/// Mounts `lower` at `path`, writable, with what is written in `upper`.
static void mount_over(const char *lower, const char *upper, const char *scratch, const char *path) {
    char *options;
    make_directory(upper);
    make_directory(scratch);
    // Nothing that only this kernel could read back in what is kept.
    if (asprintf(&options, "lowerdir=%s,upperdir=%s,workdir=%s,index=off,metacopy=off,redirect_dir=off", lower, upper,
                 scratch)
        < 0)
        give_up("memory");
    if (mount("overlay", path, "overlay", MS_NODEV, options) != 0) give_up("mount overlay");
    free(options);
}

/// The file system of everything that is written, and in it the root with its parts.
static void build_root(const char *size, char **binds, int count) {
    char *options;
    if (asprintf(&options, "size=%s,mode=0755,%s", size, inodes) < 0) give_up("memory");
    if (mount("tmpfs", work, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) give_up("mount layer");
    free(options);
    const char *const places[] = {"upper", "scratch", "root", "tmp", "home"};
    for (unsigned index = 0; index < sizeof places / sizeof *places; index++) make_directory(joined(work, places[index]));
    char *root = joined(work, "root");
    mount_over(base, joined(work, "upper/top"), joined(work, "scratch/top"), root);
    for (int index = 0; index < count; index++) {
        char part[16], *place = joined(root, binds[index]);
        struct stat status;
        // The base has a link where the host has one.
        if (lstat(place, &status) != 0 || !S_ISDIR(status.st_mode)) continue;
        snprintf(part, sizeof part, "part%d", index);
        mount_over(binds[index], joined(joined(work, "upper"), part), joined(joined(work, "scratch"), part), place);
    }
    chmod(joined(work, "tmp"), 01777);
    if (mount(joined(work, "tmp"), joined(root, "tmp"), NULL, MS_BIND, NULL) != 0) give_up("mount tmp");
    make_directory(joined(root, "autograder"));
    if (mount(joined(work, "home"), joined(root, "autograder"), NULL, MS_BIND, NULL) != 0) give_up("mount home");
    for (unsigned index = 0; index < sizeof devices / sizeof *devices; index++)
        if (mount(joined("/dev", devices[index]), joined(joined(root, "dev"), devices[index]), NULL, MS_BIND, NULL) != 0)
            give_up("bind device");
}

/// Gives up everything but what a package manager needs, for itself and all that it starts.
static void confine(bool has_network) {
    if (setgroups(0, NULL) != 0 || setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0) give_up("become root");
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    for (unsigned index = 0; index < sizeof capabilities / sizeof *capabilities; index++)
        data[0].permitted |= 1u << capabilities[index];
    data[0].effective = data[0].permitted;
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        if (capability >= 32 || (data[0].permitted >> capability & 1) == 0)
            if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) give_up("drop capability");
    if (syscall(SYS_capset, &header, data) != 0) give_up("capset");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("no_new_privs");
    struct failure failure = seccomp_load(has_network ? ASSAY_NETWORK_LOOPBACK : ASSAY_NETWORK_NONE, NULL);
    if (failure.error != 0) give_up(failure.step);
}

/// The first process of the new process namespace: becomes the program.
static _Noreturn void become(char **arguments, bool has_network, int ready, int go) {
    char byte;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("pdeathsig");
    if (unshare(CLONE_NEWNS) != 0) give_up("unshare mounts");
    char *root = joined(work, "root");
    if (mount("proc", joined(root, "proc"), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid") != 0)
        give_up("mount proc");
    if (chdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
        give_up("pivot_root");
    if (unshare(CLONE_NEWUSER) != 0) give_up("unshare users");
    if (write(ready, "", 1) != 1 || read(go, &byte, 1) != 1) _exit(CANNOT_SET_UP);
    confine(has_network);
    if (chdir("/autograder/source") != 0) give_up("enter source");
    close_range(3, ~0u, 0);
    char *environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
                           "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "PIP_BREAK_SYSTEM_PACKAGES=1",
                           "PIP_ROOT_USER_ACTION=ignore", NULL};
    execve(arguments[0], arguments, environment);
    give_up(arguments[0]);
}

/// Runs the program to its end, in a process namespace that ends with it. Its exit code, or 128 and the signal that ended
/// it.
static int run_inside(char **arguments, bool has_network) {
    int ready[2], go[2], status;
    if (unshare(CLONE_NEWPID) != 0) give_up("unshare processes");
    if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(go, O_CLOEXEC) != 0) give_up("pipe");
    int pid = fork();
    if (pid < 0) give_up("fork");
    if (pid == 0) {
        close(ready[0]);
        close(go[1]);
        become(arguments, has_network, ready[1], go[0]);
    }
    close(ready[1]);
    close(go[0]);
    char byte, path[64];
    // Without an answer it has said why it ended.
    if (read(ready[0], &byte, 1) == 1) {
        // Its number here is the one that this process's /proc shows: that was mounted before the namespaces.
        snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
        write_text(path, id_map);
        snprintf(path, sizeof path, "/proc/%d/gid_map", pid);
        write_text(path, id_map);
        if (write(go[1], "", 1) != 1) give_up("start");
    }
    if (waitpid(pid, &status, 0) != pid) give_up("wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// In a process of its own, because this one's later children must not be born in that namespace.
static int run(char **arguments, bool has_network) {
    int pid = fork(), status;
    if (pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("pdeathsig");
        _exit(run_inside(arguments, has_network));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) give_up("run");
    return WIFEXITED(status) ? WEXITSTATUS(status) : CANNOT_SET_UP;
}

static bool keep(const char *from, const char *to) {
    return run_tool((char *[]){"/bin/cp", "-a", (char *)from, (char *)to, NULL});
}

/// Copies what was written into TARGET: `root` with every part in its place, and `home`.
static int keep_all(char **binds, int count) {
    char *root = joined(target, "root"), *home = joined(target, "home");
    if (!keep(joined(work, "upper/top"), root)) return CANNOT_KEEP;
    for (int index = 0; index < count; index++) {
        char part[16], *place = joined(root, binds[index]);
        snprintf(part, sizeof part, "part%d", index);
        char *from = joined(joined(work, "upper"), part);
        if (access(from, F_OK) != 0 || rmdir(from) == 0) continue;
        run_tool((char *[]){"/bin/mkdir", "-p", place, NULL});
        if (!keep(joined(from, "."), place)) return CANNOT_KEEP;
    }
    // The source is the task's, and is there again at every run.
    run_tool((char *[]){"/bin/rm", "-rf", joined(work, "home/source"), NULL});
    return keep(joined(work, "home"), home) ? 0 : CANNOT_KEEP;
}

static int index_of(char **arguments, int count, int from) {
    while (from < count && strcmp(arguments[from], "--") != 0) from++;
    return from;
}

_Noreturn void layer_main(int count, char **arguments) {
    if (count < 7) {
        log_line("layer: too few arguments");
        _exit(64);
    }
    work = arguments[0], base = arguments[1], target = arguments[2];
    const char *size = arguments[3], *source = arguments[4];
    bool has_network = strcmp(arguments[5], "host") == 0;
    int binds = index_of(arguments, count, 6) + 1, program = index_of(arguments, count, binds) + 1;
    if (program >= count) {
        log_line("layer: no program");
        _exit(64);
    }
    int parts = program - 1 - binds;
    for (int index = 6; index < binds - 1; index++) write_text(joined(arguments[index], "cgroup.procs"), "0");
    if (unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | (has_network ? 0 : CLONE_NEWNET)) != 0)
        give_up("unshare");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) give_up("make mounts private");
    umask(022);
    build_root(size, arguments + binds, parts);
    if (!keep(source, joined(work, "home/source"))) give_up("copy source");
    int code = run(arguments + program, has_network);
    if (code == 0) code = keep_all(arguments + binds, parts);
    _exit(code);
}

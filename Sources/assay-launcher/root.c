#define _GNU_SOURCE
#include "root.h"
#include "rootless.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Users of the sandbox by name. Nobody of the host is listed.
static const struct {
    const char *path, *text;
} texts[] = {
    {"etc/passwd", "root:x:0:0:root:/:/usr/sbin/nologin\nstudent:x:1000:1000:student:/work:/bin/sh\n"
                   "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"},
    {"etc/group", "root:x:0:\nstudent:x:1000:\nnogroup:x:65534:\n"},
    {"etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"},
    {"etc/hostname", "sandbox\n"},
    {"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"},
};

static const char *const directories[] = {"etc", "dev", "dev/shm", "proc", "work", "tmp"};
static const char *const devices[] = {"dev/null", "dev/zero", "dev/full", "dev/random", "dev/urandom"};
static const struct {
    const char *path, *target;
} links[] = {
    {"dev/fd", "/proc/self/fd"},
    {"dev/stdin", "/proc/self/fd/0"},
    {"dev/stdout", "/proc/self/fd/1"},
    {"dev/stderr", "/proc/self/fd/2"},
    // Places that graders of other systems name, which their sandboxes have in the work directory.
    {"task", "work/task"},
    {"course", "work/course"},
    {"autograder", "work/autograder"},
};

static bool set_attributes(int mount, const char *path, unsigned flags, uint64_t attributes) {
    struct mount_attr attr = {.attr_set = attributes};
    return syscall(SYS_mount_setattr, mount, path, flags, &attr, sizeof attr) == 0;
}

static bool write_text(int root, const char *path, const char *text) {
    int file = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0) return false;
    bool written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    close(file);
    return written;
}

static bool write_resolvers(int root, const uint32_t resolvers[ASSAY_RESOLVERS_MAX]) {
    char text[128] = "";
    size_t used = 0;
    for (unsigned index = 0; index < ASSAY_RESOLVERS_MAX; index++) {
        uint32_t address = resolvers[index];
        if (address != 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "nameserver %u.%u.%u.%u\n", address >> 24,
                                     address >> 16 & 255, address >> 8 & 255, address & 255);
    }
    return write_text(root, "etc/resolv.conf", text);
}

/// The directory that holds what is laid over the host's paths; -1 if nothing is.
static int layer = -1;

static bool has_layer_of(const char *path) {
    return layer >= 0 && faccessat(layer, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool make_parents(int root, const char *path) {
    char part[ASSAY_PATH_MAX];
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdirat(root, part, 0755) != 0 && errno != EEXIST) return false;
    }
    return true;
}

/// Makes what the host's `/path` is mounted on; a link is copied as a link. What the host does not have is left out.
static bool make_place(int root, const char *path) {
    char host[ASSAY_PATH_MAX], target[ASSAY_PATH_MAX];
    struct stat status;
    snprintf(host, sizeof host, "/%s", path);
    if (lstat(host, &status) != 0) return errno == ENOENT;
    if (!make_parents(root, path)) return false;
    if (S_ISLNK(status.st_mode)) {
        ssize_t size = readlink(host, target, sizeof target - 1);
        if (size < 0) return false;
        target[size] = 0;
        return symlinkat(target, root, path) == 0 || errno == EEXIST;
    }
    if (S_ISDIR(status.st_mode)) return mkdirat(root, path, 0755) == 0 || errno == EEXIST;
    if (has_layer_of(path)) return true;
    int file = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file >= 0) close(file);
    return file >= 0;
}

/// A new tmpfs that is not attached anywhere.
static int make_tmpfs(const char *size, const char *files) {
    int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    int mount = -1;
    if (syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "size", size, 0) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "nr_inodes", files, 0) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", "0755", 0) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    int error = errno;
    close(context);
    errno = error;
    return mount;
}

static bool attach(int tree, const char *path) {
    return syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

/// Directories, an /etc that names nobody of the host, and what devices and binds are mounted on.
static struct failure fill_skeleton(int root, const struct assay_hello *hello, const char *binds) {
    for (unsigned index = 0; index < sizeof directories / sizeof *directories; index++)
        if (mkdirat(root, directories[index], 0755) != 0) return FAILURE("make root directory");
    for (unsigned index = 0; index < sizeof texts / sizeof *texts; index++)
        if (!write_text(root, texts[index].path, texts[index].text)) return FAILURE("write etc");
    if (!write_resolvers(root, hello->resolvers)) return FAILURE("write etc");
    for (unsigned index = 0; index < sizeof links / sizeof *links; index++)
        if (symlinkat(links[index].target, root, links[index].path) != 0) return FAILURE("link device");
    for (unsigned index = 0; index < sizeof devices / sizeof *devices; index++)
        if (!make_place(root, devices[index])) return FAILURE("make device");
    for (size_t at = 0; at < hello->binds_size; at += strlen(binds + at) + 1)
        if (!make_place(root, binds + at + 1)) return FAILURE("make place of host path");
    return SUCCESS;
}

/// An overlay of one tree over another. It is mounted from below a directory of our own, so that its options, which
/// programs can read, name no path of the host.
static int lay_over(int upper, int lower) {
    int staging = make_tmpfs("64k", "16"), overlay = -1;
    int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    if (staging >= 0 && upper >= 0 && lower >= 0 && context >= 0 && mkdirat(staging, "upper", 0755) == 0
        && mkdirat(staging, "lower", 0755) == 0 && attach(staging, "/proc") && attach(upper, "/proc/upper")
        && attach(lower, "/proc/lower") && chdir("/proc") == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "lowerdir", "upper:lower", 0) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        overlay = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    int error = errno;
    // The overlay has its own hold of both trees.
    if (overlay >= 0 && (umount2("/proc", MNT_DETACH) != 0 || chdir("/") != 0)) error = errno;
    close_all((int[]){staging, upper, lower, context}, 4);
    errno = error;
    return overlay;
}

static int copy_of_tree(int directory, const char *path) {
    return (int)syscall(SYS_open_tree, directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

/// Shows the host's `/path` with the layer's over it, read-only.
static bool show_under_layer(int root, const char *path, const char *host, uint64_t attributes) {
    int overlay = lay_over(copy_of_tree(layer, path), copy_of_tree(AT_FDCWD, host));
    if (overlay < 0) return false;
    bool shown = set_attributes(overlay, "", AT_EMPTY_PATH, attributes)
        && syscall(SYS_move_mount, overlay, "", root, path, MOVE_MOUNT_F_EMPTY_PATH) == 0;
    int error = errno;
    close(overlay);
    errno = error;
    return shown;
}

/// Shows the host's `/path` at the same place, read-only, with everything mounted below it.
static bool show(int root, const char *path, uint64_t attributes) {
    char host[ASSAY_PATH_MAX];
    struct stat status;
    snprintf(host, sizeof host, "/%s", path);
    if (lstat(host, &status) != 0) return errno == ENOENT;
    if (S_ISLNK(status.st_mode)) return true;
    if (has_layer_of(path)) return S_ISDIR(status.st_mode) ? show_under_layer(root, path, host, attributes) : true;
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, host, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (tree < 0) return false;
    bool bound = set_attributes(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, attributes)
        && syscall(SYS_move_mount, tree, "", root, path, MOVE_MOUNT_F_EMPTY_PATH) == 0;
    int error = errno;
    close(tree);
    errno = error;
    return bound;
}

struct failure root_enter(const struct assay_hello *hello, const char *image, const char *binds) {
    if (unshare(CLONE_NEWNS) != 0) return FAILURE("unshare mounts");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return FAILURE("make mounts private");
    int root = make_tmpfs("4m", "4096");
    if (root < 0) return FAILURE("make root");
    // Who is not root may mount a /proc only where the host's whole one can be seen: it stays until a sandbox has its own.
    int proc = -1;
    if (is_rootless()) {
        proc = (int)syscall(SYS_open_tree, AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (proc < 0) return FAILURE("keep /proc");
    }
    if (hello->is_layer) layer = open(image, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (hello->is_layer && layer < 0) return FAILURE("open layer");
    struct failure failure = fill_skeleton(root, hello, binds);
    if (failure.error != 0) return failure;
    if (image != NULL) root = lay_over(root, copy_of_tree(AT_FDCWD, image));
    if (root < 0) return FAILURE("mount image");
    // It must be attached before anything can be mounted in it. /proc exists everywhere and is not a source.
    if (!attach(root, "/proc")) return FAILURE("attach root");
    for (unsigned index = 0; index < sizeof devices / sizeof *devices; index++)
        if (!show(root, devices[index], MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC))
            return FAILURE("bind device");
    for (size_t at = 0; at < hello->binds_size; at += strlen(binds + at) + 1)
        if (!show(root, binds + at + 1, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)) {
            log_line("cannot bind %s: %s", binds + at, strerror(errno));
            return FAILURE("bind host path");
        }
    if (proc >= 0 && syscall(SYS_move_mount, proc, "", root, "proc", MOVE_MOUNT_F_EMPTY_PATH) != 0)
        return FAILURE("keep /proc");
    if (proc >= 0) close(proc);
    if (!set_attributes(root, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV))
        return FAILURE("make root read-only");
    if (fchdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return FAILURE("pivot_root");
    if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) return FAILURE("leave host root");
    close(root);
    if (layer >= 0) close(layer);
    return SUCCESS;
}

static bool move_mount_to(int tree, const char *path) {
    bool moved = attach(tree, path);
    int error = errno;
    close(tree);
    errno = error;
    return moved;
}

/// Processes of others are hidden even by number, and nothing but processes is shown.
static struct failure mount_proc(void) {
    int context = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC), proc = -1;
    if (context >= 0 && syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "subset", "pid", 0) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "hidepid", "2", 0) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        proc = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
                            MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    int error = errno;
    if (context >= 0) close(context);
    errno = error;
    if (proc < 0) return FAILURE("make proc");
    if (is_rootless() && umount2("/proc", MNT_DETACH) != 0) return FAILURE("leave the host's /proc");
    return move_mount_to(proc, "/proc") ? SUCCESS : FAILURE("mount proc");
}

struct failure root_furnish(uint64_t size, uint64_t files, uint32_t owner, int *space) {
    char size_text[24], files_text[24];
    snprintf(size_text, sizeof size_text, "%llu", (unsigned long long)size);
    // One for the root and one for each of the three directories.
    snprintf(files_text, sizeof files_text, "%llu", (unsigned long long)files + 4);
    int tmpfs = make_tmpfs(size_text, files_text);
    if (tmpfs < 0) return FAILURE("make work file system");
    // One file system for everything writable, so that one size limits it all. It is attached at /tmp only until its
    // three directories are mounted from it.
    static const struct {
        const char *name, *source, *target;
        mode_t mode;
    } parts[] = {
        {"w", "/tmp/w", "/work", 0755}, {"s", "/tmp/s", "/dev/shm", 01777}, {"t", "/tmp/t", "/tmp", 01777}};
    int trees[3];
    for (unsigned index = 0; index < 3; index++)
        if (mkdirat(tmpfs, parts[index].name, 0700) != 0 || fchownat(tmpfs, parts[index].name, owner, owner, 0) != 0
            || fchmodat(tmpfs, parts[index].name, parts[index].mode, 0) != 0)
            return FAILURE("make work directory");
    if (!move_mount_to(tmpfs, "/tmp")) return FAILURE("attach work file system");
    for (unsigned index = 0; index < 3; index++) {
        trees[index] = (int)syscall(SYS_open_tree, AT_FDCWD, parts[index].source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        if (trees[index] < 0) return FAILURE("open work directory");
    }
    if (umount2("/tmp", MNT_DETACH) != 0) return FAILURE("detach work file system");
    for (unsigned index = 0; index < 3; index++)
        if (!move_mount_to(trees[index], parts[index].target)) return FAILURE("mount work directory");
    *space = (int)syscall(SYS_fspick, AT_FDCWD, "/work", FSPICK_CLOEXEC);
    if (*space < 0) return FAILURE("pick work file system");
    return mount_proc();
}

struct failure space_resize(int space, uint64_t size, uint64_t files) {
    char size_text[24], files_text[24];
    snprintf(size_text, sizeof size_text, "%llu", (unsigned long long)size);
    snprintf(files_text, sizeof files_text, "%llu", (unsigned long long)files + 4);
    if (syscall(SYS_fsconfig, space, FSCONFIG_SET_STRING, "size", size_text, 0) != 0
        || syscall(SYS_fsconfig, space, FSCONFIG_SET_STRING, "nr_inodes", files_text, 0) != 0
        || syscall(SYS_fsconfig, space, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) != 0)
        return FAILURE("resize work file system");
    return SUCCESS;
}

#define _GNU_SOURCE
#include "StorageCalls.h"

#include <errno.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int assay_clone_file(int from, int to) { return ioctl(to, FICLONE, from) == 0 ? 0 : errno; }

int assay_copy_sparse(int from, int to) {
    struct stat status;
    if (fstat(from, &status) != 0 || ftruncate(to, status.st_size) != 0) return errno;
    // Only what these calls are given counts, never where the file stands: others may read it too.
    for (off_t start = lseek(from, 0, SEEK_DATA); start >= 0; start = lseek(from, start, SEEK_DATA)) {
        off_t end = lseek(from, start, SEEK_HOLE);
        if (end < 0 || lseek(to, start, SEEK_SET) < 0) return errno;
        while (start < end) {
            ssize_t copied = sendfile(to, from, &start, (size_t)(end - start));
            if (copied < 0 && errno != EINTR) return errno;
            if (copied == 0) return EIO;
        }
    }
    return errno == ENXIO ? 0 : errno;
}

bool assay_is_btrfs(int file) {
    struct statfs status;
    return fstatfs(file, &status) == 0 && status.f_type == BTRFS_SUPER_MAGIC;
}

int assay_subvolume_create(int directory, const char *name) {
    struct btrfs_ioctl_vol_args arguments = {0};
    if (strlen(name) > BTRFS_VOL_NAME_MAX) return ENAMETOOLONG;
    strcpy(arguments.name, name);
    return ioctl(directory, BTRFS_IOC_SUBVOL_CREATE, &arguments) == 0 ? 0 : errno;
}

int assay_subvolume_snapshot(int directory, const char *name, int source) {
    struct btrfs_ioctl_vol_args_v2 arguments = {.fd = source};
    if (strlen(name) > BTRFS_SUBVOL_NAME_MAX) return ENAMETOOLONG;
    strcpy(arguments.name, name);
    return ioctl(directory, BTRFS_IOC_SNAP_CREATE_V2, &arguments) == 0 ? 0 : errno;
}

int assay_subvolume_remove(int directory, const char *name) {
    struct btrfs_ioctl_vol_args arguments = {0};
    if (strlen(name) > BTRFS_VOL_NAME_MAX) return ENAMETOOLONG;
    strcpy(arguments.name, name);
    return ioctl(directory, BTRFS_IOC_SNAP_DESTROY, &arguments) == 0 ? 0 : errno;
}

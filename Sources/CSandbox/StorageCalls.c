#define _GNU_SOURCE
#include "StorageCalls.h"

#include <errno.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

int assay_clone_file(int from, int to) { return ioctl(to, FICLONE, from) == 0 ? 0 : errno; }

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

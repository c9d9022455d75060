#pragma once

// Calls of file systems that Swift cannot express: ioctl(2) is variadic, sendfile(2) not imported. Nothing here has
// policy. All return 0 or an errno.

#include <stdbool.h>

/// Makes the file `to` share the contents of `from` until one of them is written to.
int assay_clone_file(int from, int to);

/// Fills the empty file `to` with the contents of `from`; what was never written there takes no room here either.
/// Several may copy one file at the same time.
int assay_copy_sparse(int from, int to);

/// Whether a file or directory lies on btrfs.
bool assay_is_btrfs(int file);

/// Makes an empty subvolume in a directory of btrfs.
int assay_subvolume_create(int directory, const char *name);

/// Makes a snapshot of the subvolume `source` in a directory of the same file system.
int assay_subvolume_snapshot(int directory, const char *name, int source);

/// Removes a subvolume with everything in it.
int assay_subvolume_remove(int directory, const char *name);

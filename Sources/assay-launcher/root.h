#pragma once

#include "launcher.h"

/// Moves the launcher into a mount namespace of its own whose root is what every sandbox sees: a small read-only tree
/// of binds of the host, devices that are safe, an /etc that names nobody, and mount points for what is writable. The
/// sandboxes copy this namespace, so no host path is ever mounted in one.
/// With `image`, a directory of the host, that directory's contents stand in for the host's, or with `is_layer` are laid
/// over the host's.
struct failure root_enter(const char *image, bool is_layer, const char *binds, size_t binds_size);

/// Mounts what one sandbox has for itself: its file system for /work, /tmp and /dev/shm together, and /proc. The
/// caller is alone in new mount and process namespaces. `space` receives a context by which the launcher can still
/// change the size.
struct failure root_furnish(uint64_t size, uint64_t files, uint32_t owner, int *space);

/// Changes the size of a sandbox's file system.
struct failure space_resize(int space, uint64_t size, uint64_t files);

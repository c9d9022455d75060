#pragma once

#include "launcher.h"

/// Keeps the host's /proc open, by which user namespaces are set up after the host's root is left.
struct failure users_open(void);

/// The user namespace of a place: it maps the keeper and the program to `base` and `base + 1` of the host, and no new
/// user namespace can be made in it. Made once for each place. -1 with errno.
int users_of(unsigned slot, uint32_t base);

#pragma once

#include "launcher.h"

/// Forbids this process and its children to write anywhere but in their own directories and to the devices, and to make
/// device nodes at all: what the read-only mounts say already, by another part of the kernel. A kernel without Landlock
/// does without it, and the service reports so.
struct failure landlock_confine(void);

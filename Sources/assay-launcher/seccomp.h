#pragma once

#include "launcher.h"

/// Loads the system call filter for programs of a network mode. Needs no_new_privs. With `holder` it returns a descriptor
/// that keeps the filter: otherwise the last process that has it frees it when it ends, which delays its end.
struct failure seccomp_load(uint32_t network, int *holder);

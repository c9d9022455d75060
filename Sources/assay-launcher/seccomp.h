#pragma once

#include "launcher.h"

/// Loads the system call filter for programs of a network mode. Needs no_new_privs.
struct failure seccomp_load(uint32_t network);

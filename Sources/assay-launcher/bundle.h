#pragma once

#include "launcher.h"

// Files in and out of a sandbox, by its own first process, with the user id of the program and while none of its
// processes is alive. Whatever a program left there, links among them, is resolved below the work directory or not at
// all.

/// Writes the bundle in the memory file `bundle` into the directory `work`.
struct failure bundle_unpack(int bundle, int work);

/// Writes the regular files below `work` that have one name into the memory file `bundle`. More than `bytes` of
/// contents, or more than `files`, is EFBIG.
struct failure bundle_collect(int bundle, int work, uint64_t bytes, uint64_t files);

#pragma once

#include "launcher.h"

// Without root. The launcher then works in a user namespace of its own: there it has every right over what it makes, and
// none over the host beyond those of the user that started it.

/// Enters that namespace, unless the launcher is root. Users of sandboxes are mapped to the ranges that `hello` names, if
/// the host lets them; otherwise all of them are the user that started the launcher.
struct failure rootless_enter(const struct assay_hello *hello);

bool is_rootless(void);

/// Whether keeper and program of every sandbox are one user of the host.
bool has_one_user(void);

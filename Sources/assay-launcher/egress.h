#pragma once

#include "launcher.h"

// Networks of sandboxes that may reach others: a pair of virtual interfaces, filter rules on both sides of it, and a rate.
// A helper process does this by `ip`, `nft` and `tc`: it was forked before the launcher left the host's root, and hears
// nothing but numbers that the launcher checked. A program cannot change what was set: its network belongs to the host's
// root, and it has no capability.

/// Starts the helper and removes what an earlier one left in the same addresses. 0, or why there is no such network:
/// ENOENT without the programs, ENETUNREACH where the host does not forward.
int egress_open(const struct assay_hello *hello);

/// Connects the network namespace of the calling keeper, which is new, with the host's, and waits for that.
struct failure egress_connect(unsigned slot, const struct assay_egress *egress);

/// Removes what the host has for a slot whose sandbox is gone. Does not wait.
void egress_release(unsigned slot);

#pragma once

#include "launcher.h"

// The namespaces that a place keeps for all its sandboxes, one after the other, because they are dear to make and hold
// nothing of a sandbox that is gone: user ids, and a network in which nothing can be configured or connected.

struct place_namespaces {
    /// Maps the keeper and the program to two user ids of the host. No user namespace can be made in it.
    int users;
    /// Empty: the loopback interface is down, and only programs that may not open internet sockets are put there. All
    /// that could be in it are sockets of processes, which die with their sandbox.
    int network;
};

/// Keeps the host's /proc open, by which namespaces are set up after the host's root is left.
struct failure namespaces_open(void);

/// Opens the network namespace that the calling process is in. -1 with errno.
int own_network(void);

/// What went through the interface `eth0` of a network.
struct traffic {
    uint64_t sent_bytes, received_bytes;
};

/// Of the network that a process is in; nothing if it is gone.
struct traffic traffic_of(pid_t pid);

/// The namespaces of a place, made at its first use; `base` and `base + 1` are its user ids. NULL with errno.
const struct place_namespaces *namespaces_of(unsigned slot, uint32_t base);

#pragma once

#include "launcher.h"

// The launcher's program as the first process of a sandbox that another technology made.

/// Serves one sandbox until the service is gone. `arguments` are those after `guest`: how to reach the service.
_Noreturn void guest_main(int count, char **arguments);

/// Executes a program of the host in mounts of its own that lack one: `arguments` are the mount point, the program's path
/// and the program's arguments. For runtimes that refuse hosts with two cgroup versions.
_Noreturn void run_aside(int count, char **arguments);

/// How a virtual machine reaches the service and the host's programs.
enum machine {
    MACHINE_NONE,
    /// By a virtual serial port, and a shared file system that is plugged in later.
    MACHINE_PORT,
    /// By a socket between machine and host, and a block device that is there from the start.
    MACHINE_SOCKET,
};

/// In a virtual machine: mounts what the kernel offers, loads the drivers and opens the channel to the service.
int machine_boot(enum machine machine);

/// In a virtual machine that waited, or went on from a saved state: sets its clock; the host's programs are there then.
struct failure machine_continue(enum machine machine, uint64_t realtime_ns);

/// Ends the virtual machine.
_Noreturn void machine_halt(enum machine machine);

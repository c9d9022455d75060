#pragma once

#include "launcher.h"

// The launcher's program as the first process of a sandbox that another technology made.

/// Serves one sandbox until the service is gone. `arguments` are those after `guest`: how to reach the service.
_Noreturn void guest_main(int count, char **arguments);

/// Executes a program of the host in mounts of its own that lack one: `arguments` are the mount point, the program's path
/// and the program's arguments. For runtimes that refuse hosts with two cgroup versions.
_Noreturn void run_aside(int count, char **arguments);

/// In a virtual machine: mounts what the kernel offers, loads the drivers and opens the port to the service.
int machine_boot(void);

/// In a virtual machine that went on from a saved state: sets its clock and mounts the host's programs.
struct failure machine_continue(uint64_t realtime_ns);

/// Ends the virtual machine.
_Noreturn void machine_halt(void);

#pragma once

#include <stdint.h>

struct machine_functions;

// What a Java virtual machine calls when it is started with `-agentpath:`: the JVM Tool Interface, "Agent Start-Up".

/// `options` is empty, or "compile".
int32_t Agent_OnLoad(const struct machine_functions *const *machine, char *options, void *reserved);

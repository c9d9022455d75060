#pragma once

#include "launcher.h"

/// Lets the user `user`, and nobody else, connect to a socket at `path`: each connection gets a launcher process of its
/// own, so a service without privilege can start one again. Returns in that process, with the connection at
/// ASSAY_LAUNCHER_SOCKET. With `until_end` the listener lives as long as somebody holds the other end of its standard
/// input.
void listen_for_service(const char *path, uid_t user, bool until_end);

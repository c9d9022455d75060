#pragma once

#include "launcher.h"

/// Checks a message from the service in every respect that does not depend on state: its size, its kind, each field's
/// range, the number of its descriptors and that its strings are what their counts say. Returns NULL, or what is wrong.
/// `bytes` must be aligned for `struct assay_header`.
const char *request_problem(const void *bytes, size_t size, unsigned descriptors);

/// Whether a program may have `descriptor` as what `connection` says: bytes one way, or the socket to the service. No
/// directory, no device, nothing that could be read back.
bool may_connect(int descriptor, uint32_t connection);

/// Whether no limit is above the ceiling.
bool limits_are_within(const struct assay_limits *limits, const struct assay_limits *ceiling);

#pragma once

// What `assay bench` runs in sandboxes: the experiments of the thesis as one static program, so that every image runs
// the very same instructions. Each returns the exit status.

#include <stdint.h>

int write_files(const char *directory, long count);
int read_files(const char *directory, long count);
int write_database(const char *path, long bytes);
int read_database(const char *path);
int serve_once(void);
int ping(long count);

/// Nanoseconds on the monotonic clock.
uint64_t now_ns(void);

/// Says what failed, with errno, and returns 1.
int failed(const char *what);

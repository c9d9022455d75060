#pragma once

#include "launcher.h"

enum { CAPTURE_BUFFER = 64 * 1024 };

/// One output stream of a run. What is written stays in the pipe until somebody looks, so a short run costs one read;
/// what does not fit goes to a memory file.
struct capture {
    /// The reading end; -1 when nothing is captured.
    int pipe;
    /// Holds the first `size` bytes, once there is one; -1 before.
    int file;
    uint64_t size, limit;
    bool is_truncated;
};

/// Makes a pipe for a stream; both ends are -1 if that fails. `ends[1]` is for the program; its owner may open it again by
/// name, as /dev/stdout does.
struct failure capture_make_pipe(uint32_t owner, int ends[2]);

/// Moves what the pipe holds into the memory file. False when the stream is longer than its limit.
bool capture_drain(struct capture *capture);

/// Takes the rest after every writer is gone. A short stream is copied to `buffer` and its file stays -1.
void capture_finish(struct capture *capture, char buffer[CAPTURE_BUFFER]);

/// Moves a short stream from `buffer` to a memory file.
void capture_spill(struct capture *capture, const char *buffer);

void capture_close(struct capture *capture);

#define _GNU_SOURCE
#include "capture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

struct failure capture_make_pipe(uint32_t owner, int ends[2]) {
    ends[0] = ends[1] = -1;
    if (pipe2(ends, O_CLOEXEC) != 0) return FAILURE("output pipe");
    if (fchown(ends[1], owner, owner) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return SUCCESS;
    struct failure failure = FAILURE("output pipe");
    close_all(ends, 2);
    ends[0] = ends[1] = -1;
    return failure;
}

/// Appends to the memory file what the limit allows.
static void append(struct capture *capture, const char *bytes, uint64_t size) {
    uint64_t room = capture->limit - capture->size;
    if (size > room) {
        size = room;
        capture->is_truncated = true;
    }
    if (capture->file < 0) capture->file = memfd_create("output", MFD_CLOEXEC);
    while (size > 0) {
        ssize_t written = write(capture->file, bytes, size);
        if (written <= 0) {
            capture->is_truncated = true;
            return;
        }
        bytes += written;
        size -= (uint64_t)written;
        capture->size += (uint64_t)written;
    }
}

bool capture_drain(struct capture *capture) {
    static char buffer[CAPTURE_BUFFER];
    while (!capture->is_truncated) {
        ssize_t size = read(capture->pipe, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        append(capture, buffer, (uint64_t)size);
    }
    return !capture->is_truncated;
}

void capture_finish(struct capture *capture, char buffer[CAPTURE_BUFFER]) {
    if (capture->file >= 0 || capture->pipe < 0) {
        if (capture->pipe >= 0) capture_drain(capture);
        return;
    }
    uint64_t size = 0;
    while (size < CAPTURE_BUFFER) {
        ssize_t received = read(capture->pipe, buffer + size, CAPTURE_BUFFER - size);
        if (received < 0 && errno == EINTR) continue;
        if (received <= 0) {
            capture->is_truncated = size > capture->limit;
            capture->size = size < capture->limit ? size : capture->limit;
            return;
        }
        size += (uint64_t)received;
    }
    append(capture, buffer, size);
    capture_drain(capture);
}

void capture_spill(struct capture *capture, const char *buffer) {
    uint64_t size = capture->size;
    capture->size = 0;
    append(capture, buffer, size);
}

void capture_close(struct capture *capture) {
    if (capture->pipe >= 0) close(capture->pipe);
    if (capture->file >= 0) close(capture->file);
    capture->pipe = capture->file = -1;
}

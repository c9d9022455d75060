#include "experiments.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

static const char usage[] =
    "usage: assay-experiments write-files DIRECTORY COUNT | read-files DIRECTORY COUNT\n"
    "       assay-experiments write-database FILE BYTES | read-database FILE\n"
    "       assay-experiments serve | ping COUNT | burn\n";

uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int failed(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return 1;
}

/// Keeps a CPU busy until the process that started it ends.
static _Noreturn void burn(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (volatile uint64_t count = 0;; count++) {}
}

int main(int count, char **arguments) {
    const char *name = count > 1 ? arguments[1] : "";
    if (strcmp(name, "write-files") == 0 && count == 4) return write_files(arguments[2], atol(arguments[3]));
    if (strcmp(name, "read-files") == 0 && count == 4) return read_files(arguments[2], atol(arguments[3]));
    if (strcmp(name, "write-database") == 0 && count == 4) return write_database(arguments[2], atol(arguments[3]));
    if (strcmp(name, "read-database") == 0 && count == 3) return read_database(arguments[2]);
    if (strcmp(name, "serve") == 0 && count == 2) return serve_once();
    if (strcmp(name, "ping") == 0 && count == 3) return ping(atol(arguments[2]));
    if (strcmp(name, "burn") == 0 && count == 2) burn();
    fputs(usage, stderr);
    return 2;
}

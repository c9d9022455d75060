// No bundle makes the keeper write outside the work directory or read beyond the bundle's end.

#define _GNU_SOURCE
#include "bundle.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int outside = -1;

static void empty(int directory) {
    DIR *entries = fdopendir(directory);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (entry->d_type == DT_DIR) {
            empty(openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            unlinkat(directory, entry->d_name, AT_REMOVEDIR);
        } else {
            unlinkat(directory, entry->d_name, 0);
        }
    }
    closedir(entries);
}

static unsigned count_entries(int directory) {
    DIR *entries = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    unsigned count = 0;
    while (readdir(entries) != NULL) count++;
    closedir(entries);
    return count;
}

static void set_up(void) {
    // Made and removed by the script.
    const char *root = getenv("ASSAY_FUZZ_ROOT");
    outside = open(root == NULL ? "" : root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (outside < 0 || mkdirat(outside, "work", 0755) != 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (outside < 0) set_up();
    int work = openat(outside, "work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // A trap of each kind that a program may have left.
    symlinkat("..", work, "l");
    symlinkat("/dev/shm", work, "m");
    mkdirat(work, "d", 0755);
    int bundle = memfd_create("bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (bundle < 0 || write(bundle, data, size) != (ssize_t)size) abort();
    if (fcntl(bundle, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) abort();
    bundle_unpack(bundle, work);
    close(bundle);
    // ".", ".." and "work".
    if (count_entries(outside) != 3) abort();
    int collected = memfd_create("collected", MFD_CLOEXEC);
    bundle_collect(collected, work, 1 << 20, 1000);
    close(collected);
    empty(work);
    return 0;
}

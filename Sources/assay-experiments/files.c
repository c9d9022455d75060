#include "experiments.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_SIZE = 4096, FILES_IN_DIRECTORY = 1000 };

static void path_of(char *path, size_t size, const char *directory, long number) {
    snprintf(path, size, "%s/%ld/%ld", directory, number / FILES_IN_DIRECTORY, number);
}

int write_files(const char *directory, long count) {
    char path[512], bytes[FILE_SIZE];
    if (mkdir(directory, 0755) != 0 && errno != EEXIST) return failed(directory);
    for (long number = 0; number < count; number++) {
        if (number % FILES_IN_DIRECTORY == 0) {
            snprintf(path, sizeof path, "%s/%ld", directory, number / FILES_IN_DIRECTORY);
            if (mkdir(path, 0755) != 0 && errno != EEXIST) return failed(path);
        }
        path_of(path, sizeof path, directory, number);
        memset(bytes, 'a' + (int)(number % 26), sizeof bytes);
        int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (file < 0) return failed(path);
        if (write(file, bytes, sizeof bytes) != sizeof bytes || close(file) != 0) return failed(path);
    }
    return 0;
}

int read_files(const char *directory, long count) {
    char path[512], bytes[FILE_SIZE];
    for (long number = 0; number < count; number++) {
        path_of(path, sizeof path, directory, number);
        int file = open(path, O_RDONLY);
        if (file < 0) return failed(path);
        ssize_t size = read(file, bytes, sizeof bytes);
        close(file);
        if (size != sizeof bytes || bytes[0] != 'a' + (int)(number % 26)) {
            fprintf(stderr, "%s does not hold what was written\n", path);
            return 1;
        }
    }
    return 0;
}

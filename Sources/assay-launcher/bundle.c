#define _GNU_SOURCE
#include "bundle.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Opens one name below a directory, never through a link.
static int open_beneath(int directory, const char *name, uint64_t flags, uint64_t mode) {
    struct open_how how = {
        .flags = flags | O_CLOEXEC | O_NOFOLLOW,
        .mode = mode,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    int opened = (int)syscall(SYS_openat2, directory, name, &how, sizeof how);
    // gVisor's kernel has no such call. A single name that is no link leads nowhere else either.
    if (opened < 0 && errno == ENOSYS) opened = openat(directory, name, (int)how.flags, (mode_t)mode);
    return opened;
}

/// The directory that holds `path`, made if it is missing; `path` is cut apart, and `name` is its last part.
static int open_parent(int work, char *path, char **name) {
    int directory = fcntl(work, F_DUPFD_CLOEXEC, 0);
    for (char *slash; directory >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        *slash = 0;
        int child = -1;
        if (mkdirat(directory, path, 0755) == 0 || errno == EEXIST)
            child = open_beneath(directory, path, O_PATH | O_DIRECTORY, 0);
        int error = errno;
        close(directory);
        errno = error;
        directory = child;
    }
    *name = path;
    return directory;
}

/// Creates a file anew; whatever had its name is removed first, so nothing of an earlier program is written through.
static int create_file(int directory, const char *name, bool executable) {
    const uint64_t flags = O_WRONLY | O_CREAT | O_EXCL;
    const uint64_t mode = executable ? 0755 : 0644;
    int file = open_beneath(directory, name, flags, mode);
    if (file >= 0 || errno != EEXIST) return file;
    if (unlinkat(directory, name, 0) != 0) return -1;
    return open_beneath(directory, name, flags, mode);
}

static bool write_all(int file, const char *bytes, uint64_t size) {
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        size -= (uint64_t)written;
    }
    return true;
}

static bool is_part(const char *part, size_t size) {
    return size > 0 && size < 256 && memchr(part, 0, size) == NULL && !(size == 1 && part[0] == '.')
        && !(size == 2 && part[0] == '.' && part[1] == '.');
}

/// Whether a path cannot leave its directory.
static bool is_path(const char *path, size_t size) {
    unsigned depth = 0;
    for (size_t start = 0, end; start <= size; start = end + 1) {
        const char *slash = memchr(path + start, '/', size - start);
        end = slash == NULL ? size : (size_t)(slash - path);
        if (++depth > ASSAY_PATH_DEPTH_MAX || !is_part(path + start, end - start)) return false;
    }
    return true;
}

static struct failure unpack_mapped(const char *bytes, uint64_t size, int work) {
    struct assay_bundle head;
    errno = EBADMSG;
    if (size < sizeof head) return FAILURE("bundle head");
    memcpy(&head, bytes, sizeof head);
    if (head.magic != ASSAY_BUNDLE_MAGIC || head.count > ASSAY_BUNDLE_FILES_MAX) return FAILURE("bundle head");
    uint64_t at = sizeof head;
    for (uint32_t index = 0; index < head.count; index++) {
        struct assay_entry entry;
        char path[ASSAY_PATH_MAX + 1], *name;
        errno = EBADMSG;
        if (size - at < sizeof entry) return FAILURE("bundle entry");
        memcpy(&entry, bytes + at, sizeof entry);
        at += sizeof entry;
        if (entry.path_size > ASSAY_PATH_MAX || size - at < entry.path_size) return FAILURE("bundle path");
        if (!is_path(bytes + at, entry.path_size)) return FAILURE("bundle path");
        memcpy(path, bytes + at, entry.path_size);
        path[entry.path_size] = 0;
        at += entry.path_size;
        if (size - at < entry.size) return FAILURE("bundle contents");
        int directory = open_parent(work, path, &name);
        if (directory < 0) return FAILURE("make directory");
        int file = create_file(directory, name, (entry.flags & ASSAY_ENTRY_EXECUTABLE) != 0);
        bool written = file >= 0 && write_all(file, bytes + at, entry.size);
        struct failure failure = FAILURE(file < 0 ? "create file" : "write file");
        if (file >= 0) close(file);
        close(directory);
        if (!written) return failure;
        at += entry.size;
    }
    errno = EBADMSG;
    return at == size ? SUCCESS : FAILURE("bundle end");
}

struct failure bundle_unpack(int bundle, int work) {
    struct stat status;
    // Sealed, so that nobody can change or shorten what is being read.
    const int sealed = F_SEAL_SHRINK | F_SEAL_WRITE;
    int seals = fcntl(bundle, F_GET_SEALS);
    if (seals < 0 || (seals & sealed) != sealed) return (struct failure){EINVAL, "bundle is not sealed"};
    if (fstat(bundle, &status) != 0 || status.st_size <= 0) return (struct failure){EBADMSG, "bundle size"};
    char *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, bundle, 0);
    if (bytes == MAP_FAILED) return FAILURE("map bundle");
    struct failure failure = unpack_mapped(bytes, (uint64_t)status.st_size, work);
    munmap(bytes, (size_t)status.st_size);
    return failure;
}

struct collection {
    int bundle;
    uint64_t bytes_left, files_left;
    uint32_t count;
    char path[ASSAY_PATH_MAX + 1];
};

static struct failure collect_file(struct collection *collection, int file, const struct stat *status) {
    static char buffer[64 * 1024];
    if (collection->files_left == 0 || (uint64_t)status->st_size > collection->bytes_left)
        return (struct failure){EFBIG, "work directory"};
    collection->files_left--;
    collection->bytes_left -= (uint64_t)status->st_size;
    collection->count++;
    struct assay_entry entry = {
        .path_size = (uint32_t)strlen(collection->path),
        .flags = status->st_mode & S_IXUSR ? ASSAY_ENTRY_EXECUTABLE : 0,
        .size = (uint64_t)status->st_size,
    };
    if (!write_all(collection->bundle, (const char *)&entry, sizeof entry)
        || !write_all(collection->bundle, collection->path, entry.path_size))
        return FAILURE("write bundle");
    for (uint64_t left = entry.size; left > 0;) {
        ssize_t size = read(file, buffer, left < sizeof buffer ? left : sizeof buffer);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return (struct failure){size < 0 ? errno : EIO, "read file"};
        if (!write_all(collection->bundle, buffer, (uint64_t)size)) return FAILURE("write bundle");
        left -= (uint64_t)size;
    }
    return SUCCESS;
}

static struct failure collect_directory(struct collection *collection, int directory, unsigned depth) {
    DIR *entries = fdopendir(directory);
    if (entries == NULL) {
        close(directory);
        return FAILURE("read directory");
    }
    size_t base = strlen(collection->path);
    struct failure failure = SUCCESS;
    for (struct dirent *entry; failure.error == 0 && (entry = readdir(entries)) != NULL;) {
        size_t length = strlen(entry->d_name);
        // What is named too long or lies too deep to be named in a bundle is left out, like links and special files.
        if (!is_part(entry->d_name, length) || base + 1 + length > ASSAY_PATH_MAX) continue;
        if (entry->d_type != DT_DIR && entry->d_type != DT_REG) continue;
        char *end = collection->path + base;
        if (base > 0) *end++ = '/';
        memcpy(end, entry->d_name, length + 1);
        if (entry->d_type == DT_DIR && depth < ASSAY_PATH_DEPTH_MAX) {
            int child = open_beneath(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY, 0);
            if (child >= 0) failure = collect_directory(collection, child, depth + 1);
        } else if (entry->d_type == DT_REG) {
            int file = open_beneath(dirfd(entries), entry->d_name, O_RDONLY | O_NONBLOCK, 0);
            struct stat status;
            // A second name could lie where the program must not have written.
            if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1)
                failure = collect_file(collection, file, &status);
            if (file >= 0) close(file);
        }
        collection->path[base] = 0;
    }
    closedir(entries);
    return failure;
}

struct failure bundle_collect(int bundle, int work, uint64_t bytes, uint64_t files) {
    struct collection collection = {.bundle = bundle, .bytes_left = bytes, .files_left = files};
    struct assay_bundle head = {.magic = ASSAY_BUNDLE_MAGIC};
    if (!write_all(bundle, (const char *)&head, sizeof head)) return FAILURE("write bundle");
    int directory = open_beneath(work, ".", O_RDONLY | O_DIRECTORY, 0);
    if (directory < 0) return FAILURE("open work directory");
    struct failure failure = collect_directory(&collection, directory, 1);
    if (failure.error != 0) return failure;
    head.count = collection.count;
    if (pwrite(bundle, &head, sizeof head, 0) != (ssize_t)sizeof head) return FAILURE("write bundle");
    return SUCCESS;
}

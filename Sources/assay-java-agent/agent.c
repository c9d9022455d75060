#define _GNU_SOURCE
#include "java_agent.h"

#include "SandboxWire.h"
#include "machine.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

// Makes a Java virtual machine wait, after it was initialized and before it looks for its program's class, until there
// is a program for it ("warm" in docs/LANGUAGES.md). It runs within the sandbox with the rights of the program.
//
// With the option "compile" the program is the compiler, which first compiles something, so that its own code is loaded
// and compiled. Its arguments come late: it is started with `@/proc/self/fd/3` for a last one.

/// Holds this library and what the compiler exercises on.
static const char directory[] = "/work/.assay-warm";
static const char sample[] = "/work/.assay-warm/Sample.java";

/// How often the compiler compiles the sample. After one a hello takes it 50 ms, after eight 25; more save little.
static const int exercises = 8;

enum { CONTROL = ASSAY_CONTROL, STREAMS = 3 };

static bool is_compiler;

/// Before it said that it is ready, the launcher reports that it ended; afterwards that ends the run.
static _Noreturn void give_up(void) { _exit(1); }

// What is done ahead.

static bool compile(java java) {
    const char *const words[] = {"-proc:none", "-encoding", "UTF-8", "-d", directory, sample};
    enum { WORDS = sizeof words / sizeof *words };
    object compiler = (*java)->find_class(java, "com/sun/tools/javac/Main");
    object strings = compiler == NULL ? NULL : (*java)->find_class(java, "java/lang/String");
    object stream = strings == NULL ? NULL : (*java)->find_class(java, "java/io/OutputStream");
    object writer = stream == NULL ? NULL : (*java)->find_class(java, "java/io/PrintWriter");
    if (writer == NULL) return false;
    void *nowhere = (*java)->find_static_method(java, stream, "nullOutputStream", "()Ljava/io/OutputStream;");
    void *make = (*java)->find_method(java, writer, "<init>", "(Ljava/io/OutputStream;)V");
    void *main = (*java)->find_static_method(java, compiler, "compile", "([Ljava/lang/String;Ljava/io/PrintWriter;)I");
    if (nowhere == NULL || make == NULL || main == NULL) return false;
    object output = (*java)->new_object(java, writer, make, (*java)->call_static(java, stream, nowhere));
    object arguments = (*java)->new_array(java, WORDS, strings, NULL);
    if (output == NULL || arguments == NULL) return false;
    for (int index = 0; index < WORDS; index++)
        (*java)->set_element(java, arguments, index, (*java)->new_string(java, words[index]));
    for (int time = 0; time < exercises; time++)
        if ((*java)->call_static_int(java, compiler, main, arguments, output) != 0 || (*java)->has_failed(java)) return false;
    return true;
}

// What a program does not find.

static void remove_files(void) {
    DIR *list = opendir(directory);
    if (list == NULL) give_up();
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;) unlinkat(dirfd(list), entry->d_name, 0);
    closedir(list);
    if (rmdir(directory) < 0) give_up();
}

// The run.

static void append_quoted(FILE *file, const char *text) {
    putc('"', file);
    for (; *text != 0; text++) {
        if (strchr("\"\\\n\r", *text) != NULL) putc('\\', file);
        putc(*text == '\n' ? 'n' : *text == '\r' ? 'r' : *text, file);
    }
    fputs("\"\n", file);
}

/// Leaves the arguments from `first` on to the compiler.
static bool hand_over_arguments(const char *strings, uint32_t first, uint32_t count) {
    int memory = memfd_create("arguments", 0);
    FILE *file = memory < 0 ? NULL : fdopen(dup(memory), "w");
    if (file == NULL) return false;
    for (uint32_t index = 0; index < count; index++, strings += strlen(strings) + 1)
        if (index >= first) append_quoted(file, strings);
    return fclose(file) == 0 && (memory == CONTROL || (dup2(memory, CONTROL) >= 0 && close(memory) == 0));
}

/// How many arguments this process was started with.
static uint32_t started_with(void) {
    uint32_t count = 0;
    FILE *file = fopen("/proc/self/cmdline", "r");
    if (file == NULL) give_up();
    for (int character; (character = getc(file)) != EOF;) count += character == 0;
    fclose(file);
    return count;
}

static bool lower(__rlimit_resource_t kind, uint64_t value) {
    struct rlimit limit;
    if (getrlimit(kind, &limit) < 0) return false;
    if (limit.rlim_max != RLIM_INFINITY && value > limit.rlim_max) value = limit.rlim_max;
    return setrlimit(kind, &(struct rlimit){value, value}) == 0;
}

static bool lower_limits(const struct assay_limits *limits) {
    // The cgroup is who watches its time; the process' own limit, which counts from its start, is for want of anything else.
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used) < 0) return false;
    uint64_t seconds = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + limits->cpu_ns / 1000000000 + 3;
    return lower(RLIMIT_CPU, seconds) && lower(RLIMIT_NPROC, limits->processes) && lower(RLIMIT_NOFILE, limits->open_files)
        && lower(RLIMIT_FSIZE, limits->file_size) && (limits->address_space == 0 || lower(RLIMIT_AS, limits->address_space));
}

/// Says that it is ready, and becomes the run that it is told of.
static void wait_for_run(void) {
    static union {
        struct assay_run run;
        char bytes[ASSAY_MESSAGE_MAX];
    } message;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(STREAMS * sizeof(int))];
    } rights;
    uint32_t started = started_with();
    struct iovec part = {message.bytes, sizeof message.bytes};
    struct msghdr received = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = rights.bytes, .msg_controllen = sizeof rights.bytes};
    if (send(CONTROL, "+", 1, MSG_NOSIGNAL) != 1) give_up();
    ssize_t size = recvmsg(CONTROL, &received, 0);
    struct cmsghdr *header = CMSG_FIRSTHDR(&received);
    if (size < (ssize_t)sizeof message.run || header == NULL || header->cmsg_len != CMSG_LEN(STREAMS * sizeof(int))) give_up();
    int streams[STREAMS];
    memcpy(streams, CMSG_DATA(header), sizeof streams);
    for (int stream = 0; stream < STREAMS; stream++)
        if (dup2(streams[stream], stream) < 0 || close(streams[stream]) < 0) give_up();
    // From here on nobody outside hears this process.
    close(CONTROL);
    const struct assay_run *run = &message.run;
    // The compiler's last one stands for those that follow.
    if (is_compiler && !hand_over_arguments(message.bytes + sizeof *run, started - 1, run->arguments)) give_up();
    if (!lower_limits(&run->limits)) give_up();
}

static void become_ready(tools tools, java java, object thread) {
    (void)thread;
    if (is_compiler && !compile(java)) give_up();
    remove_files();
    (*tools)->collect_garbage(tools);
    wait_for_run();
}

int32_t Agent_OnLoad(machine machine, char *options, void *reserved) {
    (void)reserved;
    static const struct tool_events events = {become_ready};
    tools tools;
    is_compiler = options != NULL && strcmp(options, "compile") == 0;
    bool is_ready = (*machine)->get_interface(machine, &tools, TOOLS_VERSION) == 0
        && (*tools)->set_events(tools, &events, sizeof events) == 0
        && (*tools)->enable(tools, ENABLE, EVENT_STARTED, NULL) == 0;
    return is_ready && unsetenv("JAVA_TOOL_OPTIONS") == 0 ? 0 : -1;
}

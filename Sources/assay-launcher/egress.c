#define _GNU_SOURCE
#include "egress.h"
#include "namespaces.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// What the helper is asked. With CONNECT come the network namespace and the socket for the answer, an errno.
struct job {
    uint32_t slot;
    uint32_t is_connect;
    struct assay_egress egress;
    struct assay_destination destinations[ASSAY_DESTINATIONS_MAX];
};

/// How long a keeper waits for its network.
enum { ANSWER_TIMEOUT_MS = 20000 };

/// Networks with a special meaning, which a wider destination does not include: only one that lies in them does. The
/// metadata services of clouds are among them.
static const struct assay_destination specials[] = {
    {0x00000000, 0, 8, 0},  {0x0a000000, 0, 8, 0},  {0x64400000, 0, 10, 0}, {0x7f000000, 0, 8, 0},
    {0xa9fe0000, 0, 16, 0}, {0xac100000, 0, 12, 0}, {0xc0000000, 0, 24, 0}, {0xc0a80000, 0, 16, 0},
    {0xc6120000, 0, 15, 0}, {0xe0000000, 0, 4, 0},  {0xf0000000, 0, 4, 0},
};

/// The launcher's and the keepers' end of the socket to the helper.
static int helper_socket = -1;
static uint32_t base;
static uint32_t resolvers[ASSAY_RESOLVERS_MAX];
static unsigned slots;

// MARK: names and addresses

/// Every slot has four addresses: a network, the host's end, the sandbox's end, and the broadcast.
static uint32_t network_of(unsigned slot) { return base + 4 * slot; }

/// Interface names are the host's: the addresses make them unique.
static void print_name(char name[16], unsigned slot) { snprintf(name, 16, "assay%x", network_of(slot) >> 2 & 0xfffff); }

static void print_address(char text[16], uint32_t address) {
    snprintf(text, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

static bool lies_in(const struct assay_destination *inner, const struct assay_destination *outer) {
    uint32_t mask = outer->prefix == 0 ? 0 : ~0u << (32 - outer->prefix);
    return inner->prefix >= outer->prefix && (inner->address & mask) == outer->address;
}

static bool is_special(const struct assay_destination *destination) {
    for (unsigned index = 0; index < sizeof specials / sizeof *specials; index++)
        if (lies_in(destination, &specials[index])) return true;
    return false;
}

// MARK: programs

static const char *find(const char *paths[2]) { return access(paths[0], X_OK) == 0 ? paths[0] : paths[1]; }

static const char *program_ip(void) { return find((const char *[]){"/usr/sbin/ip", "/sbin/ip"}); }
static const char *program_nft(void) { return find((const char *[]){"/usr/sbin/nft", "/sbin/nft"}); }
static const char *program_tc(void) { return find((const char *[]){"/usr/sbin/tc", "/sbin/tc"}); }

static FILE *begin_script(void) {
    int file = memfd_create("script", MFD_CLOEXEC);
    FILE *script = file < 0 ? NULL : fdopen(file, "w+");
    if (script == NULL && file >= 0) close(file);
    return script;
}

/// Runs a program with the script as its standard input, in the network namespace `network` unless that is negative.
static bool finish_script(FILE *script, int network, const char *program, char *const arguments[]) {
    if (script == NULL) return false;
    bool is_whole = fflush(script) == 0 && fseek(script, 0, SEEK_SET) == 0;
    pid_t pid = is_whole ? fork() : -1;
    if (pid == 0) {
        static char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
        if (dup2(fileno(script), 0) < 0 || (network >= 0 && setns(network, CLONE_NEWNET) != 0)) _exit(126);
        execve(program, arguments, environment);
        _exit(127);
    }
    fclose(script);
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool run_ip(FILE *script, int network) {
    return finish_script(script, network, program_ip(), (char *[]){"ip", "-batch", "-", NULL});
}

static bool run_nft(FILE *script, int network) {
    return finish_script(script, network, program_nft(), (char *[]){"nft", "-f", "-", NULL});
}

// MARK: rules

static void print_destination(FILE *script, const struct assay_destination *destination, const char *verdict) {
    char address[16];
    print_address(address, destination->address);
    fprintf(script, "    ip daddr %s/%u ", address, destination->prefix);
    if (destination->port != 0) fprintf(script, "meta l4proto { tcp, udp } th dport %u ", destination->port);
    fprintf(script, "%s\n", verdict);
}

static void print_resolvers(FILE *script, const struct assay_egress *egress) {
    for (unsigned index = 0; egress->uses_dns && index < ASSAY_RESOLVERS_MAX; index++)
        if (resolvers[index] != 0)
            print_destination(script, &(struct assay_destination){resolvers[index], 53, 32, 0}, "accept");
}

/// Inside: what may leave the sandbox. What may not is refused at once, so that no program waits for it.
static bool filter_inside(const struct job *job, int network) {
    FILE *script = begin_script();
    if (script == NULL) return false;
    fputs("table inet assay {\n  chain output {\n    type filter hook output priority 0; policy drop;\n"
          "    oifname \"lo\" accept\n", script);
    print_resolvers(script, &job->egress);
    for (unsigned index = 0; index < job->egress.count; index++)
        if (is_special(&job->destinations[index])) print_destination(script, &job->destinations[index], "accept");
    for (unsigned index = 0; index < sizeof specials / sizeof *specials; index++)
        print_destination(script, &specials[index], "meta l4proto tcp reject with tcp reset");
    for (unsigned index = 0; index < sizeof specials / sizeof *specials; index++)
        print_destination(script, &specials[index], "drop");
    for (unsigned index = 0; index < job->egress.count; index++)
        if (!is_special(&job->destinations[index])) print_destination(script, &job->destinations[index], "accept");
    fputs("    meta l4proto tcp reject with tcp reset\n  }\n}\n", script);
    return run_nft(script, network);
}

/// Outside: nothing of the host itself, unless its very address was listed, and nothing that comes in uncalled for.
static bool filter_outside(const struct job *job) {
    char name[16], address[16];
    print_name(name, job->slot);
    print_address(address, network_of(job->slot) + 2);
    FILE *script = begin_script();
    if (script == NULL) return false;
    fprintf(script, "table inet %s {\n  chain input {\n    type filter hook input priority -10; policy accept;\n"
                    "    iifname != \"%s\" accept\n", name, name);
    print_resolvers(script, &job->egress);
    for (unsigned index = 0; index < job->egress.count; index++)
        if (job->destinations[index].prefix == 32) print_destination(script, &job->destinations[index], "accept");
    fprintf(script,
            "    meta l4proto tcp reject with tcp reset\n    drop\n  }\n"
            "  chain forward {\n    type filter hook forward priority -10; policy accept;\n"
            "    iifname \"%s\" ip saddr != %s drop\n    iifname \"%s\" meta nfproto ipv6 drop\n"
            "    oifname \"%s\" ct state != { established, related } drop\n  }\n"
            "  chain postrouting {\n    type nat hook postrouting priority 100; policy accept;\n"
            "    ip saddr %s masquerade\n  }\n}\n",
            name, address, name, name, address);
    return run_nft(script, -1);
}

// MARK: connecting

static bool make_interfaces(unsigned slot, int network) {
    char name[16], host[16];
    print_name(name, slot);
    print_address(host, network_of(slot) + 1);
    FILE *script = begin_script();
    if (script == NULL) return false;
    fprintf(script, "link add %s type veth peer name eth0 netns /proc/self/fd/%d\naddr add %s/30 dev %s\nlink set %s up\n",
            name, network, host, name, name);
    return run_ip(script, -1);
}

static bool configure_inside(unsigned slot, int network) {
    char host[16], own[16];
    print_address(host, network_of(slot) + 1);
    print_address(own, network_of(slot) + 2);
    FILE *script = begin_script();
    if (script == NULL) return false;
    fprintf(script, "addr add %s/30 dev eth0\nlink set eth0 up\nroute add default via %s\n", own, host);
    return run_ip(script, network);
}

/// Delays what leaves an interface so that no more than `rate` bytes per second do.
static bool limit_rate(const char *interface, int network, uint64_t rate) {
    // Room for one large packet, or for what comes in a hundredth of a second.
    uint64_t burst = rate / 100 > 65536 ? rate / 100 : 65536;
    FILE *script = begin_script();
    if (script == NULL) return false;
    fprintf(script, "qdisc add dev %s root tbf rate %llubps burst %llu latency 100ms\n", interface,
            (unsigned long long)rate, (unsigned long long)burst);
    return finish_script(script, network, program_tc(), (char *[]){"tc", "-batch", "-", NULL});
}

static void release(unsigned first, unsigned count) {
    char name[16];
    FILE *links = begin_script(), *tables = begin_script();
    // That there is no such interface is what is wanted.
    int errors = fcntl(2, F_DUPFD_CLOEXEC, 3), quiet = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (quiet >= 0) dup2(quiet, 2);
    for (unsigned slot = first; links != NULL && tables != NULL && slot < first + count; slot++) {
        print_name(name, slot);
        fprintf(links, "link del %s\n", name);
        // Added first, so that removing one that is not there is no error.
        fprintf(tables, "add table inet %s\ndelete table inet %s\n", name, name);
    }
    finish_script(links, -1, program_ip(), (char *[]){"ip", "-force", "-batch", "-", NULL});
    if (errors >= 0) dup2(errors, 2);
    close_all((int[]){errors, quiet}, 2);
    run_nft(tables, -1);
}

static struct failure connect_slot(const struct job *job, int network) {
    char name[16];
    print_name(name, job->slot);
    uint64_t rate = job->egress.bytes_per_second;
    // The rules come before there is a way out.
    if (!filter_inside(job, network) || !filter_outside(job)) return (struct failure){EIO, "filter rules"};
    if (!make_interfaces(job->slot, network)) return (struct failure){EIO, "network interfaces"};
    if (rate != 0 && (!limit_rate(name, -1, rate) || !limit_rate("eth0", network, rate)))
        return (struct failure){EIO, "network rate"};
    if (!configure_inside(job->slot, network)) return (struct failure){EIO, "network addresses"};
    return SUCCESS;
}

static _Noreturn void serve(int socket) {
    static bool is_used[ASSAY_SLOTS_MAX];
    static struct job job;
    // The launcher's other descriptors, its socket to the service above all, must end with it.
    int own = fcntl(socket, F_DUPFD_CLOEXEC, 64);
    int quiet = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (own < 0 || quiet < 0 || dup2(quiet, 1) < 0) _exit(1);
    close_range(3, (unsigned)own - 1, 0);
    close_range((unsigned)own + 1, ~0u, 0);
    for (;;) {
        int descriptors[DESCRIPTORS_MAX];
        unsigned count;
        // Descriptors that come are inherited by the programs: `ip` opens the namespace by its number.
        ssize_t size = receive_message(own, &job, sizeof job, descriptors, &count, 0);
        if (size < 0 && errno == EMSGSIZE) continue;
        if (size <= 0) break;
        if (size != sizeof job || job.slot >= slots) {
            close_all(descriptors, count);
            continue;
        }
        if (job.is_connect && count == 2) {
            if (is_used[job.slot]) release(job.slot, 1);
            is_used[job.slot] = true;
            fcntl(descriptors[1], F_SETFD, FD_CLOEXEC);
            struct failure failure = connect_slot(&job, descriptors[0]);
            if (failure.error != 0) log_line("cannot make a network: %s", failure.step);
            send_message(descriptors[1], &failure.error, sizeof failure.error, NULL, 0, NULL, 0);
        } else if (!job.is_connect && is_used[job.slot]) {
            release(job.slot, 1);
            is_used[job.slot] = false;
        }
        close_all(descriptors, count);
    }
    for (unsigned slot = 0; slot < slots; slot++)
        if (is_used[slot]) release(slot, 1);
    _exit(0);
}

static bool host_forwards(void) {
    char text = '0';
    int file = open("/proc/sys/net/ipv4/ip_forward", O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, &text, 1) != 1) text = '0';
    if (file >= 0) close(file);
    return text == '1';
}

int egress_open(const struct assay_hello *hello) {
    int sockets[2];
    base = hello->egress_base;
    slots = hello->slots;
    memcpy(resolvers, hello->resolvers, sizeof resolvers);
    if (access(program_ip(), X_OK) != 0 || access(program_nft(), X_OK) != 0 || access(program_tc(), X_OK) != 0)
        return ENOENT;
    if (!host_forwards()) return ENETUNREACH;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) return errno;
    release(0, slots);
    pid_t pid = fork();
    if (pid == 0) {
        close(sockets[0]);
        serve(sockets[1]);
    }
    close(sockets[1]);
    helper_socket = sockets[0];
    return pid < 0 ? errno : 0;
}

struct failure egress_connect(unsigned slot, const struct assay_egress *egress) {
    static struct job job;
    int sockets[2], error = 0;
    job.slot = slot;
    job.is_connect = 1;
    job.egress = *egress;
    memcpy(job.destinations, egress + 1, egress->count * sizeof *job.destinations);
    if (helper_socket < 0) return (struct failure){ENOSYS, "network helper"};
    int network = own_network();
    if (network < 0) return FAILURE("open network namespace");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) return FAILURE("network socket");
    if (!send_message(helper_socket, &job, sizeof job, NULL, 0, (int[]){network, sockets[1]}, 2))
        return FAILURE("ask for network");
    close_all((int[]){network, sockets[1]}, 2);
    struct pollfd answer = {sockets[0], POLLIN, 0};
    bool is_answered = poll(&answer, 1, ANSWER_TIMEOUT_MS) == 1 && read(sockets[0], &error, sizeof error) == sizeof error;
    close(sockets[0]);
    return (struct failure){is_answered ? error : ETIMEDOUT, "connect network"};
}

void egress_release(unsigned slot) {
    static struct job job;
    memset(&job, 0, sizeof job);
    job.slot = slot;
    send_message(helper_socket, &job, sizeof job, NULL, 0, NULL, 0);
}

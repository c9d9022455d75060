#define _GNU_SOURCE
#include "seccomp.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the filter knows no numbers for this architecture"
#endif

// Calls newer than the headers; the numbers are the same on both architectures.
enum {
    NR_quotactl_fd = 443,
    NR_memfd_secret = 447,
    NR_cachestat = 451,
    NR_statmount = 457,
    NR_listmount = 458,
    NR_lsm_get_self_attr = 459,
    NR_lsm_set_self_attr = 460,
    NR_lsm_list_modules = 461,
    NR_open_tree_attr = 467,
};

/// What no program needs and many have broken kernels with: refused as not permitted.
static const unsigned short denied[] = {
    // Keyrings outlive processes and are shared by user id.
    SYS_add_key, SYS_keyctl, SYS_request_key,
    // Large attack surfaces.
    SYS_bpf, SYS_io_uring_enter, SYS_io_uring_register, SYS_io_uring_setup, SYS_perf_event_open, SYS_userfaultfd,
    NR_memfd_secret,
    // Other processes' memory and descriptors.
    SYS_kcmp, SYS_pidfd_getfd, SYS_process_madvise, SYS_process_vm_readv, SYS_process_vm_writev, SYS_ptrace,
    // Mounts, roots and namespaces.
    SYS_chroot, SYS_fsconfig, SYS_fsmount, SYS_fsopen, SYS_fspick, SYS_mount, SYS_mount_setattr, SYS_move_mount,
    SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_open_tree, SYS_pivot_root, SYS_setns, SYS_umount2, SYS_unshare,
    NR_listmount, NR_open_tree_attr, NR_statmount,
    // The machine.
    SYS_acct, SYS_adjtimex, SYS_clock_adjtime, SYS_clock_settime, SYS_delete_module, SYS_fanotify_init,
    SYS_fanotify_mark, SYS_finit_module, SYS_init_module, SYS_kexec_file_load, SYS_kexec_load, SYS_lookup_dcookie,
    SYS_nfsservctl, SYS_quotactl, NR_quotactl_fd, SYS_reboot, SYS_setdomainname, SYS_sethostname, SYS_settimeofday,
    SYS_swapoff, SYS_swapon, SYS_syslog, SYS_vhangup,
    // Which CPUs, which memory: the sandbox's cpuset says so.
    SYS_mbind, SYS_migrate_pages, SYS_move_pages, SYS_sched_setaffinity, SYS_set_mempolicy,
    // What other sandboxes have in the page cache, and which shared files they open.
    NR_cachestat, SYS_inotify_init1,
    // A filter on top of this one could hide its calls from their own handler.
    SYS_seccomp, NR_lsm_get_self_attr, NR_lsm_list_modules, NR_lsm_set_self_attr,
#if defined(__x86_64__)
    SYS_inotify_init, SYS__sysctl, SYS_create_module, SYS_get_kernel_syms, SYS_ioperm, SYS_iopl, SYS_modify_ldt, SYS_query_module,
    SYS_sysfs, SYS_uselib, SYS_ustat,
#endif
};

static const unsigned namespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

enum { INSTRUCTIONS_MAX = 256 };

static struct sock_filter program[INSTRUCTIONS_MAX];
static unsigned length;

static void add(struct sock_filter instruction) { program[length++] = instruction; }

static void load(unsigned offset) {
    add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void answer(unsigned action) { add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action)); }

/// The next `count` instructions run only if the loaded word equals `value`.
static void if_equal(unsigned value, unsigned char count) {
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
}

static unsigned refusal(int error) { return SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA); }

/// The low half of an argument; the kernel's own types for these are 32 bits wide.
static unsigned argument(unsigned index) {
    return (unsigned)offsetof(struct seccomp_data, args) + index * (unsigned)sizeof(uint64_t);
}

static void build(uint32_t network) {
    length = 0;
    load(offsetof(struct seccomp_data, arch));
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    answer(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    // The x32 numbers reach the same calls by another way.
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
    answer(SECCOMP_RET_KILL_PROCESS);
#endif
    for (unsigned index = 0; index < sizeof denied / sizeof *denied; index++) {
        if_equal(denied[index], 1);
        answer(refusal(EPERM));
    }
    // Its flags lie in memory, where a filter cannot look: the C library falls back to clone.
    if_equal(SYS_clone3, 1);
    answer(refusal(ENOSYS));
    // It would wait for the disks of the host. A program may believe that it happened.
    if_equal(SYS_sync, 1);
    answer(refusal(0));
    if_equal(SYS_syncfs, 1);
    answer(refusal(0));
    if_equal(SYS_clone, 4);
    load(argument(0));
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, namespaces, 0, 1));
    answer(refusal(EPERM));
    answer(SECCOMP_RET_ALLOW);
    if_equal(SYS_socketpair, 4);
    load(argument(0));
    if_equal(AF_UNIX, 1);
    answer(SECCOMP_RET_ALLOW);
    answer(refusal(EAFNOSUPPORT));
    bool internet = network != ASSAY_NETWORK_NONE;
    if_equal(SYS_socket, internet ? 8 : 4);
    load(argument(0));
    if_equal(AF_UNIX, 1);
    answer(SECCOMP_RET_ALLOW);
    if (internet) {
        if_equal(AF_INET, 1);
        answer(SECCOMP_RET_ALLOW);
        if_equal(AF_INET6, 1);
        answer(SECCOMP_RET_ALLOW);
    }
    answer(refusal(EAFNOSUPPORT));
    // Typing into a terminal for others.
    if_equal(SYS_ioctl, 6);
    load(argument(1));
    if_equal(TIOCSTI, 1);
    answer(refusal(EPERM));
    if_equal(TIOCLINUX, 1);
    answer(refusal(EPERM));
    answer(SECCOMP_RET_ALLOW);
    // Leases and notices on files that all sandboxes share would let one talk to another.
    if_equal(SYS_fcntl, 6);
    load(argument(1));
    if_equal(F_SETLEASE, 1);
    answer(refusal(EPERM));
    if_equal(F_NOTIFY, 1);
    answer(refusal(EPERM));
    answer(SECCOMP_RET_ALLOW);
    // Address randomisation stays on; asking which personality it is stays allowed.
    if_equal(SYS_personality, 6);
    load(argument(0));
    if_equal(0, 1);
    answer(SECCOMP_RET_ALLOW);
    if_equal(0xffffffff, 1);
    answer(SECCOMP_RET_ALLOW);
    answer(refusal(EPERM));
    // Limits of its own only: a keeper that is the same user of the host could be ended by its own.
    if_equal(SYS_prlimit64, 4);
    load(argument(0));
    if_equal(0, 1);
    answer(SECCOMP_RET_ALLOW);
    answer(refusal(EPERM));
    if_equal(SYS_prctl, 4);
    load(argument(0));
    if_equal(PR_SET_SECCOMP, 1);
    answer(refusal(EPERM));
    answer(SECCOMP_RET_ALLOW);
    answer(SECCOMP_RET_ALLOW);
}

struct failure seccomp_load(uint32_t network, int *holder) {
    build(network);
    struct sock_fprog filter = {.len = (unsigned short)length, .filter = program};
    // A listener that is never told of anything, for no rule notifies.
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, holder != NULL ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &filter);
    if (result < 0) return FAILURE("load seccomp filter");
    if (holder != NULL) *holder = (int)result;
    return SUCCESS;
}

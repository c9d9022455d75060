import Core

extension Attack {
    static let kernel: [Attack] = [
        Attack(
            name: "calls that are denied",
            program: .c(
                """
                #define _GNU_SOURCE
                #include <errno.h>
                #include <sched.h>
                #include <stdio.h>
                #include <sys/syscall.h>
                #include <unistd.h>
                #define TRY(name, ...) do { errno = 0; long r = syscall(__VA_ARGS__); \\
                    if (r != -1 || errno != EPERM) printf("%s %ld %d\\n", name, r, errno); } while (0)
                int main(void) {
                    TRY("chroot", SYS_chroot, "/tmp");
                    TRY("mount", SYS_mount, "a", "/tmp", "tmpfs", 0, 0);
                    TRY("umount", SYS_umount2, "/tmp", 0);
                    TRY("pivot_root", SYS_pivot_root, ".", ".");
                    TRY("open_tree", SYS_open_tree, -100, "/", 1);
                    TRY("fsopen", SYS_fsopen, "tmpfs", 0);
                    TRY("move_mount", SYS_move_mount, -1, "", -1, "", 0);
                    TRY("mount_setattr", SYS_mount_setattr, -1, "", 0, 0, 0);
                    TRY("setns", SYS_setns, 0, 0);
                    TRY("unshare user", SYS_unshare, CLONE_NEWUSER);
                    TRY("unshare fs", SYS_unshare, CLONE_FS);
                    TRY("clone user", SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0);
                    TRY("clone net", SYS_clone, CLONE_NEWNET | 17, 0, 0, 0, 0);
                    TRY("ptrace", SYS_ptrace, 0, 0, 0, 0);
                    TRY("process_vm_readv", SYS_process_vm_readv, 1, 0, 0, 0, 0, 0);
                    TRY("pidfd_getfd", SYS_pidfd_getfd, 0, 0, 0);
                    TRY("kcmp", SYS_kcmp, 1, 1, 0, 0, 0);
                    TRY("add_key", SYS_add_key, "user", "a", "b", 1, -3);
                    TRY("keyctl", SYS_keyctl, 0, -3, 0);
                    TRY("request_key", SYS_request_key, "user", "a", 0, 0);
                    TRY("bpf", SYS_bpf, 0, 0, 0);
                    TRY("userfaultfd", SYS_userfaultfd, 1);
                    TRY("io_uring_setup", SYS_io_uring_setup, 1, 0);
                    TRY("io_uring_enter", SYS_io_uring_enter, 0, 0, 0, 0, 0, 0);
                    TRY("perf_event_open", SYS_perf_event_open, 0, 0, 0, 0, 0);
                    TRY("personality", SYS_personality, 0x0040000);
                    TRY("reboot", SYS_reboot, 0xfee1dead, 672274793, 0x1234567, 0);
                    TRY("kexec_load", SYS_kexec_load, 0, 0, 0, 0);
                    TRY("init_module", SYS_init_module, 0, 0, "");
                    TRY("swapon", SYS_swapon, "a", 0);
                    TRY("sethostname", SYS_sethostname, "a", 1);
                    TRY("settimeofday", SYS_settimeofday, 0, 0);
                    TRY("clock_settime", SYS_clock_settime, 0, 0);
                    TRY("adjtimex", SYS_adjtimex, 0);
                    TRY("syslog", SYS_syslog, 3, 0, 0);
                    TRY("open_by_handle_at", SYS_open_by_handle_at, 0, 0, 0);
                    TRY("name_to_handle_at", SYS_name_to_handle_at, 0, 0, 0, 0, 0);
                    TRY("seccomp", SYS_seccomp, 0, 0, 0);
                    TRY("sched_setaffinity", SYS_sched_setaffinity, 0, 0, 0);
                    TRY("inotify", SYS_inotify_init1, 0);
                    TRY("fanotify", SYS_fanotify_init, 0, 0);
                    TRY("lease", SYS_fcntl, 0, 1024, 0);
                    TRY("notify", SYS_fcntl, 0, 1026, 1);
                    TRY("TIOCSTI", SYS_ioctl, 0, 0x5412, "a");
                    TRY("setuid", SYS_setuid, 0);
                    TRY("setgid", SYS_setgid, 0);
                    errno = 0;
                    long r = syscall(SYS_clone3, 0, 0);
                    if (r != -1 || errno != ENOSYS) puts("clone3");
                    puts("end");
                }
                """), output: "end\n"),
        Attack(
            name: "calls of another architecture",
            program: .c(
                """
                int main(void) {
                #if defined(__x86_64__)
                    int result;
                    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20));
                    return result;
                #else
                    __builtin_trap();
                #endif
                }
                """), endings: [.signalled(31)]),
        Attack(
            name: "calls by their x32 numbers",
            program: .c("#include <unistd.h>\nint main(void) { return syscall(0x40000000 + 39); }"),
            endings: [.signalled(31)]),
        Attack(
            name: "sockets of every family",
            program: .python(
                """
                import socket
                for family in range(64):
                    for kind in (1, 2, 3):
                        try: socket.socket(family, kind); print('open', family, kind)
                        except OSError: pass
                """), output: "open 1 1\nopen 1 2\nopen 1 3\n"),
        Attack(
            name: "the network by name and address",
            program: .python(
                """
                import socket
                for address in ('127.0.0.1', '169.254.169.254', '::1', 'localhost', 'example.com'):
                    try: socket.create_connection((address, 80), timeout=1); print('connected')
                    except OSError: print('no')
                """), output: String(repeating: "no\n", count: 5)),
        Attack(
            name: "sockets of others by abstract name",
            program: .shell("cat /proc/net/unix /proc/self/net/unix 2>/dev/null | wc -l"), output: "1\n"),
        Attack(
            name: "disks of the host made busy", program: .shell("i=0; while [ $i -lt 20 ]; do sync; i=$((i+1)); done")),
        Attack(
            name: "a message queue and a semaphore for others",
            program: .shell("ipcmk -Q >/dev/null; ipcmk -S 4 >/dev/null; ipcs -q | grep -c '^0x'"), output: "1\n"),
    ]
}

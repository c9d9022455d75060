import Core

extension Attack {
    static let reading: [Attack] = [
        Attack(
            name: "reading the host's files",
            program: .shell(
                """
                for p in /root /home /var/log /var/tmp /var/spool /var/lib/dpkg /boot /sys /run /srv /mnt /media /opt /etc/shadow /etc/ssh /etc/hostname.host \
                    /proc/kcore /proc/kmsg /proc/sys /proc/net/tcp.x /dev/vda /dev/mem /dev/kmsg /dev/kvm /dev/fuse \
                    /dev/vsock /dev/tty /dev/pts; do
                    [ -e $p ] && echo $p
                done
                ls -A / | grep -v '^var$' | tr '\\n' ' '
                """), output: "autograder bin course dev etc lib lib64 proc sbin task tmp usr work "),
        Attack(
            name: "reading global files of /proc",
            program: .shell(
                """
                for f in cmdline stat locks keys interrupts meminfo cpuinfo version mounts.x sys/kernel/random/boot_id \
                    sysrq-trigger modules kallsyms timer_list sched_debug; do
                    cat /proc/$f 2>/dev/null
                done
                echo end
                """), output: "end\n"),
        Attack(
            name: "looking into other processes",
            program: .python(
                """
                import os
                for name in os.listdir('/proc'):
                    if name.isdigit() and int(name) != os.getpid(): print('sees', name)
                for file in ('mem', 'environ', 'maps', 'fd', 'root', 'cwd', 'exe', 'cmdline', 'stack'):
                    try:
                        path = f'/proc/1/{file}'
                        os.listdir(path) if file == 'fd' else open(path, 'rb').read(1)
                        print('read', path)
                    except OSError: pass
                print('end')
                """), output: "end\n"),
        Attack(
            name: "descriptors that were left open",
            program: .python(
                """
                import os
                found = []
                for fd in range(4096):
                    try: os.fstat(fd); found.append(fd)
                    except OSError: pass
                print(found)
                """), output: "[0, 1, 2]\n"),
        Attack(
            name: "the environment of the service", program: .shell("env | cut -d= -f1 | sort | tr '\\n' ' '"),
            output: "HOME LANG PATH PWD TMPDIR "),
        Attack(
            name: "users, groups and capabilities",
            program: .shell("id; grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status | tr -s '\\t ' ' '"),
            output: """
                uid=1000(student) gid=1000(student) groups=1000(student)
                Groups: 
                CapInh: 0000000000000000
                CapPrm: 0000000000000000
                CapEff: 0000000000000000
                CapBnd: 0000000000000000
                CapAmb: 0000000000000000
                NoNewPrivs: 1
                Seccomp: 2

                """),
        Attack(
            name: "its cgroup and its mounts",
            program: .shell(
                "cut -d: -f3 /proc/self/cgroup | sort -u; grep -vE ' /(usr|bin|sbin|lib|lib64|etc|dev|work|tmp|proc)?[^ ]* ' "
                    + "/proc/self/mountinfo; grep -c ' rw' /proc/self/mountinfo >/dev/null; echo end"),
            output: "/\nend\n"),
    ]
}

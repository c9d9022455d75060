import Core
import Sandboxing
import Testing

extension SandboxPromise {
    static let isolating = [
        SandboxPromise("a program is an ordinary user without privilege") { host in
            let outcome = try await host.shell("id -u; id -g; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status")
            let lines = outcome.stdout.text.split(separator: "\n").map { $0.filter { $0 != "\t" } }
            #expect(lines.prefix(2) == ["1000", "1000"], "\(outcome)")
            for line in lines.dropFirst(2) where line.hasPrefix("Cap") { #expect(line.hasSuffix("0000000000000000")) }
        },
        SandboxPromise("there is no network") { host in
            let outcome = try await host.python(
                """
                import socket
                for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK):
                    try:
                        socket.socket(family, socket.SOCK_DGRAM)
                        print("open", family)
                    except OSError as error:
                        pass
                """)
            #expect(outcome.stdout.text == "", "\(outcome.stderr.text)")
        },
        SandboxPromise("a network mode that is not offered is refused") { host in
            let modes = try await host.report.capabilities.networkModes
            let egress = SandboxConfiguration(
                limits: .default, network: .egress(EgressRules(allow: ["192.0.2.0/24:443"])))
            guard !modes.contains("egress") else { return }
            await #expect(throws: SandboxError.cannotEnforce("network mode egress")) {
                try await host.backend.makeSandbox(egress)
            }
        },
        SandboxPromise("only its own processes can be seen") { host in
            let outcome = try await host.python(
                """
                import os
                print(sum(name.isdigit() for name in os.listdir("/proc")))
                try: print(open("/proc/1/environ").read())
                except OSError: pass
                """)
            let count = outcome.stdout.text.split(separator: "\n").first.flatMap { Int($0) } ?? 0
            // The program, and the guest where /proc does not hide it.
            #expect((1...2).contains(count), "\(outcome)")
            #expect(!outcome.stdout.text.contains("PATH="))
        },
        SandboxPromise("nothing of the host is there but programs and libraries") { host in
            let script = """
                ls -A / | tr '\\n' ' '
                for d in .assay root home var run sys srv mnt opt boot; do
                    for f in $(ls -A /$d 2>/dev/null); do echo $d/$f; done
                done
                cat /etc/shadow 2>/dev/null
                """
            let outcome = try await host.shell(script)
            let names = Set(outcome.stdout.text.split { $0 == " " || $0 == "\n" }.map(String.init))
            let known: Set = [
                ".assay", "bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "root", "sbin", "sys", "tmp",
                "usr", "work", "run", ".dockerenv", "var", "var/lib", "var/tmp", "task", "course", "autograder",
            ]
            #expect(names.subtracting(known).isEmpty, "\(names.subtracting(known))")
        },
        SandboxPromise("nothing but the work directory can be written") { host in
            let outcome = try await host.shell(
                """
                for d in / /etc /usr /usr/bin /dev /proc /.assay /lib /run /var /var/tmp; do (: > $d/new) 2>/dev/null && echo $d; done
                for f in /etc/passwd /usr/bin/env /dev/null; do (echo x >> $f) 2>/dev/null && echo $f; done
                for d in /work /tmp /dev/shm; do (: > $d/new) || echo no $d; done
                """)
            #expect(outcome.stdout.text == "/dev/null\n", "\(outcome.stderr.text)")
        },
        SandboxPromise("a program inherits its three streams only") { host in
            let outcome = try await host.python("import os\nprint(sorted(map(int, os.listdir('/proc/self/fd')))[:-1])")
            #expect(outcome.stdout.text == "[0, 1, 2]\n")
        },
        SandboxPromise("sandboxes share no files") { host in
            let limits = host.limits()
            try await host.sandbox(limits) { first in
                let script = "for d in /work /tmp /dev/shm; do echo secret > $d/left; done"
                _ = try await first.run(Command(arguments: ["sh", "-c", script], limits: limits))
                let outcome = try await host.shell(
                    "cat /work/left /tmp/left /dev/shm/left 2>/dev/null; ls -A /work /tmp /dev/shm")
                #expect(!outcome.stdout.text.contains("secret") && !outcome.stdout.text.contains("left"))
            }
        },
        SandboxPromise("mounts, namespaces, roots and tracing are out of reach") { host in
            let outcome = try await host.python(
                """
                import ctypes, os
                libc = ctypes.CDLL(None, use_errno=True)
                def denied(name, result):
                    if result != -1: print(name)
                denied("mount", libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
                for flag in (0x00020000, 0x10000000, 0x40000000, 0x20000000, 0x08000000):
                    denied("unshare %x" % flag, libc.unshare(flag))
                denied("chroot", libc.chroot(b"/work"))
                denied("ptrace", libc.ptrace(16, os.getppid(), 0, 0))
                denied("setns", libc.setns(os.open("/proc/self/ns/uts", os.O_RDONLY), 0) if os.path.exists("/proc/self/ns/uts") else -1)
                denied("sethostname", libc.sethostname(b"x", 1))
                if libc.mknod(b"/work/disk", 0o60666, os.makedev(254, 0)) == 0:
                    denied("disk", libc.open(b"/work/disk", os.O_RDONLY))
                denied("setuid", libc.setuid(0))
                denied("keyctl", libc.syscall(250, 0, -3, 0, 0, 0))
                denied("bpf", libc.syscall(321, 0, 0, 0))
                denied("io_uring", libc.syscall(425, 1, 0))
                denied("reboot", libc.reboot(0x1234567))
                """)
            #expect(outcome.stdout.text == "", "\(outcome.stderr.text)")
            #expect(outcome.ending == .exited(0), "\(outcome.stderr.text)")
        },
        SandboxPromise("the guest outlives every signal of its program") { host in
            let limits = host.limits()
            try await host.sandbox(limits) { sandbox in
                for script in ["kill -9 1; kill -STOP 1; exit 5", "kill -9 -1; exit 5"] {
                    let outcome = try await sandbox.run(Command(arguments: ["sh", "-c", script], limits: limits))
                    #expect(outcome.ending == .exited(5), "\(script)")
                }
                let after = try await sandbox.run(Command(arguments: ["echo", "there"], limits: limits))
                #expect(after.stdout.text == "there\n")
            }
        },
    ]
}

import Core

extension Attack {
    static let files: [Attack] = [
        Attack(
            name: "a huge file", program: .shell("trap '' XFSZ; head -c 1000000000 /dev/zero > f; stat -c %s f"),
            limits: limits { $0.fileSize = 1 << 20 }, output: "1048576\n"),
        Attack(
            name: "a huge sparse file",
            program: .python(
                "import os\nf = os.open('f', os.O_CREAT | os.O_RDWR)\ntry: os.ftruncate(f, 1 << 40); print('made')\n"
                    + "except OSError as e: print(e.errno)"), endings: [.exited(0), .signalled(25)]),
        Attack(
            name: "a full work directory",
            program: .shell("while head -c 1000000 /dev/zero > f$((i=i+1)); do :; done; echo full"),
            output: "full\n"),
        Attack(
            name: "many files",
            program: .python(
                "n = 0\ntry:\n    while True: open(f'f{n}', 'w').close(); n += 1\nexcept OSError as e: print(e.errno)"),
            output: "28\n"),
        Attack(
            name: "deep directories",
            program: .python(
                """
                import os
                n = 0
                try:
                    while n < 400:
                        os.mkdir('d'); os.chdir('d'); n += 1
                except OSError as e: print(e.errno)
                print(n)
                """), output: "400\n"),
        Attack(
            name: "device nodes",
            program: .python(
                """
                import os, stat
                for kind in (stat.S_IFCHR, stat.S_IFBLK):
                    for device in (os.makedev(1, 1), os.makedev(8, 0), os.makedev(254, 0)):
                        try: os.mknod('n', 0o666 | kind, device); print('made')
                        except OSError as e: print(e.errno in (1, 13))
                """), output: String(repeating: "True\n", count: 6)),
        Attack(
            name: "writing outside its directories",
            program: .python(
                """
                import os
                for path in ('/x', '/usr/x', '/usr/bin/sh', '/etc/passwd', '/etc/x', '/dev/x', '/proc/x', '/proc/1/comm',
                             '/proc/sysrq-trigger', '/proc/sys/kernel/core_pattern', '/var/x', '/root/x', '/lib/x'):
                    try: os.close(os.open(path, os.O_WRONLY | os.O_CREAT)); print('wrote', path)
                    except OSError: pass
                for call in (lambda: os.unlink('/usr/bin/ls'), lambda: os.rename('/etc/passwd', '/etc/p'),
                             lambda: os.chmod('/usr/bin/ls', 0o777), lambda: os.mkdir('/d'),
                             lambda: os.link('/usr/bin/ls', '/usr/bin/l'), lambda: os.symlink('a', '/etc/s')):
                    try: call(); print('changed')
                    except OSError: pass
                print('end')
                """), output: "end\n"),
        Attack(
            name: "becoming root by a set-user-id program",
            program: .shell(
                """
                cp /usr/bin/id i; chmod 6755 i; ./i -u
                /usr/bin/su root -c id 2>/dev/null; /usr/bin/mount --bind /tmp /usr 2>/dev/null; echo end
                """), output: "1000\nend\n"),
        Attack(
            name: "links to the host and names that hurt",
            program: .python(
                """
                import os
                os.symlink('/etc/shadow', 'out'); os.symlink('..', 'up'); os.symlink('/proc/self/root', 'root')
                os.mkfifo('pipe'); open('a', 'w').write('1'); os.link('a', 'b')
                for name in (b'new\\nline', b'back\\\\slash', b'\\xff\\xfe', b' ', b'-rf', b'*', b'a' * 255):
                    open(name, 'w').write('x')
                print('end')
                """), output: "end\n"),
    ]
}

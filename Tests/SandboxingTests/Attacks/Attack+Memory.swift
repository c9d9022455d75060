import Core

extension Attack {
    static let memory: [Attack] = [
        Attack(
            name: "memory by malloc",
            program: .c(
                """
                #include <stdlib.h>
                #include <string.h>
                int main(void) { for (;;) { char *p = malloc(1 << 20); if (p) memset(p, 1, 1 << 20); } }
                """), endings: [.overMemory]),
        Attack(
            name: "memory of many small processes",
            program: .c(
                """
                #include <stdlib.h>
                #include <string.h>
                #include <unistd.h>
                int main(void) {
                    for (int i = 0; i < 20; i++)
                        if (fork() == 0) {
                            volatile char *p = malloc(8 << 20);
                            for (int j = 0; j < 8 << 20; j += 512) p[j] = 1;
                            sleep(9);
                            _exit(p[7]);
                        }
                    sleep(9);
                }
                """), endings: [.overMemory]),
        Attack(
            name: "memory by shared memory segments",
            program: .c(
                """
                #include <string.h>
                #include <sys/shm.h>
                int main(void) {
                    for (int i = 0; i < 64; i++) {
                        void *p = shmat(shmget(IPC_PRIVATE, 8 << 20, 0600), 0, 0);
                        if (p != (void *)-1) memset(p, 1, 8 << 20);
                    }
                }
                """), endings: [.overMemory]),
        Attack(
            name: "memory by memory files",
            program: .python(
                "import os\nwhile True:\n    f = os.memfd_create('x')\n    os.write(f, bytes(4 << 20))"),
            endings: [.overMemory]),
        Attack(
            name: "memory by files in /dev/shm",
            program: .shell("cat /dev/zero > /dev/shm/x"),
            limits: limits {
                $0.workSize = 1 << 30
                $0.fileSize = 1 << 30
            }, endings: [.overMemory]),
        Attack(
            name: "memory by pipes",
            program: .python(
                """
                import os, fcntl
                held = []
                while True:
                    try:
                        r, w = os.pipe()
                        os.set_blocking(w, False)
                        try: fcntl.fcntl(w, 1031, 1 << 20)
                        except OSError: pass
                        held.append(r)
                        while True: os.write(w, bytes(65536))
                    except BlockingIOError: pass
                    except OSError as error:
                        print(error.errno)
                        break
                """), endings: [.overMemory, .exited(0)]),
        Attack(
            name: "page cache by reading the host's files",
            program: .shell("cat /usr/lib/x86_64-linux-gnu/*.so* /usr/bin/* > /dev/null 2>&1; echo read"),
            limits: limits { $0.cpuTime = .seconds(5) }, endings: [.exited(0), .overWallTime]),
        Attack(
            name: "a stack without end",
            program: .c(
                "int f(volatile int n) { volatile char a[1000]; a[0] = n; return f(n + 1) + a[0]; }\n"
                    + "int main(void) { return f(0); }"), limits: limits { $0.stack = 8 << 20 },
            endings: [.signalled(11)]),
        Attack(
            name: "protecting itself from the OOM killer",
            program: .python(
                """
                for value in ('0', '-1000'):
                    try:
                        open('/proc/self/oom_score_adj', 'w').write(value)
                    except OSError: pass
                held = []
                while True: held.append(bytes(1 << 20))
                """), endings: [.overMemory]),
    ]
}

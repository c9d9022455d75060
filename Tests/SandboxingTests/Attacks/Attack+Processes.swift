import Core

extension Attack {
    static let processes: [Attack] = [
        Attack(
            // Which limit it meets first is chance: its processes' kernel stacks count as its memory.
            name: "a fork bomb in C", program: .c("#include <unistd.h>\nint main(void) { for (;;) fork(); }"),
            endings: [.overCPUTime, .overWallTime, .overMemory]),
        Attack(
            name: "a fork bomb in shell", program: .shell("b() { b | b & }; b; sleep 60"),
            endings: [.overCPUTime, .overWallTime, .overMemory]),
        Attack(
            name: "a child that leaves the session while its parent ends",
            program: .c(
                """
                #include <unistd.h>
                int main(void) { if (fork() == 0) { setsid(); for (;;) sleep(1); } return 0; }
                """)),
        Attack(
            name: "a daemon that outlives its program",
            program: .c(
                """
                #include <signal.h>
                #include <stdio.h>
                #include <unistd.h>
                int main(void) {
                    if (fork() == 0) {
                        setsid();
                        if (fork() != 0) _exit(0);
                        for (int s = 1; s < 65; s++) signal(s, SIG_IGN);
                        sleep(1);
                        for (;;) puts("still here"), fflush(stdout);
                    }
                    puts("done");
                }
                """), output: "done\n"),
        Attack(
            name: "a thread bomb",
            program: .c(
                """
                #include <pthread.h>
                #include <stdio.h>
                #include <unistd.h>
                static void *wait(void *x) { pause(); return x; }
                int main(void) {
                    pthread_t t;
                    int n = 0;
                    while (n < 1000 && pthread_create(&t, 0, wait, 0) == 0) n++;
                    printf("%d\\n", n);
                    fflush(stdout);
                    _exit(0);
                }
                """), output: "23\n"),
        Attack(
            name: "killing everything",
            program: .python("import os\ntry: os.kill(-1, 9)\nexcept OSError as e: print(e.errno)"), output: "3\n"),
        Attack(
            name: "stopping its parent",
            program: .python(
                """
                import os, signal
                for target in (os.getppid(), 1):
                    for number in (signal.SIGSTOP, signal.SIGKILL):
                        try: os.kill(target, number); print('sent')
                        except OSError as error: print(error.errno)
                """), output: "1\n1\n1\n1\n"),
        Attack(name: "stopping itself", program: .shell("kill -STOP $$"), endings: [.overWallTime]),
        Attack(
            name: "a busy loop that ignores signals",
            program: .shell("trap '' TERM INT XCPU ALRM; while :; do :; done"), endings: [.overCPUTime]),
        Attack(
            name: "a sleep that ignores signals", program: .shell("trap '' TERM INT HUP; while :; do sleep 1; done"),
            endings: [.overWallTime]),
        Attack(
            name: "CPU burned by grandchildren of many short generations",
            program: .shell("f() { i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; (f) & }; (f) & exec sleep 60"),
            endings: [.overCPUTime, .overWallTime]),
        Attack(
            name: "priority, scheduling class and affinity",
            program: .python(
                """
                import os
                for call in (
                    lambda: os.setpriority(os.PRIO_PROCESS, 0, -5),
                    lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
                    lambda: os.sched_setaffinity(0, range(1024)),
                ):
                    try: call(); print('done')
                    except OSError as error: print(error.errno in (1, 13))
                print(len(os.sched_getaffinity(0)))
                """), output: "True\nTrue\nTrue\n1\n"),
        Attack(
            name: "raising its own limits",
            program: .python(
                """
                import resource
                for name in ('CPU', 'NPROC', 'NOFILE', 'FSIZE', 'CORE', 'MEMLOCK'):
                    try:
                        resource.setrlimit(getattr(resource, 'RLIMIT_' + name), (1 << 40, 1 << 40))
                        print('raised')
                    except (ValueError, PermissionError, OverflowError): print('no')
                """), output: String(repeating: "no\n", count: 6)),
    ]
}

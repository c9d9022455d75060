import Core

extension Attack {
    static let output: [Attack] = [
        Attack(name: "endless standard output", program: .shell("yes"), endings: [.overOutput]),
        Attack(name: "endless standard error", program: .shell("yes >&2"), endings: [.overOutput]),
        Attack(
            name: "endless output by many processes", program: .shell("yes & yes >&2 & yes & yes"),
            endings: [.overOutput]),
        Attack(
            name: "slow output",
            program: .python("import time\nwhile True:\n    print('.', end='', flush=True)\n    time.sleep(0.05)"),
            endings: [.overWallTime]),
        Attack(
            name: "output, then sleep", program: .shell("echo kept; exec sleep 60"), endings: [.overWallTime],
            output: "kept\n"),
        Attack(
            name: "closed streams", program: .shell("exec <&- >&- 2>&-; sleep 0.1; exit 4"), endings: [.exited(4)],
            output: ""),
        Attack(
            name: "reading its own output pipe",
            program: .shell("echo a; timeout 1 cat < /dev/stdout > /dev/null; exit 0")),
        Attack(
            name: "a pipe made larger and full at the end",
            program: .python(
                """
                import fcntl, os
                fcntl.fcntl(1, 1031, 1 << 20)
                os.write(1, b'x' * 90000)
                """), output: String(repeating: "x", count: 90_000)),
        Attack(
            name: "waiting for input that never comes", program: .shell("read x; read y; cat; echo end"),
            output: "end\n"),
        Attack(
            name: "output that does not block, then closed",
            program: .python("import os\nos.set_blocking(1, False)\nos.write(1, b'x')\nos.close(1)\nos.close(2)"),
            output: "x"),
    ]
}

import Core
import Sandboxing
import Testing

/// A program finds the same whether its interpreter waited for it or was started for it.
@Suite(.enabled("the launcher needs root") { NativeHost.isPrivileged }, .serialized)
struct WarmEqualityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let source: String
        var files: [String: String] = [:]
        var arguments: [String] = []
        var stdin = ""
        var environment: [String: String] = [:]
        var options: [String] = []

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "a hello", source: "print('hello')\n"),
        Case(name: "nothing at all", source: ""),
        Case(
            name: "arguments", source: "import sys; print(sys.argv, sys.orig_argv)",
            arguments: ["a b", "", "ä", "-x", "\n"]),
        Case(name: "an argument of no text", source: "import sys; print(ascii(sys.argv))", arguments: ["\u{fffd}"]),
        Case(
            name: "input", source: "a = int(input('? '))\nprint(a + sum(map(int, open(0).read().split())))",
            stdin: "1\n2 3\n4\n"),
        Case(name: "the end of the input", source: "print(input())\ninput()", stdin: "line"),
        Case(name: "no input", source: "input()"),
        Case(
            name: "bytes of the input", source: "import sys\nprint(sys.stdin.buffer.read(3), sys.stdin.read())",
            stdin: "äöü\r\nx"),
        Case(
            name: "what a module finds",
            source: """
                import sys
                for name in sorted(globals()):
                    if name not in ('__builtins__', '__loader__'): print(name, globals()[name])
                print(type(__loader__), __loader__.path, __loader__.name, type(__builtins__))
                print(sorted(sys.modules)); print(sys.path); print(sorted(sys.path_importer_cache))
                print(sys.flags, sys.warnoptions, sys._xoptions, sys.getrecursionlimit(), sys.executable, sys.prefix)
                print(sorted(vars(sys))); print(vars(sys.modules['site'])['ENABLE_USER_SITE'])
                """),
        Case(
            name: "what the system shows",
            source: """
                import os, resource, signal, sys, time
                print(os.getcwd(), os.listdir('.'), os.listdir('/tmp'), os.listdir('/dev/shm'), sorted(os.environ.items()))
                print(os.getuid(), os.getpid(), os.getppid(), os.getsid(0), os.getpgid(0), oct(os.umask(0)))
                print([resource.getrlimit(kind) for kind in range(16)])
                print([signal.getsignal(number) for number in range(1, 65)])
                print([line for line in open('/proc/self/status') if line.startswith(('Sig', 'Cap', 'NoNew', 'Seccomp', 'Uid', 'Gid', 'Groups', 'Threads'))])
                print(open('/proc/self/oom_score_adj').read(), os.listdir('/proc/self/fd'), os.nice(0), os.sched_getaffinity(0) != set())
                print(open('/proc/self/cmdline').read(), os.readlink('/proc/self/exe'))
                """),
        Case(
            name: "streams",
            source: """
                import sys
                for stream in (sys.stdin, sys.stdout, sys.stderr):
                    print(stream, stream.buffer.raw.name, stream.buffer.raw.mode, stream.fileno(), stream.isatty(),
                        stream.seekable(), stream.line_buffering, stream.write_through, stream.encoding, stream.errors,
                        stream.newlines, stream is getattr(sys, '__' + stream.name.strip('<>') + '__'))
                print(sys.stdin.tell(), sys.stdin.readline(), sys.stdin.tell())
                sys.stdout.flush()
                print('to errors', file=sys.stderr, end='')
                """, stdin: "one\ntwo\n"),
        Case(name: "an exception", source: "def f(x):\n    return g(x)\n\ndef g(x):\n    return 1 / x\n\nf(0)\n"),
        Case(
            name: "an exception of an exception",
            source: "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('äö') from error\n"),
        Case(name: "an exception while another is handled", source: "try: 1 / 0\nexcept ZeroDivisionError: nobody\n"),
        Case(name: "a syntax error", source: "print('a')\nif True\n    pass\n"),
        Case(name: "bad encoding", source: "# coding: nonsense\nprint(1)\n"),
        Case(name: "a declared encoding", source: "# coding: latin-1\nprint('x')\n"),
        Case(name: "recursion without end", source: "def f(): return f()\nf()\n"),
        Case(
            name: "deep recursion",
            source: """
                import sys
                sys.setrecursionlimit(20000)
                def f(n): return 0 if n == 0 else 1 + f(n - 1)
                print(f(15000))
                """),
        Case(name: "sys.exit", source: "import sys\nprint('out')\nsys.exit(7)"),
        Case(name: "sys.exit with words", source: "import sys\nsys.exit('gone wrong')"),
        Case(name: "os._exit", source: "import os\nprint('lost')\nos._exit(9)"),
        Case(name: "atexit", source: "import atexit\natexit.register(print, 'bye')\nraise SystemExit"),
        Case(name: "a signal", source: "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)"),
        Case(name: "an interrupt", source: "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nprint('no')"),
        Case(name: "abort", source: "import os\nos.abort()"),
        Case(name: "a fault", source: "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"),
        Case(
            name: "threads",
            source: """
                import threading
                found = []
                threads = [threading.Thread(target=lambda n=n: found.append(n * n)) for n in range(8)]
                for thread in threads: thread.start()
                for thread in threads: thread.join()
                print(sorted(found), threading.main_thread() is threading.current_thread(), threading.active_count())
                """),
        Case(
            name: "an exception in a thread",
            source: "import threading\nthreading.Thread(target=lambda: 1 / 0, name='t').start()"),
        Case(
            name: "other files",
            source:
                "import helper, package.inner\nprint(helper.f(2), package.inner.__name__, helper.__file__)",
            files: ["helper.py": "def f(x): return x + 1\n", "package/inner.py": "", "package/__init__.py": ""]),
        Case(
            name: "a file named like one of Python's own",
            source: "import random, socket, resource\nprint(random.x, socket.x, resource.__name__)",
            files: ["random.py": "x = 1", "socket.py": "x = 2"]),
        Case(
            name: "an exception in another file", source: "import helper\nhelper.f()",
            files: ["helper.py": "def f():\n    raise RuntimeError('here')\n"]),
        Case(
            name: "a file that Python loads when it starts",
            source: "import sys\nprint(sys.path, 'usercustomize' in sys.modules)",
            files: [
                ".local/lib/python3.11/site-packages/usercustomize.py": "print('loaded')",
                ".local/lib/python3.11/site-packages/own.pth": "/work/elsewhere\n", "elsewhere/x.py": "",
            ], arguments: ["a", "b"]),
        Case(
            name: "a file named like the preparation's",
            source: "import sitecustomize\nprint(sitecustomize.__file__, open('.assay-warm/sitecustomize.py').read())",
            files: [".assay-warm/sitecustomize.py": "print('never')", "sitecustomize.py": "print('never')"]),
        Case(
            name: "children",
            source: """
                import subprocess, sys, os
                print(subprocess.run([sys.executable, '-c', 'import os, sys; print(sorted(os.environ), sys.path)'], capture_output=True, text=True))
                pid = os.fork()
                if pid == 0: os._exit(3)
                print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                """),
        Case(name: "the fixed hash seed", source: "print(hash('a'), {str(n) for n in range(20)})"),
        Case(
            name: "options of the language",
            source: "import sys\nassert False\nprint(sys.flags, __doc__, sys.orig_argv)",
            options: ["-OO", "-B", "-W", "error"]),
        Case(
            name: "an environment of the language",
            source: "import os\nprint(os.environ['A'], os.environ.get('PYTHONPATH'))",
            environment: ["A": "ä\n=b"]),
        Case(name: "warnings", source: "import warnings\nwarnings.warn('careful')\nopen('main.py')\n"),
        Case(
            name: "the collector",
            source: """
                import gc
                class Loop: pass
                loop = Loop(); loop.me = loop; del loop
                print(gc.isenabled(), gc.get_threshold(), gc.collect() >= 1, gc.garbage)
                """),
        Case(
            name: "many imports",
            source: """
                import collections, heapq, math, random, re, itertools, functools, json, decimal, dataclasses, socket, datetime, gc, resource
                random.seed(7)
                print(random.random(), math.pi, re.sub('a', 'b', 'banana'), json.dumps({'a': [1, 2]}), decimal.Decimal(1) / 7)
                """),
        Case(name: "long output", source: "print('a' * 300000)"),
    ]

    @Test(arguments: cases) func aProgramFindsTheSame(_ program: Case) async throws {
        let made = try WarmHost.Program(
            program.source, files: program.files, arguments: program.arguments, stdin: program.stdin,
            environment: program.environment, options: program.options)
        let fresh = try await WarmHost.run(made, isWarm: false)
        let warm = try await WarmHost.run(made, isWarm: true)
        #expect(warm.ending == fresh.ending)
        #expect(warm.stdout.text == fresh.stdout.text)
        #expect(warm.stderr.text == fresh.stderr.text)
    }
}

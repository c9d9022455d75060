#!/usr/bin/env python3
"""Measures what grading adds to the programs' own time: `measure.py PATH_OF_ASSAY [--check] [compile-once] [ping-pong]`. Needs root,
gcc and g++.

Compile-once: a C++ program with 100 tests against the same with one. Ping-pong: 10,000 rounds between a submission and an
interactor, against the same two programs on crossed pipes without sandboxes, pinned to CPUs in the same way, in turns.

`--check` repeats only until the targets are met, for five minutes at most, and ends with 1 if they are not. It takes the
least of each time: other work on the machine can only add to them.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 10_000
REPEATS = 7
# What is promised: seconds of overhead per test, and how much longer a round takes than without sandboxes.
OVERHEAD = 0.003
RATIO = 1.5
CHECK_SECONDS = 300
# Of both sides, before they are compared.
LEAST = 3

STUDENT = r"""
#include <stdio.h>
#include <unistd.h>
int main(void) {
    char line[64];
    for (int i = 0; i < %d; i++) {
        int size = snprintf(line, sizeof line, "%%d\n", i);
        if (write(1, line, size) != size) return 1;
        if (read(0, line, sizeof line) <= 0) return 2;
    }
    return 0;
}
""" % ROUNDS

JUDGE = r"""
#include <stdio.h>
#include <unistd.h>
int main(void) {
    char line[64];
    for (int i = 0; i < %d; i++) {
        if (read(0, line, sizeof line) <= 0) return 43;
        if (write(1, "ok\n", 3) != 3) return 43;
    }
    return 42;
}
""" % ROUNDS

SUM = "#include <iostream>\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }\n"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def grade(assay, task, source):
    start = time.perf_counter()
    run = subprocess.run([assay, "grade", "--json", task, source], capture_output=True, text=True)
    elapsed = time.perf_counter() - start
    assert run.stdout, run.stderr
    report = json.loads(run.stdout)
    assert report["verdict"] == "accepted", report
    return elapsed, report


def write_sums(directory):
    for count in (1, 100):
        tests = "".join(f"  - {{ input: \"{i} {i}\", expected: {2 * i} }}\n" for i in range(count))
        write(f"{directory}/sum{count}/task.yaml", f"title: Sum\nlanguages: [cpp]\ntests:\n{tests}")
    write(f"{directory}/sum.cpp", SUM)


def compile_once(assay, directory):
    write_sums(directory)
    costs, owns = [], []
    for _ in range(REPEATS):
        one, _ = grade(assay, f"{directory}/sum1", f"{directory}/sum.cpp")
        hundred, report = grade(assay, f"{directory}/sum100", f"{directory}/sum.cpp")
        own = statistics.mean(test["wall_seconds"] for test in report["tests"])
        owns.append(own)
        costs.append((hundred - one) / 99 - own)
    print(f"compile-once: own time per test {1e3 * statistics.median(owns):.2f} ms, overhead per test "
          f"{1e3 * statistics.median(costs):.2f} ms (min {1e3 * min(costs):.2f}, max {1e3 * max(costs):.2f}), n={REPEATS}")


def bare(student, judge, cpus):
    (a, b), (c, d) = os.pipe(), os.pipe()

    def pin(cpu):
        return lambda: os.sched_setaffinity(0, {cpu})

    start = time.perf_counter()
    one = subprocess.Popen([judge], stdin=a, stdout=d, preexec_fn=pin(cpus[1]))
    other = subprocess.Popen([student], stdin=c, stdout=b, preexec_fn=pin(cpus[0]))
    for descriptor in (a, b, c, d):
        os.close(descriptor)
    assert other.wait() == 0 and one.wait() == 42
    return time.perf_counter() - start


def write_pong(directory):
    write(f"{directory}/pong/task.yaml", "title: Pong\nlanguages: [c]\nlimits: { cpu: 5s, wall: 20s }\n"
          "interactive: true\nchecker: { program: judge.c }\ntests: [{ input: x }]\n")
    write(f"{directory}/pong/judge.c", JUDGE)
    write(f"{directory}/student.c", STUDENT)
    for name, source in (("student", f"{directory}/student.c"), ("judge", f"{directory}/pong/judge.c")):
        subprocess.run(["gcc", "-O2", "-o", f"{directory}/{name}", source], check=True)
    return sorted(os.sched_getaffinity(0))[:2]


def ping_pong(assay, directory):
    cpus = write_pong(directory)
    bares, sandboxed = [], []
    for _ in range(REPEATS):
        bares.append(bare(f"{directory}/student", f"{directory}/judge", cpus))
        _, report = grade(assay, f"{directory}/pong", f"{directory}/student.c")
        sandboxed.append(report["tests"][0]["wall_seconds"])
    own, ours = statistics.median(bares), statistics.median(sandboxed)
    print(f"ping-pong, {ROUNDS} rounds: bare {1e6 * own / ROUNDS:.2f} us per round, sandboxed "
          f"{1e6 * ours / ROUNDS:.2f} us, ratio {ours / own:.2f} (median of ratios "
          f"{statistics.median(s / b for s, b in zip(sandboxed, bares)):.2f}), n={REPEATS}")


def repeated(name, bound, scale, unit, figure):
    """Whether `figure`, which gets better the more it has seen, comes below `bound` in time."""
    end = time.monotonic() + CHECK_SECONDS
    for _ in range(LEAST):
        found = figure()
    while found > bound and time.monotonic() < end:
        found = figure()
    print(f"{name}: {scale * found:.2f}{unit}, promised {scale * bound:.2f}{unit}")
    return found <= bound


def check_compile_once(assay, directory):
    write_sums(directory)
    ones, hundreds, owns = [], [], []

    def overhead():
        ones.append(grade(assay, f"{directory}/sum1", f"{directory}/sum.cpp")[0])
        elapsed, report = grade(assay, f"{directory}/sum100", f"{directory}/sum.cpp")
        hundreds.append(elapsed)
        owns.append(statistics.mean(test["wall_seconds"] for test in report["tests"]))
        return (min(hundreds) - min(ones)) / 99 - min(owns)

    return repeated("overhead per test", OVERHEAD, 1e3, " ms", overhead)


def check_ping_pong(assay, directory):
    cpus = write_pong(directory)
    bares, sandboxed = [], []

    def ratio():
        bares.append(bare(f"{directory}/student", f"{directory}/judge", cpus))
        sandboxed.append(grade(assay, f"{directory}/pong", f"{directory}/student.c")[1]["tests"][0]["wall_seconds"])
        return min(sandboxed) / min(bares)

    return repeated("time of a round beside bare processes", RATIO, 1, "×", ratio)


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    assay = os.path.abspath(sys.argv[1])
    print(f"{os.cpu_count()} CPUs, Linux {os.uname().release}, load {os.getloadavg()[0]:.2f}")
    checks = "--check" in sys.argv
    which = [name for name in sys.argv[2:] if name != "--check"] or ["compile-once", "ping-pong"]
    with tempfile.TemporaryDirectory() as directory:
        if checks:
            checked = {"compile-once": check_compile_once, "ping-pong": check_ping_pong}
            sys.exit(0 if all([checked[name](assay, directory) for name in which]) else 1)
        if "compile-once" in which:
            compile_once(assay, directory)
        if "ping-pong" in which:
            ping_pong(assay, directory)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures the interfaces of Jobe and Judge0 on a running service: throughput, and what they cost over v1.

    Benchmarks/Dialects/measure.py 127.0.0.1:8080

Writes tables in Markdown. Start the service, in a release build, on a machine that does nothing else.
"""

import argparse
import collections
import concurrent.futures
import http.client
import json
import os
import statistics
import threading
import time

C = '#include <stdio.h>\nint main(void) { printf("Hello, world!\\n"); return 0; }\n'
PYTHON = 'print("Hello, world!")\n'
GREETING = "Hello, world!\n"

connections = threading.local()


def call(server, path, body):
    """Posts JSON on this thread's own connection, which is kept."""
    connection = getattr(connections, "current", None)
    if connection is None:
        connection = connections.current = http.client.HTTPConnection(server, timeout=300)
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    content = response.read()
    assert response.status in (200, 201), (response.status, content)
    return json.loads(content)


def jobe(server, language, source):
    run = {"run_spec": {"language_id": language, "sourcecode": source}}
    result = call(server, "/jobe/index.php/restapi/runs", run)
    return result["outcome"], result["stdout"] == GREETING


def throughput(server, runs, parallel):
    print(f"\n{runs} runs, {parallel} at a time:\n")
    print("| language | runs/s | median ms | slowest ms | right | overload |")
    print("|---|---|---|---|---|---|")
    for language, source in (("c", C), ("python3", PYTHON)):
        durations = []

        def one(_):
            start = time.monotonic()
            answer = jobe(server, language, source)
            durations.append(time.monotonic() - start)
            return answer

        with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
            list(pool.map(one, range(parallel)))
            durations.clear()
            start = time.monotonic()
            answers = collections.Counter(pool.map(one, range(runs)))
            elapsed = time.monotonic() - start
        right = answers[(15, True)]
        overload = sum(count for (outcome, _), count in answers.items() if outcome == 21)
        print(
            f"| {language} | {runs / elapsed:.1f} | {statistics.median(durations) * 1000:.0f} "
            f"| {max(durations) * 1000:.0f} | {right} | {overload} |")


def latency(server, rounds):
    """The same program through v1 and through Judge0, in turns, one at a time."""
    def v1():
        body = {
            "language": "python3", "files": {"main.py": PYTHON},
            "limits": {"cpu_seconds": 6, "wall_seconds": 10, "memory_bytes": 128000 * 1024},
        }
        report = call(server, "/v1/submissions?wait=60s", body)
        assert report["report"]["verdict"] == "accepted", report

    def judge0():
        body = {"language_id": 71, "source_code": PYTHON}
        result = call(server, "/judge0/submissions?wait=true", body)
        assert result["status"]["id"] == 3, result

    times = {"v1": [], "Judge0": []}
    for number in range(rounds + 5):
        for name, run in (("v1", v1), ("Judge0", judge0)):
            start = time.monotonic()
            run()
            if number >= 5:
                times[name].append((time.monotonic() - start) * 1000)
    print(f"\nPython hello, waited for, {rounds} times each in turns, ms:\n")
    print("| interface | median | p90 |")
    print("|---|---|---|")
    for name, values in times.items():
        print(f"| {name} | {statistics.median(values):.1f} | {statistics.quantiles(values, n=10)[8]:.1f} |")
    difference = statistics.median(times["Judge0"]) - statistics.median(times["v1"])
    print(f"\nJudge0 costs {difference:+.1f} ms over v1 (median).")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("server", help="host:port")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--parallel", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=50)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} CPUs, load average before: {load:.1f}")
    throughput(arguments.server, arguments.runs, arguments.parallel)
    latency(arguments.server, arguments.rounds)


if __name__ == "__main__":
    main()

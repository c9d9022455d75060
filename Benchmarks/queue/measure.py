#!/usr/bin/env python3
"""Measures the whole way of trivial submissions over HTTP: `measure.py PATH_OF_ASSAY [options]`. Needs root.

    throughput: posts N submissions over 8 connections as fast as they are taken, and waits until all are judged; the
                rate is N by the time from the first POST to the last verdict that is stored
    latency:    posts at a fixed rate with ?wait, whether or not the answers come; the time of each answer, which holds
                the report

Every accepted submission and every verdict is on disk before it counts (SQLite, synchronous=FULL). CPU time is told for
the service, and for everything else (launcher, sandboxes and their programs) together.
"""
import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

# What is handed in, each with one test. A text is printed by cat: one sandbox. Bash is also checked for its syntax first: two.
PROGRAMS = {
    "text": {"language": "text", "files": {"text.txt": "hello"}, "tests": [{"expected_stdout": "hello"}]},
    "bash": {"language": "bash", "files": {"main.sh": "echo hello"}, "tests": [{"expected_stdout": "hello"}]},
}


class Connection:
    """One keep-alive connection; http.client costs more than the service."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def ask(self, request):
        self.socket.sendall(request)
        while b"\r\n\r\n" not in self.rest:
            self._read()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"content-length: (\d+)", head, re.I)[1])
        while len(self.rest) < length:
            self._read()
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(head.split(b" ", 2)[1]), body

    def _read(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the service closed the connection")
        self.rest += piece


def request(method, path, document=None):
    body = json.dumps(document).encode() if document is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def cpu_seconds(process):
    """User and system time of one process."""
    fields = open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_seconds():
    """Time that the CPUs did anything, all together."""
    fields = [int(word) for word in open("/proc/stat").readline().split()[1:]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def throughput(port, process, count, program):
    post = request("POST", "/v1/submissions", program)
    left = iter(range(count))
    statuses = []

    def work():
        connection = Connection(port)
        for _ in left:
            status, body = connection.ask(post)
            statuses.append(status)

    began, own, all_cpus, myself = time.time(), cpu_seconds(process), machine_seconds(), time.process_time()
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    posted = time.time()
    assert statuses == [202] * count, {status: statuses.count(status) for status in set(statuses)}
    connection = Connection(port)
    while True:
        metrics = connection.ask(request("GET", "/metrics"))[1].decode()
        waiting = sum(int(value) for value in re.findall(r'^assay_submissions\{status="(?:queued|running)"\} (\d+)', metrics, re.M))
        if waiting == 0:
            break
        time.sleep(0.05)
    ended = time.time()
    verdicts = sum(int(value) for value in re.findall(r'^assay_verdicts_total\{verdict="accepted"[^}]*\} (\d+)', metrics, re.M))
    assert verdicts >= count, f"{verdicts} of {count} were accepted"
    own, myself, all_cpus = cpu_seconds(process) - own, time.process_time() - myself, machine_seconds() - all_cpus
    return {
        "submissions": count,
        "per second": round(count / (ended - began), 1),
        "posts per second": round(count / (posted - began), 1),
        "CPU ms per submission, service": round(own / count * 1000, 3),
        "CPU ms per submission, this program": round(myself / count * 1000, 3),
        "CPU ms per submission, all the rest of the machine": round((all_cpus - own - myself) / count * 1000, 3),
    }


def latency(port, rate, seconds, program):
    post = request("POST", "/v1/submissions?wait=30s", program)
    times, lock = [], threading.Lock()
    idle = [Connection(port) for _ in range(16)]

    def one():
        with lock:
            connection = idle.pop() if idle else None
        connection = connection or Connection(port)
        began = time.perf_counter()
        status, body = connection.ask(post)
        took = time.perf_counter() - began
        assert status == 200 and b'"accepted"' in body, body
        with lock:
            times.append(took)
            idle.append(connection)

    threads = []
    start = time.perf_counter()
    for number in range(int(rate * seconds)):
        time.sleep(max(0, start + number / rate - time.perf_counter()))
        threads.append(threading.Thread(target=one))
        threads[-1].start()
    for thread in threads:
        thread.join()
    times.sort()
    assert len(times) == int(rate * seconds), "some were not accepted"
    point = lambda part: round(times[min(len(times) - 1, int(part * len(times)))] * 1000, 2)
    return {"rate": rate, "requests": len(times), "p50 ms": point(0.5), "p95 ms": point(0.95), "p99 ms": point(0.99), "mean ms": round(statistics.mean(times) * 1000, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assay")
    parser.add_argument("--count", type=int, default=3000, help="submissions for the throughput")
    parser.add_argument("--rate", type=float, default=50, help="submissions a second for the latency")
    parser.add_argument("--seconds", type=float, default=10, help="length of the latency measurement")
    parser.add_argument("--perf", metavar="FILE", help="record the service with perf during the throughput")
    parser.add_argument("--set", action="append", default=[], help="a setting of the service, name=value")
    parser.add_argument("--program", choices=PROGRAMS, default="text")
    arguments = parser.parse_args()
    program = PROGRAMS[arguments.program]
    with tempfile.TemporaryDirectory(prefix="assay-queue-", dir=os.environ.get("TMPDIR", "/var/tmp")) as directory:
        settings = [part for value in arguments.set for part in ("--set", value)]
        service = subprocess.Popen(
            [arguments.assay, "serve", "--listen", "127.0.0.1:0", "--data", directory + "/data", "--log-level", "warning",
             "--set", "cgroup=assay-measure", "--set", "uid-base=1900000000", *settings],
            stdout=subprocess.PIPE, text=True)
        try:
            port = None
            for line in service.stdout:
                found = re.search(r"listens on http://127.0.0.1:(\d+)", line)
                port = int(found[1]) if found else port
                if "/v1/submissions?wait" in line:
                    break
            latency(port, 20, 1, program)
            print("load average", os.getloadavg()[0], flush=True)
            print(json.dumps(latency(port, arguments.rate, arguments.seconds, program)), flush=True)
            recorder = None
            if arguments.perf:
                recorder = subprocess.Popen(["perf", "record", "-q", "-g", "-F", "499", "-o", arguments.perf, "-p", str(service.pid)])
            print(json.dumps(throughput(port, service.pid, arguments.count, program)), flush=True)
            if recorder:
                recorder.send_signal(2)
                recorder.wait()
        finally:
            service.terminate()
            service.wait(30)


if __name__ == "__main__":
    sys.exit(main())

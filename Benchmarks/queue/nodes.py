#!/usr/bin/env python3
"""Compares one SQLite node with two PostgreSQL nodes on one machine: `nodes.py PATH_OF_ASSAY [SUBMISSIONS [ROUNDS]]`. Needs
root and Debian's postgresql.

Each round posts SUBMISSIONS trivial submissions (2000) over 16 connections, first to one, then to the other, and counts
the time until the last verdict is stored. Durability is on in both: SQLite synchronises every commit, PostgreSQL has its
defaults. Then it measures, on the PostgreSQL nodes, how long a submission waits for a node that another one told of it.
"""
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
CONNECTIONS = 16
BODY = json.dumps({"language": "text", "files": {"text.txt": "1"}, "tests": [{"expected_stdout": "1"}]})


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Postgres:
    def __init__(self, directory):
        self.data = f"{directory}/postgres"
        self.port = free_port()
        os.makedirs(self.data)
        shutil.chown(self.data, "postgres")
        self.run("initdb", "--pgdata", self.data, "--auth", "trust", "--username", "assay", "--encoding", "UTF8")
        with open(f"{self.data}/postgresql.conf", "a") as file:
            file.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\n")
        self.run("pg_ctl", "start", "--pgdata", self.data, "--wait", "--silent", "--log", f"{self.data}/log")
        self.psql("CREATE DATABASE grading", "postgres")
        self.url = f"postgres://assay@127.0.0.1:{self.port}/grading"

    def run(self, program, *arguments):
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", f"{BINARIES}/{program}", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def psql(self, sql, database="grading"):
        command = [f"{BINARIES}/psql", "-qAtc", sql, f"postgres://assay@127.0.0.1:{self.port}/{database}"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def cpu(self):
        """Seconds of CPU that the server and the processes of its connections have used."""
        postmaster = open(f"{self.data}/postmaster.pid").readline().strip()
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[1] == postmaster or stat.parent.name == postmaster:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.run("pg_ctl", "stop", "--pgdata", self.data, "--wait", "--silent", "--mode", "fast")


class Node:
    made = 0

    def __init__(self, assay, directory, **settings):
        Node.made += 1
        name = f"node-{Node.made}"
        path = f"{directory}/{name}"
        os.makedirs(path)
        settings = {
            "data": f"{path}/data", "node": name, "cgroup": f"assay-nodes-{os.getpid()}-{Node.made}",
            "uid-base": 1_200_000_000 + 10_000 * Node.made, "languages": f"{directory}/languages",
            "queue-submissions": 100_000, **settings}
        command = [assay, "serve", "--listen", "127.0.0.1:0", "--log-level", "warning"]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        output = open(f"{path}/out", "w")
        self.process = subprocess.Popen(command, stdout=output, stderr=open(f"{path}/err", "w"))
        while True:
            match = re.search(r"listens on http://127.0.0.1:(\d+)", pathlib.Path(f"{path}/out").read_text())
            if match:
                self.port = int(match.group(1))
                return
            assert self.process.poll() is None, pathlib.Path(f"{path}/err").read_text()
            time.sleep(0.02)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def get(self, path):
        connection = self.connect()
        connection.request("GET", path)
        answer = connection.getresponse().read()
        connection.close()
        return json.loads(answer)

    def open_count(self):
        return sum(len(self.get(f"/v1/submissions?status={status}&limit=1")["submissions"])
                   for status in ("queued", "running"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def post(node, count):
    connection = node.connect()
    for _ in range(count):
        connection.request("POST", "/v1/submissions", BODY, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 202, answer.status
    connection.close()


def throughput(nodes, count):
    """Submissions per second, from the first post to the last verdict stored."""
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        clients = [pool.submit(post, nodes[index % len(nodes)], count // CONNECTIONS) for index in range(CONNECTIONS)]
        for client in clients:
            client.result()
    while nodes[0].open_count():
        time.sleep(0.05)
    return count // CONNECTIONS * CONNECTIONS / (time.perf_counter() - start)


def wake(front, count=100):
    """Milliseconds from the post on one node to its verdict by another, one at a time."""
    connection = front.connect()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        connection.request("POST", "/v1/submissions?wait=30s", BODY, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        verdict = json.loads(answer.read())["report"]["verdict"]
        assert verdict == "accepted", verdict
        times.append(1e3 * (time.perf_counter() - start))
    connection.close()
    return times


def shown(name, rates):
    print(f"{name}: {statistics.median(rates):.0f} submissions/s (min {min(rates):.0f}, max {max(rates):.0f}, n={len(rates)})",
          flush=True)


def main():
    assay = sys.argv[1]
    # So that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with tempfile.TemporaryDirectory(prefix="assay-nodes-") as directory:
        os.chmod(directory, 0o755)
        os.makedirs(f"{directory}/languages")
        shutil.copy(CHECKOUT / "Languages/text.yaml", f"{directory}/languages")
        postgres = Postgres(directory)
        nodes = []
        try:
            one, two, database = [], [], []
            for _ in range(rounds):
                nodes = [Node(assay, directory)]
                throughput(nodes, 200)
                one.append(throughput(nodes, count))
                nodes.pop().stop()
                nodes = [Node(assay, directory, database=postgres.url) for _ in range(2)]
                throughput(nodes, 200)
                before = postgres.cpu()
                two.append(throughput(nodes, count))
                database.append(1e3 * (postgres.cpu() - before) / count)
                while nodes:
                    nodes.pop().stop()
                print(f"one {one[-1]:.0f}/s, two {two[-1]:.0f}/s", flush=True)
            shown("one SQLite node", one)
            shown("two PostgreSQL nodes", two)
            print(f"PostgreSQL: {statistics.median(database):.2f} ms of CPU per submission", flush=True)
            print(f"ratio of the medians: {statistics.median(two) / statistics.median(one):.2f}", flush=True)
            nodes = [Node(assay, directory, database=postgres.url, role="worker")]
            nodes.append(Node(assay, directory, database=postgres.url, role="api"))
            wake(nodes[1], 20)
            times = sorted(wake(nodes[1]))
            print(f"post on a node that only takes, verdict by one that only grades, one at a time: "
                  f"p50 {times[50]:.1f} ms, p90 {times[90]:.1f} ms, longest {times[-1]:.1f} ms")
        finally:
            for node in nodes:
                node.stop()
            postgres.stop()


if __name__ == "__main__":
    main()

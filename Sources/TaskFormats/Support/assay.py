"""Runs the student's program, in a sandbox of its own, from a grader.

The grader's descriptor 3 is a socket to the service. `run` gives everything at once and waits; `start` connects pipes,
for programs that are talked to while they run. What a run may use is the lesser of what is asked for here and what the
task allows.
"""
import array
import io
import itertools
import json
import os
import socket
import stat
import struct

CONTROL = int(os.environ.get("ASSAY_CONTROL", "3"))
_BUNDLE = struct.Struct("<II")
_ENTRY = struct.Struct("<IIQ")
_MAGIC = 0x79617361
_numbers = itertools.count(1)


class Unavailable(Exception):
    """The service did not run it, and says why."""


class Result:
    """How a run ended: `ending` is exited, signalled, over-cpu-time, over-wall-time, over-memory, over-output or
    cancelled; `code` the exit code or the signal; `cpu` and `wall` seconds; `memory` bytes."""

    def __init__(self, answer, descriptors):
        self.ending = answer["ending"]
        self.code = answer.get("code")
        self.cpu = answer["cpu"]
        self.wall = answer["wall"]
        self.memory = answer["memory"]
        self.stdout_truncated = answer.get("stdout_truncated", False)
        self.stderr_truncated = answer.get("stderr_truncated", False)
        contents = {name: _read(fd) for name, fd in zip(answer["descriptors"], descriptors)}
        self.stdout = contents.get("stdout", b"")
        self.stderr = contents.get("stderr", b"")
        self.files = _unpack(contents["files"]) if "files" in contents else {}

    @property
    def ok(self):
        return self.ending == "exited" and self.code == 0

    def __repr__(self):
        return f"Result(ending={self.ending!r}, code={self.code!r}, stdout={self.stdout[:60]!r})"


class Process:
    """A run under way: `stdin` and `stdout` are binary files, unbuffered and buffered."""

    def __init__(self, waiting, stdin, stdout):
        self._waiting = waiting
        self.stdin = stdin
        self.stdout = stdout
        self._result = None

    def wait(self):
        """Closes the program's input and waits for its end."""
        self.stdin.close()
        if self._result is None:
            self._result = self._waiting.wait()
        return self._result


def run(args=(), stdin=b"", **options):
    """Runs the student's program with `args` and waits. Options: command (runs that in place of the program), cpu,
    wall (seconds), memory (bytes), environment, files (a dictionary of paths and bytes for its work directory), collect
    (whether Result.files shall hold its work directory afterwards), network."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    connect = {}
    if stdin:
        connect["stdin"] = _memory_file("stdin", stdin)
    return _Waiting(args, connect, options).wait()


def start(args=(), **options):
    """Starts the student's program with its standard input and output connected to pipes. Options as for `run`."""
    input_end, input_pipe = os.pipe()
    output_pipe, output_end = os.pipe()
    waiting = _Waiting(args, {"stdin": input_end, "stdout": output_end}, options)
    return Process(waiting, io.FileIO(input_pipe, "w"), io.BufferedReader(io.FileIO(output_pipe, "r")))


def connect(args, streams, **options):
    """Runs with the descriptors in `streams` (stdin, stdout, stderr), which stay open here, and waits."""
    return _Waiting(args, {name: os.dup(fd) for name, fd in streams.items()}, options).wait()


class _Waiting:
    def __init__(self, args, connect, options):
        options = dict(options)
        files = options.pop("files", None)
        request = {"id": next(_numbers), "args": [str(a) for a in args], "connect": list(connect)}
        descriptors = list(connect.values())
        if files is not None:
            request["files"] = True
            descriptors.append(_memory_file("files", _pack(files)))
        request.update({name: value for name, value in options.items() if value is not None})
        # Each request brings the socket for its answer, so that processes of one grader do not take each other's.
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        descriptors.insert(0, theirs.detach())
        control = socket.socket(fileno=os.dup(CONTROL))
        try:
            control.sendmsg(
                [json.dumps(request).encode()],
                [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))])
        except OSError as error:
            raise Unavailable(f"the service does not listen: {error}") from None
        finally:
            control.close()
            for descriptor in descriptors:
                os.close(descriptor)

    def wait(self):
        message, ancillary, _, _ = self._socket.recvmsg(1 << 16, socket.CMSG_SPACE(4 * 8))
        self._socket.close()
        descriptors = array.array("i")
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
        if not message:
            raise Unavailable("the service gave no answer")
        answer = json.loads(message)
        if "error" in answer:
            raise Unavailable(answer["error"])
        return Result(answer, descriptors)


def report(score, verdict=None, feedback=None, tests=(), tags=None, values=None, state=None, artefacts=(), format=None):
    """Writes result.json: `score` from 0 to 1; `tests` a list of dictionaries with name, verdict, points,
    maximum_points, message and visibility (sample or hidden)."""
    result = {"score": score, "tests": list(tests), "artefacts": list(artefacts)}
    for name, value in [
        ("verdict", verdict), ("feedback", feedback), ("tags", tags), ("values", values), ("state", state),
        ("format", format),
    ]:
        if value is not None:
            result[name] = value
    path = os.path.join(os.environ.get("HOME", "/work"), "result.json")
    with open(path + ".new", "w") as file:
        json.dump(result, file)
    os.rename(path + ".new", path)


def _memory_file(name, contents):
    descriptor = os.memfd_create(name)
    view = memoryview(contents)
    while view:
        view = view[os.write(descriptor, view):]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _read(descriptor):
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read()


def _pack(files):
    parts = [_BUNDLE.pack(_MAGIC, len(files))]
    for path, contents in files.items():
        executable = 0
        if isinstance(contents, tuple):
            contents, executable = contents
        if isinstance(contents, str):
            contents = contents.encode()
        name = path.encode()
        parts += [_ENTRY.pack(len(name), 1 if executable else 0, len(contents)), name, contents]
    return b"".join(parts)


def _unpack(data):
    files = {}
    magic, count = _BUNDLE.unpack_from(data)
    if magic != _MAGIC:
        raise Unavailable("the service sent files that cannot be read")
    offset = _BUNDLE.size
    for _ in range(count):
        size, flags, length = _ENTRY.unpack_from(data, offset)
        offset += _ENTRY.size
        name = data[offset:offset + size].decode("utf-8", "surrogateescape")
        offset += size
        files[name] = (bytes(data[offset:offset + length]), bool(flags & 1))
        offset += length
    return files


def read_tree(directory):
    """The regular files below `directory`, as `files` wants them."""
    files = {}
    for parent, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(parent, name)
            status = os.lstat(path)
            if stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    files[os.path.relpath(path, directory)] = (file.read(), bool(status.st_mode & 0o111))
    return files


def write_tree(directory, files):
    """Writes what a run left below `directory`. The names come from the student's side: none may lead elsewhere, and
    nothing that is a link is followed."""
    for path, (contents, executable) in files.items():
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts):
            continue
        parent = directory
        for part in parts[:-1]:
            parent = os.path.join(parent, part)
            if os.path.islink(parent):
                os.unlink(parent)
            os.makedirs(parent, exist_ok=True)
        target = os.path.join(parent, parts[-1])
        if os.path.lexists(target):
            if os.path.isdir(target) and not os.path.islink(target):
                continue
            os.unlink(target)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755 if executable else 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(contents)

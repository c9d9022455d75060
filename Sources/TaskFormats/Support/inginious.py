"""The commands that graders of INGInious tasks use, written anew for this service.

One file for all: it is called by the name of a command, and `from inginious import …` finds the same as functions.
"""
import json
import os
import random as _random
import re
import shutil
import stat
import sys

import assay

HOME = os.environ.get("HOME", "/work")
STATE = os.path.join(HOME, ".assay")
FEEDBACK = os.path.join(STATE, "feedback.json")
INPUT = os.path.join(STATE, "input")
SETTINGS = os.path.join(STATE, "task.json")
RESULTS = ("success", "failed", "timeout", "overflow", "crash")


def _load():
    try:
        with open(FEEDBACK) as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def _store(value):
    os.makedirs(STATE, exist_ok=True)
    with open(FEEDBACK + ".new", "w") as file:
        json.dump(value, file)
    os.rename(FEEDBACK + ".new", FEEDBACK)


# feedback ------------------------------------------------------------------------------------------------------------

def set_global_result(result):
    """success, failed, timeout, overflow or crash."""
    if result not in RESULTS:
        raise ValueError(f"{result} is no result")
    value = _load()
    value["result"] = result
    _store(value)


def set_problem_result(result, problem):
    if result not in RESULTS:
        raise ValueError(f"{result} is no result")
    value = _load()
    value.setdefault("problems", {}).setdefault(problem, {})["result"] = result
    _store(value)


def set_grade(grade):
    value = _load()
    value["grade"] = min(max(float(grade), 0), 100)
    _store(value)


def set_global_feedback(text, append=False):
    value = _load()
    value["text"] = (value.get("text", "") if append else "") + text
    _store(value)


def set_problem_feedback(text, problem, append=False):
    value = _load()
    entry = value.setdefault("problems", {}).setdefault(problem, {})
    entry["text"] = (entry.get("text", "") if append else "") + text
    _store(value)


def set_state(state):
    value = _load()
    value["state"] = str(state)
    _store(value)


def set_custom_value(name, content):
    value = _load()
    value.setdefault("custom", {})[name] = content
    _store(value)


def set_tag(tag, result):
    value = _load()
    value.setdefault("tests", {})[tag] = bool(result)
    _store(value)


def tag(name, result):
    set_tag(name, result)


def set_feedback_from_tpl(template, variables, problem=None, append=False):
    language = get_input("@lang")
    for name in (template, f"{template}.{language}.tpl", f"{template}.tpl"):
        if os.path.isfile(name):
            break
    else:
        raise FileNotFoundError(f"there is no template {template}")
    with open(name) as file:
        text = file.read()
    for name, content in variables.items():
        text = text.replace("{{" + name + "}}", str(content)).replace("{{ " + name + " }}", str(content))
    if problem is None:
        set_global_feedback(text, append)
    else:
        set_problem_feedback(text, problem, append)


# input ---------------------------------------------------------------------------------------------------------------

def _settings():
    try:
        with open(SETTINGS) as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def _answer(problem):
    """The student's answer: the submission's file of that name, of answers/NAME, the one file of the directory NAME, or
    the only file of the submission where the task has one problem."""
    for path in (os.path.join(INPUT, "answers", problem), os.path.join(INPUT, problem)):
        if os.path.isfile(path):
            return os.path.basename(path), path
        if os.path.isdir(path):
            names = sorted(os.listdir(path))
            if len(names) == 1:
                return names[0], os.path.join(path, names[0])
    files = [os.path.join(parent, name) for parent, _, names in os.walk(INPUT) for name in names]
    asked = [name for name, kind in _settings().get("problems", {}).items() if kind in ("code", "file")]
    if len(files) == 1 and asked == [problem]:
        return os.path.basename(files[0]), files[0]
    return None


def _about():
    try:
        with open(os.path.join(STATE, "about.json")) as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def get_input(name):
    """`problem`, `problem:filename`, `problem:value`, or one of @username, @email, @lang, @random, @state, @attempts."""
    if name.startswith("@"):
        if name == "@random":
            if "random" in _about():
                return _about()["random"]
            # By the same seed, so that all commands of one grading see the same numbers.
            numbers = _random.Random(_about().get("seed"))
            return [numbers.random() for _ in range(_settings().get("random", 0))]
        return _about().get(name[1:], {"attempts": "1", "lang": "en", "state": ""}.get(name[1:], ""))
    problem, _, part = name.partition(":")
    found = _answer(problem)
    if found is None:
        raise KeyError(f"there is no answer to {problem}")
    if part == "filename":
        return found[0]
    with open(found[1], "rb") as file:
        contents = file.read()
    if part == "value" or _settings().get("problems", {}).get(problem) == "file":
        return contents
    return contents.decode("utf-8", "replace")


def parse_template(source, output=None):
    """Replaces @prefix@problem@suffix@ by the answer, each of its lines with prefix and suffix."""
    with open(source) as file:
        text = file.read()

    def replace(match):
        prefix, problem, suffix = match.groups()
        answer = get_input(problem)
        if isinstance(answer, bytes):
            answer = answer.decode("utf-8", "replace")
        return "\n".join(prefix + line + suffix for line in answer.split("\n"))

    text = re.sub(r"@([^@\n]*)@([A-Za-z0-9_\-:]+)@([^@\n]*)@", replace, text)
    with open(output or source, "w") as file:
        file.write(text)


def init():
    """Of the module `lang`, which translates; texts are as they are here."""


def get_lang():
    return get_input("@lang")


# text ----------------------------------------------------------------------------------------------------------------

def indent_block(amount, text, character="\t"):
    lines = text.split("\n")
    if amount >= 0:
        return "\n".join(character * amount + line for line in lines)
    return "\n".join(re.sub(f"^{re.escape(character)}{{0,{-amount}}}", "", line) for line in lines)


def get_codeblock(language, text):
    return f"\n\n.. code-block:: {language}\n\n" + indent_block(1, text) + "\n\n"


def get_imageblock(path, format=""):
    import base64
    with open(path, "rb") as file:
        data = base64.b64encode(file.read()).decode()
    return f"\n\n.. image:: data:image/{format or path.rsplit('.', 1)[-1]};base64,{data}\n\n"


def get_admonition(css_class, title, body):
    return f"\n\n.. admonition:: {title}\n\t:class: alert alert-{css_class}\n\n" + indent_block(1, body) + "\n\n"


# the student's side --------------------------------------------------------------------------------------------------

UNAVAILABLE, OUT_OF_MEMORY, TIMEOUT, INTERNAL = 251, 252, 253, 254


def _student_files():
    files = {}
    for source, target in (
        (os.path.join(HOME, "course/common/student"), "course/common/student"),
        (os.path.join(HOME, "task/systemfiles"), "task/systemfiles"),
        (os.path.join(HOME, "task/student"), "task/student"),
    ):
        for path, contents in assay.read_tree(source).items():
            files[target + "/" + path] = contents
    if not any(path.startswith("task/student/") for path in files):
        files["task/student/.directory"] = b""
    return files


def _exit_code(result):
    if result.ending == "exited":
        return result.code
    if result.ending == "signalled":
        return 128 + result.code
    if result.ending == "over-memory":
        return OUT_OF_MEMORY
    if result.ending in ("over-cpu-time", "over-wall-time", "over-output"):
        return TIMEOUT
    return INTERNAL


def _run(command, streams, time=0, hard_time=0, memory=0, share_network=False):
    """Runs `command` where only the student's directory is, and brings back what it changed there."""
    options = {
        "command": ["sh", "-c", 'cd /task/student && exec "$@"', "sh"] + list(command),
        "files": _student_files(), "collect": True, "cpu": time or None, "wall": hard_time or None,
        "memory": memory * 1000000 or None, "network": share_network or None,
    }
    result = assay.connect([], streams, **options) if streams else assay.run([], **options)
    prefix = "task/student/"
    assay.write_tree(
        os.path.join(HOME, "task/student"),
        {path[len(prefix):]: contents for path, contents in result.files.items()
         if path.startswith(prefix) and path != prefix + ".directory"})
    return result


def _is_pipe(descriptor):
    return stat.S_ISFIFO(os.fstat(descriptor).st_mode)


def _is_here(container):
    return container in (None, "", "default", _settings().get("environment"))


def run_student(cmd, container=None, time_limit=0, hard_time_limit=0, memory_limit=0, share_network=False,
                working_dir=None, stdin=None, stdout=None, stderr=None, signal_handler_callback=None,
                ssh=False, start_student_container=True, teardown_script=None, run_as_root=False, **_):
    """Runs a command in the student's sandbox; its exit code, or 251 to 254."""
    import shlex
    if ssh or run_as_root or not _is_here(container):
        return UNAVAILABLE
    command = shlex.split(cmd) if isinstance(cmd, str) else list(cmd)
    given = {"stdin": stdin, "stdout": stdout, "stderr": stderr}
    numbers = {}
    for index, (name, stream) in enumerate(given.items()):
        if stream is None:
            numbers[name] = index
        elif isinstance(stream, int):
            numbers[name] = stream
        else:
            stream.flush() if name != "stdin" else None
            numbers[name] = stream.fileno()
    return _run_on(command, numbers, time_limit, hard_time_limit, memory_limit, share_network)


def run_student_simple(cmd, cmd_input=None, container=None, time_limit=0, hard_time_limit=0, memory_limit=0,
                       share_network=False, working_dir=None, stdout_encoding="utf-8", **_):
    """As `run_student`, with the input given and the output returned: (standard output, standard error, exit code)."""
    import shlex
    if not _is_here(container):
        return "", "", UNAVAILABLE
    command = shlex.split(cmd) if isinstance(cmd, str) else list(cmd)
    data = cmd_input.encode() if isinstance(cmd_input, str) else (cmd_input or b"")
    try:
        descriptor = assay._memory_file("stdin", data)
        try:
            result = _run(command, {"stdin": descriptor}, time_limit, hard_time_limit, memory_limit, share_network)
        finally:
            os.close(descriptor)
    except assay.Unavailable:
        return "", "", UNAVAILABLE
    return (result.stdout.decode(stdout_encoding, "replace"), result.stderr.decode(stdout_encoding, "replace"),
            _exit_code(result))


def _run_on(command, numbers, time, hard_time, memory, share_network):
    streams, opened, captured = {}, [], {}
    try:
        if _is_pipe(numbers["stdin"]):
            streams["stdin"] = numbers["stdin"]
        else:
            # A file of the grader's does not go to the student's side; what is in it does.
            status = os.fstat(numbers["stdin"])
            data = b""
            if stat.S_ISREG(status.st_mode):
                with os.fdopen(os.dup(numbers["stdin"]), "rb") as file:
                    data = file.read()
            streams["stdin"] = assay._memory_file("stdin", data)
            opened.append(streams["stdin"])
        for name in ("stdout", "stderr"):
            if _is_pipe(numbers[name]):
                streams[name] = numbers[name]
            else:
                captured[name] = numbers[name]
        result = _run(command, streams, time, hard_time, memory, share_network)
        for name, descriptor in captured.items():
            data = memoryview(getattr(result, name))
            while data:
                data = data[os.write(descriptor, data):]
        return _exit_code(result)
    except assay.Unavailable:
        return UNAVAILABLE
    finally:
        for descriptor in opened:
            os.close(descriptor)


def archive(directory):
    target = os.path.join(STATE, "archive")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(directory, target, symlinks=True)


# commands ------------------------------------------------------------------------------------------------------------

def _text(arguments, rest):
    text = arguments.get("-m")
    if text is None:
        text = " ".join(rest) if rest else sys.stdin.read()
    return text.encode().decode("unicode_escape") if arguments.get("-e") else text


def _parse(words, flags="", values=(), long=None):
    """Options as the commands have them; what is left."""
    found, rest = {}, []
    long = long or {}
    words = list(words)
    while words:
        word = words.pop(0)
        word = long.get(word, word)
        if word == "--":
            rest += words
            break
        if word in values:
            if not words:
                raise SystemExit(f"{word} needs a value")
            found[word] = words.pop(0)
        elif word.startswith("-") and len(word) > 1 and all(letter in flags for letter in word[1:]):
            for letter in word[1:]:
                found["-" + letter] = True
        else:
            rest.append(word)
    return found, rest


_LONG = {"--id": "-i", "--message": "-m", "--append": "-a", "--escape": "-e", "--json": "-j", "--output": "-o",
         "--outdir": "-o"}


def _feedback_result(words):
    options, rest = _parse(words, "", ("-i",), _LONG)
    set_problem_result(rest[0], options["-i"]) if "-i" in options else set_global_result(rest[0])


def _feedback_msg(words):
    options, rest = _parse(words, "ae", ("-i", "-m"), _LONG)
    text, append = _text(options, rest), bool(options.get("-a"))
    set_problem_feedback(text, options["-i"], append) if "-i" in options else set_global_feedback(text, append)


def _feedback_msg_tpl(words):
    options, rest = _parse(words, "ae", ("-i",), _LONG)
    variables = dict(word.split("=", 1) for word in rest[1:] if "=" in word)
    set_feedback_from_tpl(rest[0], variables, options.get("-i"), bool(options.get("-a")))


def _feedback_custom(words):
    options, rest = _parse(words, "j", (), _LONG)
    set_custom_value(rest[0], json.loads(rest[1]) if options.get("-j") else rest[1])


def _truth(word):
    return word.lower() in ("true", "1", "yes", "success")


def _tag(words):
    set_tag(words[0], _truth(words[1]) if len(words) > 1 else True)


def _getinput(words):
    value = get_input(words[0])
    if isinstance(value, bytes):
        sys.stdout.buffer.write(value)
    else:
        print(value if isinstance(value, str) else json.dumps(value), end="")


def _parsetemplate(words):
    options, rest = _parse(words, "", ("-o",), _LONG)
    parse_template(rest[0], options.get("-o"))


def _rst_code(words):
    options, rest = _parse(words, "", ("-l", "-c"), {"--language": "-l", "--code": "-c"})
    print(get_codeblock(options.get("-l", ""), options.get("-c") or (rest[0] if rest else sys.stdin.read())), end="")


def _rst_image(words):
    options, rest = _parse(words, "", ("-f",), {"--format": "-f"})
    print(get_imageblock(rest[0], options.get("-f", "")), end="")


def _rst_msgblock(words):
    options, rest = _parse(words, "ae", ("-c", "-t", "-m"), {"--class": "-c", "--title": "-t", "--message": "-m"})
    print(get_admonition(options.get("-c", "info"), options.get("-t", ""), _text(options, rest)), end="")


def _rst_indent(words):
    options, rest = _parse(words, "e", ("-c", "-m"), {"--indent-char": "-c", "--message": "-m"})
    amount = int(rest.pop(0)) if rest and re.fullmatch(r"[+-]?\d+", rest[0]) else 1
    print(indent_block(amount, _text(options, rest), options.get("-c", "\t")), end="")


def _archive(words):
    options, rest = _parse(words, "", ("-o",), _LONG)
    archive(options.get("-o") or rest[0])


def _run_student(words):
    values = ("--container", "--time", "--hard-time", "--memory", "--teardown-script")
    options, words = {}, list(words)
    while words and words[0].startswith("--"):
        word = words.pop(0)
        if word == "--":
            break
        name, _, value = word.partition("=")
        if name in values:
            options[name] = value if value else words.pop(0)
        else:
            options[name] = True
    sys.stdout.flush()
    if not _is_here(options.get("--container")):
        print(f"run_student: there is no container {options['--container']}", file=sys.stderr)
        sys.exit(UNAVAILABLE)
    code = _run_on(
        words, {"stdin": 0, "stdout": 1, "stderr": 2}, float(options.get("--time", 0)),
        float(options.get("--hard-time", 0)), int(options.get("--memory", 0)), "--share-network" in options)
    if "--teardown-script" in options:
        _run_on(["sh", "-c", options["--teardown-script"]], {"stdin": 0, "stdout": 1, "stderr": 2}, 0, 0, 0, False)
    sys.exit(code)


COMMANDS = {
    "feedback-result": _feedback_result, "feedback-grade": lambda words: set_grade(words[0]),
    "feedback-msg": _feedback_msg, "feedback-msg-tpl": _feedback_msg_tpl, "feedback-custom": _feedback_custom,
    "feedback-state": lambda words: set_state(" ".join(words)), "tag": _tag, "tag-set": _tag, "getinput": _getinput,
    "parsetemplate": _parsetemplate, "rst-code": _rst_code, "rst-image": _rst_image, "rst-msgblock": _rst_msgblock,
    "rst-indent": _rst_indent, "archive": _archive, "run_student": _run_student,
}


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        raise SystemExit(f"usage: one of {', '.join(COMMANDS)}")
    try:
        COMMANDS[sys.argv[1]](sys.argv[2:])
    except (KeyError, ValueError, IndexError, OSError) as error:
        raise SystemExit(f"{sys.argv[1]}: {error}")
    except assay.Unavailable as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        sys.exit(UNAVAILABLE)


if __name__ == "__main__":
    main()

"""A client of Jobe that works as Moodle's CodeRunner does. Argument: host and port of the service.

It sends a run with the names of its files only, sends the files themselves when the server lacks them, and runs again.
"""

import base64
import hashlib
import http.client
import json
import sys
import unittest

SERVER = ""
PREFIX = "/jobe/index.php/restapi"


def call(method, path, body=None):
    connection = http.client.HTTPConnection(SERVER, timeout=60)
    headers = {"Accept": "application/json", "X-API-KEY": "moodle"}
    if body is not None:
        headers["Content-Type"] = "application/json; charset=utf-8"
        body = json.dumps(body)
    connection.request(method, PREFIX + path, body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, json.loads(content) if content else None


class Question:
    """What a question's template and a student's answer come to."""

    def __init__(self):
        self.requests = []

    def request(self, method, path, body=None):
        status, content = call(method, path, body)
        self.requests.append((method, status))
        return status, content

    def run(self, language, source, stdin="", files=None, parameters=None):
        files = files or {}
        ids = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
        specification = {
            "language_id": language, "sourcecode": source, "sourcefilename": "__tester__." + language[:2],
            "input": stdin, "jobeserver": SERVER, "file_list": [[ids[name], name] for name in files],
            "parameters": parameters or {"cputime": 3, "memorylimit": 200},
        }
        status, result = self.request("POST", "/runs", {"run_spec": specification})
        if status == 404:
            for name, content in files.items():
                body = {"file_contents": base64.b64encode(content).decode()}
                sent, _ = self.request("PUT", "/files/" + ids[name], body)
                assert sent == 204, sent
            status, result = self.request("POST", "/runs", {"run_spec": specification})
        assert status == 200, (status, result)
        return result


class CodeRunner(unittest.TestCase):
    def test_languages(self):
        status, languages = call("GET", "/languages")
        self.assertEqual(status, 200)
        self.assertIn("python3", dict(languages))

    def test_files_are_sent_once(self):
        content = b"some data " + hashlib.md5(SERVER.encode()).digest()
        source = "import hashlib\nprint(hashlib.md5(open('support.bin', 'rb').read()).hexdigest())"
        first = Question()
        result = first.run("python3", source, files={"support.bin": content})
        self.assertEqual([method for method, _ in first.requests], ["POST", "PUT", "POST"])
        self.assertEqual(result["outcome"], 15)
        self.assertEqual(result["stdout"].strip(), hashlib.md5(content).hexdigest())
        second = Question()
        second.run("python3", source, files={"support.bin": content})
        self.assertEqual(second.requests, [("POST", 200)])

    def test_a_template_that_runs_a_students_program(self):
        student = "def square(x):\n    return x * x\n"
        template = "\n".join([
            "import json, subprocess",
            "open('answer.py', 'w').write(" + repr(student + "print(square(7))\n") + ")",
            "done = subprocess.run(['python3', 'answer.py'], capture_output=True, text=True)",
            "print(json.dumps({'fraction': 1.0 if done.stdout == '49\\n' else 0.0, 'got': done.stdout}))",
        ])
        result = Question().run("python3", template)
        self.assertEqual(json.loads(result["stdout"]), {"fraction": 1.0, "got": "49\n"})

    def test_a_c_question(self):
        source = '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d\\n", n * n); return 0; }'
        result = Question().run("c", source, stdin="12")
        self.assertEqual((result["outcome"], result["stdout"]), (15, "144\n"))
        result = Question().run("c", source.replace("return 0;", "return 0"))
        self.assertEqual(result["outcome"], 11)
        self.assertIn("__tester__.c", result["cmpinfo"])


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)

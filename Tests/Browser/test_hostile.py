"""What a student's program writes is text, whatever it looks like."""

import json
import urllib.request

from conftest import remove_tests, run, write_program
from playwright.sync_api import expect

PAYLOAD = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=2</script><svg onload=window.pwned=3></svg><b>bold</b>"


def post(service, body):
    request = urllib.request.Request(
        f"{service.url}v1/submissions?wait=20s", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def check(page):
    assert page.evaluate("window.pwned") is None
    expect(page.locator("main img, main script, main b:text-is('bold')")).to_have_count(0)


def test_output_on_every_channel(browser):
    page = browser.open()
    write_program(page, f"import sys\nprint({PAYLOAD!r})\nsys.stderr.write({PAYLOAD!r})\n")
    report = run(page)
    assert PAYLOAD in report.inner_text().replace("·", " ")
    check(page)
    remove_tests(page)
    report = run(page)
    assert report.inner_text().count(PAYLOAD) == 2
    check(page)


def test_compiler_output(browser):
    page = browser.open()
    page.locator(".language-select").select_option("c")
    write_program(page, f"#error {PAYLOAD}\n")
    assert PAYLOAD in run(page).inner_text()
    check(page)


def test_names_and_notes(browser, service):
    submission = post(
        service,
        {
            "language": "python3",
            "files": {"main.py": "print(1)"},
            "tests": [{"name": PAYLOAD[:128], "expected_stdout": "2"}],
            "metadata": {PAYLOAD[:60]: PAYLOAD},
        },
    )
    page = browser.open(f"#/submissions/{submission['id']}")
    page.locator(".report").wait_for()
    assert PAYLOAD in page.locator("main").inner_text()
    check(page)
    page = browser.open("#/submissions")
    page.locator(".list tbody tr").first.wait_for()
    assert PAYLOAD in page.locator("main").inner_text()
    check(page)


def test_a_grader_that_repeats_what_it_read(browser):
    """A report with everything in it, in answers of our own: groups, feedback in each format, artefacts."""
    stages = {"create": 0.0001, "launch": 0.0002, "execute": 0.01, "stop": 0.0001, "clean": 0}
    run = {"ending": {"kind": "exited", "code": 0}, "cpu_seconds": 0.01, "wall_seconds": 0.01, "memory_bytes": 1 << 20, "stages": stages}
    channels = {"stdout": PAYLOAD, "stdout_truncated": False, "stderr": PAYLOAD, "stderr_truncated": True}
    identity = "01m8c4tq2x8k5nw0rz3v9d7bfh"
    submission = {
        "id": identity, "status": "finished", "language": "python3", "priority": "exam", "course": PAYLOAD[:60], "user": PAYLOAD[:60],
        "created_at": "2026-11-24T21:14:15.123Z", "started_at": "2026-11-24T21:14:15.200Z", "finished_at": "2026-11-24T21:14:16.123Z", "metadata": {},
        "report": {
            "verdict": "wrong-answer", "score": 1, "maximum_score": 3, "backend": "native", "cpu_seconds": 0.02, "wall_seconds": 0.01, "memory_bytes": 1 << 20,
            "tests": [{"name": "1", "verdict": "wrong-answer", "points": 0, "maximum_points": 1, "message": PAYLOAD, "feedback": PAYLOAD, "group": "g", "visibility": "hidden", **run, **channels}],
            "groups": [{"name": PAYLOAD, "verdict": "wrong-answer", "points": 0, "maximum_points": 1, "visibility": "hidden"}],
            "feedback": {"format": "html", "text": PAYLOAD, "problems": {PAYLOAD: {"accepted": False, "result": "x", "text": PAYLOAD}}, "tags": {PAYLOAD: True}, "values": {PAYLOAD: PAYLOAD},
                         "artefacts": [{"path": "plots/<b>.txt", "base64": "aGVsbG8="}]},
            "grader": {**run, **channels},
        },
    }
    page = browser.open()
    page.route(f"**/v1/submissions/{identity}", lambda route: route.fulfill(json=submission))
    page.route(f"**/v1/submissions/{identity}/history", lambda route: route.fulfill(json={"reports": []}))
    for form in ("html", "markdown", "ansi", "rst", "text"):
        submission["report"]["feedback"]["format"] = form
        page.goto(f"{page.base}#/backends")
        page.goto(f"{page.base}#/submissions/{identity}")
        page.locator(".report").wait_for()
        page.locator("details > summary").click()
        assert page.locator(".report").inner_text().count(PAYLOAD) >= 10, form
        check(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="plots/<b>.txt").click()
    assert open(download.value.path(), "rb").read() == b"hello"


def test_a_link_with_a_hostile_program(browser):
    page = browser.open()
    link = page.evaluate(
        """async (text) => (await import(new URL('js/core/draft.js', document.baseURI))).packDraft(
             { language: text, files: [{ path: text, text }], tests: [{ name: text, stdin: text, expected: text }], checker: { kind: text } })""",
        PAYLOAD,
    )
    page = browser.open(f"#/play?program={link}")
    page.locator(".editor-text").wait_for()
    check(page)

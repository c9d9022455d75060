"""What a student's program writes is text, whatever it looks like."""

import json
import urllib.request

from conftest import remove_tests, run, write_program

PAYLOAD = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=2</script><svg onload=window.pwned=3></svg><b>bold</b>"


def post(service, body):
    request = urllib.request.Request(
        f"{service.url}v1/submissions?wait=20s", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def check(page):
    assert page.evaluate("window.pwned") is None
    assert page.locator("main img, main script, main b:text('bold')").count() == 0


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

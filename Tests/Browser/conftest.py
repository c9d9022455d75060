"""Browser tests of the web page: a real `assay serve`, a real Chromium.

    .venv/bin/python -m pytest Tests/Browser

ASSAY names the program to test (default: .build/debug/assay), CHROMIUM the browser (default: /usr/bin/chromium),
SCREENSHOTS the folder for pictures to look at (default: .build/screenshots). Root is needed, for the sandboxes.

Every page fails its test when the console shows an error, a script throws, or anything is asked of another host.
"""

import io
import os
import re
import subprocess
import tempfile
import urllib.request
import zipfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("ASSAY", str(ROOT / ".build/debug/assay"))
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", ROOT / ".build/screenshots"))
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}

# Milliseconds that a page waits for what it expects; a busy machine is slow, a broken page never comes.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


class Service:
    """A service of its own directory and port, ended with its `with` block."""

    def __init__(self, *arguments):
        self.directory = tempfile.TemporaryDirectory(prefix="assay-browser-")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", f"{self.directory.name}/data", *arguments],
            cwd=self.directory.name,
            env={**os.environ, "ASSAY_SHARE": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = None
        for line in self.process.stdout:
            found = re.search(r"listens on (http://\S+)", line)
            if found:
                self.url = found[1] + "/"
                break
        assert self.url, "the service did not start"

    def token(self, name, *roles):
        """Makes an access token; from the first one on, the service asks for them."""
        arguments = [part for role in roles for part in ("--role", role)]
        made = subprocess.run(
            [PROGRAM, "token", "create", name, "--data", f"{self.directory.name}/data", *arguments],
            cwd=self.directory.name, capture_output=True, check=True, text=True,
        )
        return made.stdout.strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.directory.cleanup()


@pytest.fixture(scope="session")
def service():
    with Service() as running:
        yield running


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watcher:
    """Opens pages and remembers what must not happen on them."""

    def __init__(self, chromium, url):
        self.chromium = chromium
        self.url = url
        self.faults = []
        self.expected = []
        self.contexts = []

    def expect_error(self, pattern):
        """A console line that the test provokes, such as the browser's own line for a 404."""
        self.expected.append(pattern)

    def open(self, route="", viewport=WIDE, scheme="light", url=None, **options):
        context = self.chromium.new_context(
            viewport=viewport, color_scheme=scheme, locale=options.pop("locale", "en-GB"), reduced_motion="reduce", **options
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        base = url or self.url
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", lambda request: self._request(request, base))
        page.base = base
        page.goto(f"{base}{route}")
        page.wait_for_selector("main > *")
        return page

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text} {message.location.get('url', '')}")

    def _request(self, request, base):
        if not request.url.startswith((base, "blob:", "data:")):
            self.faults.append(f"asked elsewhere: {request.url}")

    def finish(self):
        for context in self.contexts:
            context.close()
        wrong = [fault for fault in self.faults if not any(re.search(pattern, fault) for pattern in self.expected)]
        assert not wrong, "\n".join(wrong)


@pytest.fixture
def browser(chromium, service):
    watcher = Watcher(chromium, service.url)
    yield watcher
    watcher.finish()


def write_program(page, text):
    """Types a program over the one in the editor, as a person who pastes would."""
    page.locator(".editor-text").fill(text)


def run(page):
    """Presses Run and waits for the report."""
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_selector(".report")
    return page.locator(".report")


def choose_language(page, name):
    page.locator(".language-select").select_option(name)


def remove_tests(page):
    # A page that is still loading has none yet.
    page.wait_for_selector(".test-card")
    while page.locator(".test-card").count() > 0:
        page.get_by_role("button", name=re.compile("^Remove test")).first.click()


def picture_and_check(page, name):
    """A picture for review, and what must hold of every view: it fits, and axe finds nothing."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    # The bar at the top sticks to where the window is.
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} pixels wider than the window"
    if page.viewport_size["width"] <= NARROW["width"]:
        cut = page.evaluate("[...document.querySelectorAll('.scroll:has(> .stacked), .chart .scroll')].filter((box) => box.scrollWidth > box.clientWidth).map((box) => `${box.ariaLabel} ${box.scrollWidth} > ${box.clientWidth}`)")
        assert not cut, f"cut off at the right: {cut}"
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    result = Axe().run(page, options=rules)
    found = [f"{violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')}" for violation in result.response["violations"] for node in violation["nodes"][:3]]
    assert not found, "\n".join(found)


TASK = {
    "task.yaml": """title: Sum of two
languages: [python3]
statement: statement.md
checker: tokens
groups:
  - name: sample
    visibility: sample
    points: 0
    tests: [{ name: small, input: "1 2\\n", expected: "3\\n" }]
  - name: more
    points: 2
    tests: [{ name: negative, input: "-7 4\\n", expected: "-3\\n" }]
""",
    "statement.md": """# Sum

Read *two* numbers, print their **sum**. Use `input()`.

- one
- two

| in | out |
|----|-----|
| 1 2 | 3 |

<script>window.pwned = 1</script> [bad](javascript:alert(1))
""",
    "solutions/accepted.py": "print(sum(map(int, input().split())))\n",
    "solutions/wrong-answer.py": "print(3)\n",
}


def task_archive(**changes):
    """The zip file of a real task; a file that is changed to None is left out."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, text in {**TASK, **changes}.items():
            if text is not None:
                archive.writestr(name, text)
    return memory.getvalue()


def put_task(url, name):
    """Puts the task into the service's catalogue."""
    request = urllib.request.Request(f"{url}v1/tasks/{name}", task_archive(), {"Content-Type": "application/zip"}, method="PUT")
    urllib.request.urlopen(request).read()

"""Backends, benchmarks, health and the API page."""

import json
import re
import urllib.request

from conftest import TASK, task_archive
from playwright.sync_api import expect


def test_backends_and_languages(browser, service):
    request = urllib.request.Request(f"{service.url}v1/submissions?wait=20s", json.dumps({"language": "bash", "files": {"main.sh": "true"}}).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request).read()
    page = browser.open("#/backends")
    page.get_by_role("heading", name="native").wait_for()
    expect(page.locator(".backend", has_text="native").get_by_text("available", exact=True)).to_be_visible()
    expect(page.locator(".capabilities .yes").first).to_be_visible()
    # What was run has been timed.
    expect(page.locator(".backend .stage-bar")).to_have_count(1)
    expect(page.get_by_role("row", name=re.compile("Python"))).to_have_count(1)


def test_a_backend_that_is_missing_says_why(browser):
    page = browser.open()
    answer = {"backends": [{"name": "moon", "version": "", "default": False, "available": False, "reason": "it is too far", "remedy": "Install a rocket.",
                            "isolation": "virtual-machine", "enforces": {"memory": True, "disk": False}, "network_modes": [], "rootless": True,
                            "storage": [{"name": "bind", "default": True, "available": True}, {"name": "btrfs", "available": False, "reason": "no loop devices", "remedy": "modprobe loop"}],
                            "pool": {"ready": 3, "target": 4}, "stages": {"create": 0.1, "launch": 0.2, "execute": 0.3, "stop": 0, "clean": 0.1}}]}
    page.route("**/v1/backends", lambda route: route.fulfill(json=answer))
    page.get_by_role("link", name="Backends").click()
    card = page.locator(".backend", has_text="moon")
    card.wait_for()
    assert "it is too far" in card.inner_text() and "Install a rocket." in card.inner_text()
    expect(page.locator(".capabilities .no")).to_have_count(1)
    assert "bind, btrfs" in card.inner_text() and "3 / 4" in card.inner_text()
    expect(card.locator("s")).to_have_attribute("title", "no loop devices. modprobe loop")
    expect(card.locator(".stage-bar")).to_have_count(1)


def test_backends_error(browser):
    page = browser.open()
    browser.expect_error("status of 503")
    page.route("**/v1/backends", lambda route: route.fulfill(status=503, content_type="application/problem+json", headers={"Retry-After": "7"},
                                                             body=json.dumps({"type": "x", "title": "Not now", "status": 503})))
    page.get_by_role("link", name="Backends").click()
    alert = page.get_by_role("alert")
    assert "Not now" in alert.inner_text() and "7 seconds" in alert.inner_text()


def bench_report(factor):
    stages = {"create": 0.1, "launch": 0.2, "execute": 1.5, "stop": 0.1, "clean": 0.3}
    def runs(slowness):
        return {name: [value * slowness * factor * (1 + 0.05 * run) for run in range(20)] for name, value in stages.items()}
    return {
        "schema": "assay-bench-1",
        "machine": {"cpu": "A processor", "cores": 2, "kernel": "6.18"},
        "experiments": [
            {"backend": backend, "image": "host", "storage": "tmpfs", "experiment": experiment, "stages": runs(slowness)}
            for experiment in ("hello", "read-1000") for backend, slowness in (("native", 1), ("docker", 240), ("runsc", 420))
        ],
    }


def bench_file(name, document):
    return {"name": name, "mimeType": "application/json", "buffer": document if isinstance(document, bytes) else json.dumps(document).encode()}


def test_benchmark_reports(browser):
    page = browser.open("#/bench")
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(bench_file("broken.json", b"{"))
    page.get_by_text("This is not JSON.").wait_for()
    chooser.set_input_files(bench_file("other.json", {"schema": "other"}))
    page.get_by_text("This is not a benchmark report").wait_for()
    chooser.set_input_files(bench_file("one.json", bench_report(1)))
    page.locator(".box").first.wait_for()
    expect(page.locator(".box")).to_have_count(3)
    # Twenty runs of create from 0.1 ms, rising by 5 % of it each: the median lies between the tenth and the eleventh.
    page.get_by_label("Stage", exact=True).select_option("create")
    expect(page.get_by_role("row", name=re.compile("^native"))).to_contain_text("148 µs", use_inner_text=True)
    chooser.set_input_files(bench_file("two.json", bench_report(2)))
    page.get_by_role("columnheader", name="B / A").wait_for()
    expect(page.locator(".box")).to_have_count(6)
    expect(page.get_by_text("2 ×")).to_have_count(3)
    page.get_by_role("button", name="Close two.json").click()
    expect(page.locator(".box")).to_have_count(3)


def test_benchmark_dropped_as_a_file(browser):
    page = browser.open("#/bench")
    transfer = page.evaluate_handle(
        "text => { const transfer = new DataTransfer(); transfer.items.add(new File([text], 'dropped.json')); return transfer; }", json.dumps(bench_report(1))
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": transfer})
    page.get_by_text("dropped.json").wait_for()
    expect(page.locator(".box")).to_have_count(3)


def test_health_pictures(browser, service):
    page = browser.open("#/health")
    page.locator(".chart").first.wait_for()
    expect(page.locator(".chart")).to_have_count(6)
    for _ in range(3):
        request = urllib.request.Request(f"{service.url}v1/submissions?wait=10s", json.dumps({"language": "bash", "files": {"main.sh": "true"}}).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request).read()
    # Two readings and a verdict between them make a rate and a percentile.
    page.wait_for_function("!/ 0\\/s$/.test(document.querySelector('.chart svg').getAttribute('aria-label'))", timeout=20_000)
    assert page.locator(".chart path.line[d]").count() >= 12
    page.get_by_role("heading", name="Verdicts since the start").wait_for()
    expect(page.locator(".node")).to_have_count(1)
    expect(page.locator(".node")).to_contain_text("native")
    expect(page.locator(".node")).to_contain_text("alive")


def test_health_of_a_service_that_is_gone(browser):
    page = browser.open()
    page.route("**/metrics", lambda route: route.abort())
    browser.expect_error("Failed to load resource")
    page.get_by_role("link", name="Health").click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer", use_inner_text=True)


def test_metrics_reader(browser):
    page = browser.open()
    result = page.evaluate(
        """async () => {
             const { parseMetrics, valueOf, bucketsOf, quantileBetween } = await import(new URL('js/metrics/prometheus.js', document.baseURI));
             const text = (a, b, c) => `# HELP x y\\nx_bucket{le="0.1"} ${a}\\nx_bucket{le="1",other="a\\\\"b\\\\n,}"} ${b}\\nx_bucket{le="+Inf"} ${c}\\nbad line\\nn 3e2 1700000000\\n`;
             const before = bucketsOf(parseMetrics(text(1, 1, 1)), 'x'); const after = bucketsOf(parseMetrics(text(5, 9, 9)), 'x');
             return { n: valueOf(parseMetrics(text(0, 0, 0)), 'n'), none: valueOf(parseMetrics(''), 'n') === undefined,
                      half: quantileBetween(before, after, 0.5), most: quantileBetween(before, after, 0.75), nothing: quantileBetween(after, after, 0.5) === undefined }; }"""
    )
    assert result == {"n": 300, "none": True, "half": 0.1, "most": 0.55, "nothing": True}


def test_every_operation_is_shown_and_can_be_tried(browser, service):
    page = browser.open("#/api")
    page.locator(".operation").first.wait_for()
    with urllib.request.urlopen(f"{service.url}openapi.yaml") as answer:
        text = answer.read().decode()
    assert page.locator(".operation").count() == len(re.findall(r"^    (?:get|put|post|delete|patch):$", text, re.M))
    for summary in page.locator(".operation > summary").all():
        summary.click()
    # The last one to open is the last to be filled.
    page.locator(".operation").last.locator("form.try").wait_for()
    assert page.locator("form.try").count() == page.locator(".operation").count()

    languages = page.locator('[data-operation="GET /v1/languages"]')
    languages.get_by_role("button", name="Send").click()
    languages.locator(".try .status-2").wait_for()
    assert '"python3"' in languages.locator(".try pre").last.inner_text()

    submit = page.locator('[data-operation="POST /v1/submissions"]')
    submit.get_by_label("wait", exact=True).fill("10s")
    submit.get_by_role("button", name="Send").click()
    submit.locator(".try .status-2").wait_for()
    assert '"verdict": "accepted"' in submit.locator(".try pre").last.inner_text()
    submit.get_by_label("Body").fill("{")
    browser.expect_error("status of 400")
    submit.get_by_role("button", name="Send").click()
    submit.locator(".try .status-4").wait_for()


def test_yaml_reader_agrees_with_pyyaml(browser, service):
    import yaml

    with urllib.request.urlopen(f"{service.url}openapi.yaml") as answer:
        text = answer.read().decode()
    tricky = """
plain: it's a value # comment
folded: >-
  one
  two

  three
kept: |
  a
    b

  c
list:
- 1
- - 2
  - "x: y"
- {a: [1, 'it''s', ], "b c": {d: null}}
- key: value
  other: [a,
    b]
long: words that
  go on here
empty:
number: -1.5e3
"a:b": yes it is
"""
    page = browser.open()
    read = "async (text) => JSON.stringify((await import(new URL('js/openapi/yaml.js', document.baseURI))).parseYAML(text))"
    assert same(json.loads(page.evaluate(read, text)), yaml.safe_load(text))
    assert same(json.loads(page.evaluate(read, tricky)), yaml.safe_load(tricky))


def same(ours, theirs):
    """PyYAML follows YAML 1.1, where `1e3` is text and dates are dates; all else must be equal."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == {str(key) for key in theirs} and all(same(ours[str(key)], value) for key, value in theirs.items())
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, str) and not isinstance(ours, str):
        return float(theirs) == ours
    return ours == theirs


def test_tasks_browse_upload_check_results(browser, service):
    """Against the real catalogue: a file that is no task, a task, its statement, its check, and a class's results."""
    page = browser.open("#/tasks")
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "my task.zip", "mimeType": "application/zip", "buffer": task_archive(**{"statement.md": None})})
    expect(page.get_by_label("Id")).to_have_value("my-task")
    browser.expect_error("status of 422")
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("alert").get_by_text("statement.md").first.wait_for()
    chooser.set_input_files({"name": "my task.zip", "mimeType": "application/zip", "buffer": task_archive()})
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("my-task is in the catalogue.").wait_for()

    # The same by drop, under another name.
    transfer = page.evaluate_handle(
        "bytes => { const transfer = new DataTransfer(); transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.zip')); return transfer; }", list(task_archive())
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": transfer})
    expect(page.get_by_label("Id")).to_have_value("dropped")
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("dropped is in the catalogue.").wait_for()

    page.get_by_role("row", name=re.compile("my-task")).get_by_role("link", name="Sum of two").click()
    page.locator(".prose").wait_for()
    expect(page.locator(".prose strong")).to_have_text("sum", use_inner_text=True)
    assert page.locator(".prose td").all_inner_texts() == ["1 2", "3"]
    assert page.locator(".prose a, .prose script").count() == 0
    assert page.evaluate("window.pwned") is None
    assert page.locator(".sample pre").all_inner_texts() == ["1 2\n", "3\n"]

    page.get_by_role("tab", name="Check").click()
    page.get_by_role("button", name="Check the task").click()
    page.get_by_role("row", name=re.compile("wrong-answer.py")).wait_for()
    page.get_by_text("passed", exact=False).first.wait_for()

    for user, program in [("=zoe", "accepted"), ("ann", "accepted"), ("ann", "wrong-answer")]:
        body = {"language": "python3", "files": {"main.py": TASK[f"solutions/{program}.py"]}, "task": "my-task", "user": user}
        request = urllib.request.Request(f"{service.url}v1/submissions?wait=30s", json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request).read()
    page.get_by_role("tab", name="Results").click()
    page.get_by_role("button", name="Read the results").click()
    page.get_by_role("row", name=re.compile("ann")).wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    lines = open(download.value.path(), encoding="utf-8").read().splitlines()
    # A name that a spreadsheet would take for a formula is written as text.
    assert lines[1].startswith("'=zoe,2,2,accepted,1,")
    assert lines[2].startswith("ann,2,2,accepted,2,")
    page.get_by_role("link", name="Try it").click()
    page.get_by_text("brings its own tests").wait_for()


"""The queue and everything that was judged."""

import json
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Service, Watcher
from playwright.sync_api import expect

ROWS = 1000


def post(url, body, wait=""):
    request = urllib.request.Request(f"{url}v1/submissions{wait}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def program(text, **more):
    return {"language": "bash", "files": {"main.sh": text}, **more}


def test_filters_and_search(browser, service):
    alice = post(service.url, program("echo 1", metadata={"user": "alice"}, tests=[{"expected_stdout": "1"}]), "?wait=20s")
    post(service.url, program("exit 3", metadata={"user": "bob"}), "?wait=20s")
    page = browser.open("#/submissions")
    page.get_by_text("alice").first.wait_for()
    page.get_by_label("Verdict").select_option("runtime-error")
    page.get_by_text("alice").first.wait_for(state="detached")
    expect(page.get_by_text("bob").first).to_be_visible()
    assert "verdict=runtime-error" in page.url
    # The address alone brings the same list.
    page.reload()
    page.get_by_text("bob").first.wait_for()
    expect(page.get_by_text("alice")).to_have_count(0)
    page.get_by_label("Verdict").select_option("")
    page.get_by_text("alice").first.wait_for()
    page.get_by_label("Search").fill("ALICE")
    expect(page.get_by_text("bob").first).to_be_hidden()
    page.get_by_label("Search").fill(alice["id"])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile(alice["id"])).wait_for()


def test_nothing_found_says_so(browser):
    page = browser.open("#/submissions?verdict=output-limit-exceeded")
    page.get_by_text("No submission matches.").wait_for()


def test_an_unknown_submission(browser):
    browser.expect_error("status of 404")
    page = browser.open("#/submissions/01m8c4tq2x8k5nw0rz3v9d7bfh")
    expect(page.get_by_role("alert")).to_contain_text("404", use_inner_text=True)


def test_a_refused_filter_is_told(browser):
    browser.expect_error("status of 400")
    page = browser.open("#/submissions?status=nonsense")
    expect(page.get_by_role("alert")).to_contain_text("status", use_inner_text=True)


@pytest.fixture
def busy_service():
    """One slot, held by a sleeper, so that what is handed in afterwards waits."""
    with Service("--slots", "1") as running:
        post(running.url, program("sleep 60", limits={"wall_seconds": 60}))
        yield running


def test_a_thousand_rows_live_changes_and_cancelling(chromium, busy_service):
    watcher = Watcher(chromium, busy_service.url)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: post(busy_service.url, program(f"echo {number}", metadata={"user": f"user {number}"})), range(ROWS - 1)))
    page = watcher.open("#/submissions")
    page.locator(".list tbody tr").first.wait_for()
    for _ in range(100):
        if page.locator(".list tbody tr").count() >= ROWS:
            break
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(50)
    expect(page.locator(".list tbody tr")).to_have_count(ROWS)
    expect(page.get_by_text("1,000 rows")).to_be_visible()
    shown = page.evaluate("[...document.querySelectorAll('.list tbody code')].map((element) => element.textContent)")
    assert len(set(shown)) == ROWS, "a row came twice"
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()

    took = page.evaluate(
        """() => { const search = document.querySelector('input[type=search]'); const began = performance.now();
             search.value = 'user 77'; search.dispatchEvent(new Event('input')); document.body.offsetHeight;
             return performance.now() - began; }"""
    )
    print(f"search in {ROWS} rows: {took:.0f} ms")
    expect(page.locator(".list tbody tr:not([hidden])")).to_have_count(11)
    page.get_by_label("Search").fill("")

    # A new one appears by itself, and a row's own button cancels it.
    page.evaluate("scrollTo(0, 0)")
    post(busy_service.url, program("echo new", metadata={"user": "latecomer"}))
    row = page.locator(".list tbody tr", has_text="latecomer")
    row.wait_for()
    row.get_by_role("button", name=re.compile("^Cancel")).click()
    row.get_by_text("Cancelled").wait_for()
    assert page.locator(".tile").first.inner_text().startswith("Waiting")
    # The core that the sleeper holds, by its number.
    expect(page.locator(".slot")).to_have_count(1)
    expect(page.locator(".slot.busy")).to_have_attribute("title", re.compile(r"^Core \d+: busy$"))
    watcher.finish()


def test_position_and_time_in_the_queue(chromium, busy_service):
    watcher = Watcher(chromium, busy_service.url)
    first = post(busy_service.url, program("echo 1"))
    second = post(busy_service.url, program("echo 2", user="second"))
    page = watcher.open(f"#/submissions/{second['id']}")
    page.get_by_text(re.compile(r"Number 2 in the queue\. About .* to go\.")).wait_for()
    rows = watcher.open("#/submissions")
    rows.locator(".list tbody tr", has_text="second").get_by_text(re.compile("number 2, about")).wait_for()
    # It moves up when the other is gone, without being asked again.
    request = urllib.request.Request(f"{busy_service.url}v1/submissions/{first['id']}", method="DELETE")
    urllib.request.urlopen(request).read()
    page.get_by_text("Next in the queue.").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.locator(".report .badge", has_text="Cancelled").wait_for()
    watcher.finish()


def test_judged_again_with_its_history(browser, service):
    submission = post(service.url, program("exit 1"), "?wait=20s")
    page = browser.open(f"#/submissions/{submission['id']}")
    page.locator("main .report").wait_for()
    assert page.get_by_role("heading", name="Earlier reports").count() == 0
    page.get_by_role("button", name="Judge again").click()
    page.get_by_role("heading", name="Earlier reports").wait_for()
    assert page.locator("main .badge", has_text="Runtime error").count() >= 2


def test_search_finds_what_is_not_loaded(browser, service):
    post(service.url, program("true", user="needle-in-a-haystack"), "?wait=20s")
    for number in range(2):
        # More than a page comes after it.
        body = json.dumps({"submissions": [program("true", user=f"hay {number}")] * 100}).encode()
        request = urllib.request.Request(f"{service.url}v1/submissions/batch", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request).read()
    page = browser.open("#/submissions")
    page.locator(".list tbody tr").first.wait_for()
    page.get_by_label("Search").fill("NEEDLE-in")
    page.get_by_role("row", name=re.compile("needle-in-a-haystack")).wait_for()
    assert page.locator(".list tbody tr:not([hidden])").count() == 1

"""The frame of the page: loading, policy, languages, colours, keyboard, accessibility, pictures."""

import gzip
import re
import urllib.request

import pytest
from conftest import NARROW, ROOT, WIDE, choose_language, picture_and_check, put_task, run, write_program
from test_views import bench_file, bench_report
from playwright.sync_api import expect

VIEWS = ["play", "submissions", "tasks", "backends", "bench", "health", "api"]
# Bytes transferred until something is seen, and until a program can be run.
FIRST_PAINT_LIMIT = 100_000
USABLE_LIMIT = 130_000
SOURCES = sorted((ROOT / "Public").rglob("*.js"))


def test_first_paint_is_small(chromium, service):
    context = chromium.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    received = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(service.url)
    page.locator(".playground").wait_for()
    # Headers are in these figures.
    paint, before = page.evaluate(
        """() => { const paint = performance.getEntriesByName('first-contentful-paint')[0].startTime;
             const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
             return [paint, all.filter((entry) => entry.responseEnd <= paint).reduce((sum, entry) => sum + entry.transferSize, 0)]; }"""
    )
    total = sum(received)
    context.close()
    print(f"first paint after {paint:.0f} ms and {before} bytes; usable playground after {total} bytes in {len(received)} answers")
    assert 0 < before < FIRST_PAINT_LIMIT
    assert before < total < USABLE_LIMIT


def test_policy_and_no_inline_code(service):
    with urllib.request.urlopen(service.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
        html = answer.read().decode()
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)


def test_every_module_of_the_frame_is_preloaded():
    """Without that, each level of imports would cost a trip to the server."""
    needed = []

    def walk(path):
        if path not in needed:
            needed.append(path)
            for target in re.findall(r'^import .*?from "(\.[^"]+)";', path.read_text(), re.M | re.S):
                walk((path.parent / target).resolve())

    walk(ROOT / "Public/js/main.js")
    html = (ROOT / "Public/index.html").read_text()
    preloaded = {ROOT / "Public" / path for path in re.findall(r'rel="modulepreload" href="([^"]+)"', html)}
    assert preloaded == set(needed[1:])


def test_files_are_compressed(service):
    request = urllib.request.Request(f"{service.url}js/text/en.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.read()).startswith(b"/** The English texts")


def test_data_never_becomes_markup():
    for path in SOURCES:
        text = path.read_text()
        if path.name != "dom.js":
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|createContextualFragment", text), path


def test_texts_are_complete(browser):
    page = browser.open()
    tables = page.evaluate(
        """async () => { const load = async (name) => import(new URL(`js/text/${name}.js`, document.baseURI));
             return [(await load('en')).english, (await load('fr')).french]; }"""
    )
    english, french = tables
    assert english.keys() == french.keys()

    def holes(text):
        forms = text.values() if isinstance(text, dict) else [text]
        return [set(re.findall(r"\{(\w+)\}", form)) for form in forms]

    for key in english:
        assert set.union(*holes(english[key])) == set.union(*holes(french[key])), key
    used = set()
    for path in SOURCES:
        used |= set(re.findall(r'\bt\(\s*"([^"]+)"', path.read_text()))
        used |= set(re.findall(r'throw new Error\("([^"]+)"\)', path.read_text()))
    assert used and used <= english.keys(), used - english.keys()


def test_french(browser):
    page = browser.open(locale="fr-FR")
    assert page.locator("html").get_attribute("lang") == "fr"
    report = run_french(page)
    expect(report.locator(".report-head .badge")).to_have_text("Accepté", use_inner_text=True)
    for view in VIEWS:
        page.goto(f"{page.base}#/{view}")
        page.locator(f"main.view-{view} > *").first.wait_for()
    # The other language is one press away, and it is remembered.
    page.get_by_role("button", name="English").click()
    page.get_by_role("link", name="Playground").wait_for()
    page.reload()
    page.get_by_role("link", name="Playground").wait_for()


def run_french(page):
    page.get_by_role("button", name="Exécuter", exact=True).click()
    page.wait_for_selector(".report")
    return page.locator(".report")


def test_dark_and_light(browser):
    page = browser.open(scheme="dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Light colours").click()
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert dark != light
    page.reload()
    page.wait_for_selector("main > *")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == light


def test_unknown_route_and_absent_views(browser):
    page = browser.open("#/nowhere")
    page.get_by_role("heading", name="Not here").wait_for()
    described = urllib.request.urlopen(f"{page.base}openapi.yaml").read().decode()
    assert (page.get_by_role("link", name="Tasks").count() == 1) == ("\n  /v1/tasks:" in described)


def test_a_view_that_is_left_while_it_loads_does_not_come_back(browser):
    page = browser.open()
    page.route("**/v1/languages", lambda route: (page.wait_for_timeout(300), route.continue_()))
    page.reload()
    page.get_by_role("link", name="Benchmarks").click()
    page.get_by_role("heading", name="Benchmarks").wait_for()
    page.wait_for_timeout(800)
    expect(page.get_by_role("heading", name="Benchmarks")).to_be_visible()
    expect(page.locator(".playground")).to_have_count(0)


def test_keyboard_alone(browser):
    page = browser.open()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    # Along the tab order everything that is reached shows where it is.
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "editor-text":
            page.keyboard.press("Escape")
        ring = page.evaluate("document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none'")
        assert ring, page.evaluate("document.activeElement.outerHTML")
    page.get_by_role("tab", name=re.compile("^Tests")).focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Input").get_attribute("aria-selected") == "true"
    assert page.evaluate("document.activeElement.textContent") == "Input"


def open_view(browser, view, viewport, scheme):
    """A view with something on it."""
    page = browser.open(f"#/{view}", viewport=viewport, scheme=scheme)
    page.locator(f"main.view-{view} h1").first.wait_for(state="attached")
    if view == "play":
        choose_language(page, "c")
        write_program(page, '#include <stdio.h>\n\n// Adds two numbers, and forgets one case.\nint main(void) {\n    int a, b;\n    scanf("%d %d", &a, &b);\n    printf("%d\\n", a < 0 ? b : a + b);\n}\n')
        run(page)
    if view == "bench":
        page.locator("input[type=file]").set_input_files([bench_file("before.json", bench_report(1)), bench_file("after.json", bench_report(1.4))])
        page.locator(".box").first.wait_for()
    if view == "submissions":
        page.locator(".list tbody tr").first.wait_for()
    if view == "tasks":
        put_task(page.base, "pictured")
        page.reload()
        page.get_by_role("link", name="Sum of two").first.wait_for()
    if view == "health":
        page.wait_for_timeout(4500)
    if view == "api":
        page.locator(".operation > summary").nth(1).click()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("view", VIEWS)
def test_accessible_and_pictured(browser, view, viewport, scheme):
    page = open_view(browser, view, viewport, scheme)
    picture_and_check(page, f"{view}-{'wide' if viewport is WIDE else 'narrow'}-{scheme}")

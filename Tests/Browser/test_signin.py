"""A service that asks for tokens, and what each role sees."""

import pytest
from conftest import NARROW, WIDE, Service, Watcher, picture_and_check, run
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def guarded():
    with Service() as running:
        running.tokens = {role: running.token(f"the {role}", role) for role in ("submit", "read", "teacher", "metrics", "admin")}
        yield running


@pytest.fixture
def watcher(chromium, guarded):
    watching = Watcher(chromium, guarded.url)
    watching.expect_error("status of 401")
    yield watching
    watching.finish()


def sign_in(watcher, guarded, role):
    page = watcher.open()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.get_by_label("Token").fill(guarded.tokens[role])
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"the {role}").wait_for()
    return page


def views(page):
    return page.locator("header nav a").all_inner_texts()


def test_wrong_token_then_right_one_and_out(watcher, guarded):
    page = watcher.open("#/backends")
    page.get_by_role("heading", name="Sign in").wait_for()
    page.get_by_label("Token").fill("not a token")
    page.keyboard.press("Enter")
    page.get_by_text("does not know this token").wait_for()
    page.get_by_label("Token").fill(guarded.tokens["admin"])
    page.keyboard.press("Enter")
    # Back where the token was needed.
    page.get_by_role("heading", name="Backends", exact=True).wait_for()
    kept = page.evaluate("[sessionStorage.getItem('assay.token'), localStorage.getItem('assay.token'), document.cookie]")
    assert kept == [guarded.tokens["admin"], None, ""]
    page.reload()
    page.get_by_role("heading", name="Backends", exact=True).wait_for()
    page.get_by_role("button", name="the admin").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    assert page.evaluate("sessionStorage.getItem('assay.token')") is None


def test_who_may_submit_runs_programs_and_sees_the_own_one(watcher, guarded):
    page = sign_in(watcher, guarded, "submit")
    assert "Submissions" not in views(page) and "Health" not in views(page)
    expect(run(page).locator(".report-head .badge")).to_have_text("Accepted", use_inner_text=True)
    page.get_by_role("link", name="Permalink").click()
    page.get_by_role("heading", name="Submission").wait_for()
    page.locator("main .report").wait_for()


def test_who_may_read_does_not_run(watcher, guarded):
    page = sign_in(watcher, guarded, "read")
    page.get_by_role("button", name="Run", exact=True).wait_for()
    assert page.get_by_role("button", name="Run", exact=True).is_disabled()
    page.get_by_role("link", name="Submissions").click()
    page.get_by_role("heading", name="Submissions").wait_for()
    assert page.get_by_role("button", name="Cancel").count() == 0


def test_who_may_read_metrics_sees_health(watcher, guarded):
    page = sign_in(watcher, guarded, "metrics")
    assert "Playground" not in views(page)
    page.get_by_role("link", name="Health").click()
    page.locator(".chart").first.wait_for()
    expect(page.locator(".chart")).to_have_count(6)


def test_an_administrator_sees_everything(watcher, guarded):
    page = sign_in(watcher, guarded, "admin")
    assert {"Playground", "Submissions", "Backends", "Benchmarks", "Health", "API"} <= set(views(page))
    expect(run(page).locator(".report-head .badge")).to_have_text("Accepted", use_inner_text=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_accessible_and_pictured(watcher, viewport, scheme):
    page = watcher.open(viewport=viewport, scheme=scheme)
    page.get_by_role("heading", name="Sign in").wait_for()
    picture_and_check(page, f"signin-{'wide' if viewport is WIDE else 'narrow'}-{scheme}")

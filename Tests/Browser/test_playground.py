"""From typing a program to understanding its verdict."""

import json
import re
import subprocess

from conftest import choose_language, remove_tests, run, write_program
from playwright.sync_api import expect


def test_first_visit_has_a_program_that_passes(browser):
    page = browser.open()
    report = run(page)
    expect(report.locator(".report-head .badge")).to_have_text("Accepted", use_inner_text=True)
    assert re.match(r"2\s*/ 2", report.locator(".score").inner_text())
    expect(report.locator(".meter-bar")).to_have_count(3)
    report.get_by_role("button", name="1", exact=True).click()
    expect(report.locator(".test-detail:not([hidden]) .stage-bar")).to_have_count(1)


def test_typing_a_program_to_its_verdict(browser):
    page = browser.open()
    remove_tests(page)
    area = page.locator(".editor-text")
    area.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("for i in range(3):\nprint(i * i)")
    # The editor indented the second line by itself.
    expect(area).to_have_value("for i in range(3):\n    print(i * i)")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".report")
    expect(page.locator(".report .output pre")).to_have_text("0\n1\n4\n", use_inner_text=True)


def test_wrong_answer_shows_the_difference(browser):
    page = browser.open()
    write_program(page, "a, b = map(int, input().split())\nprint('sum ', a + b)\n")
    report = run(page)
    expect(report.locator(".report-head .badge")).to_have_text("Wrong answer", use_inner_text=True)
    expect(report.locator(".diff-changed .diff-left").first).to_have_text("5", use_inner_text=True)
    expect(report.locator(".diff-changed .diff-right").first).to_contain_text("sum·", use_inner_text=True)


def test_compiler_output_leads_to_its_line(browser):
    page = browser.open()
    choose_language(page, "c")
    write_program(page, "#include <stdio.h>\nint main(void) {\n    puts(\"hi\")\n}\n")
    report = run(page)
    expect(report.locator(".report-head .badge")).to_have_text("Compile error", use_inner_text=True)
    expect(page.locator(".editor-gutter .marked").first).to_have_text("3", use_inner_text=True)
    report.locator(".place", has_text="main.c:3").first.click()
    start = page.locator(".editor-text").evaluate("area => area.value.slice(0, area.selectionStart).split('\\n').length")
    assert start == 3


def test_limits_are_kept_and_told(browser):
    page = browser.open()
    remove_tests(page)
    page.get_by_role("tab", name="Limits").click()
    page.get_by_label("CPU time (s)").fill("0.5")
    write_program(page, "while True: pass\n")
    report = run(page)
    expect(report.locator(".report-head .badge")).to_have_text("CPU time limit exceeded", use_inner_text=True)
    expect(report.locator(".meter").first).to_contain_text("/ 500 ms", use_inner_text=True)


def test_network_backend_and_input_are_sent(browser):
    page = browser.open()
    remove_tests(page)
    page.get_by_role("tab", name="Input").click()
    page.get_by_label("Standard input").fill("from the form")
    page.get_by_role("tab", name="Network").click()
    page.locator("[role=tabpanel]:visible select").select_option("loopback")
    page.locator(".toolbar select").nth(1).select_option("native")
    # Without the network mode, a sandbox has not even its own loopback.
    write_program(
        page,
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\nclient = socket.create_connection(server.getsockname())\n"
        "server.accept()[0].sendall(input().encode())\nprint('heard', client.recv(99).decode())\n",
    )
    with page.expect_request(lambda request: request.method == "POST" and "/v1/submissions" in request.url) as sent:
        report = run(page)
    body = sent.value.post_data_json
    assert body["network"] == {"mode": "loopback"} and body["backend"] == "native" and body["stdin"] == "from the form"
    expect(report).to_contain_text("heard from the form", use_inner_text=True)


def test_several_files(browser):
    page = browser.open()
    remove_tests(page)
    write_program(page, "from helper import word\nprint(word)\n")
    page.get_by_role("button", name="Add a file").click()
    page.get_by_role("textbox", name="File name").fill("helper.py")
    page.keyboard.press("Enter")
    write_program(page, "word = 'from the other file'\n")
    report = run(page)
    expect(report).to_contain_text("from the other file", use_inner_text=True)
    page.get_by_role("button", name="Remove this file").click()
    expect(page.locator(".file-tab")).to_have_count(1)


def test_live_state_names_the_test(browser):
    page = browser.open()
    write_program(page, "import time\ntime.sleep(0.7)\na, b = map(int, input().split())\nprint(a + b)\n")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text(re.compile(r"Running test \d of 2")).wait_for()
    page.wait_for_selector(".report")


def test_polling_when_streams_do_not_pass(browser):
    page = browser.open()
    page.route("**/events", lambda route: route.abort())
    browser.expect_error("Failed to load resource")
    write_program(page, "import time\ntime.sleep(0.7)\nprint(5)\n")
    expect(run(page).locator(".report-head .badge")).to_have_text("Wrong answer", use_inner_text=True)


def test_stop_ends_a_running_program(browser):
    page = browser.open()
    remove_tests(page)
    page.get_by_role("tab", name="Limits").click()
    page.get_by_label("Wall time (s)").fill("15")
    write_program(page, "import time\ntime.sleep(14)\n")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector(".report")
    expect(page.locator(".report")).to_contain_text("Cancelled", use_inner_text=True)


def test_a_refused_request_names_the_field(browser):
    page = browser.open()
    page.get_by_role("tab", name="Limits").click()
    page.get_by_label("Memory (MiB)").fill("99999999")
    browser.expect_error("status of 422")
    page.get_by_role("button", name="Run", exact=True).click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("limits.memory_bytes", use_inner_text=True)


def test_a_service_that_is_gone_is_told(browser):
    page = browser.open()
    page.route("**/v1/submissions*", lambda route: route.abort())
    browser.expect_error("Failed to load resource")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer", use_inner_text=True)


def test_share_opens_the_same_program(browser):
    page = browser.open(permissions=["clipboard-read", "clipboard-write"])
    write_program(page, "print('héllo → wörld')\n")
    page.get_by_role("button", name="Share").click()
    page.get_by_text("The link to this program is copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = browser.open(link.removeprefix(page.base))
    expect(other.locator(".editor-text")).to_have_value("print('héllo → wörld')\n")


def test_a_broken_link_opens_a_fresh_program(browser):
    page = browser.open("#/play?program=notdeflate")
    assert "print(a + b)" in page.locator(".editor-text").input_value()


def test_curl_line_runs_in_a_shell(browser):
    page = browser.open(permissions=["clipboard-read", "clipboard-write"])
    remove_tests(page)
    write_program(page, "print(\"it's '$HOME' `id`\")\n")
    page.get_by_role("button", name="Copy as curl").click()
    page.get_by_text("The command is copied").wait_for()
    line = page.evaluate("navigator.clipboard.readText()")
    answer = json.loads(subprocess.run(["sh", "-c", line], capture_output=True, check=True, text=True).stdout)
    assert answer["report"]["tests"][0]["stdout"] == "it's '$HOME' `id`\n"


def test_permalink_shows_the_report(browser):
    page = browser.open()
    run(page)
    page.get_by_role("link", name="Permalink").click()
    page.get_by_role("heading", name="Submission").wait_for()
    page.locator("main .report").wait_for()
    link = page.url
    # Someone else sees it too, without what only the sender's tab knows.
    other = browser.open(link.removeprefix(page.base))
    other.locator(".report").wait_for()
    assert other.get_by_role("button", name="Edit the program").count() == 0
    page.get_by_role("button", name="Edit the program").click()
    page.wait_for_selector(".editor-text")


def test_draft_survives_a_change_of_view(browser):
    page = browser.open()
    write_program(page, "print('kept')\n")
    page.get_by_role("link", name="Backends").click()
    page.get_by_role("heading", name="Backends").wait_for()
    page.go_back()
    page.wait_for_selector(".editor-text")
    expect(page.locator(".editor-text")).to_have_value("print('kept')\n")


def test_two_browsers_at_once(browser):
    pages = [browser.open(), browser.open()]
    for number, page in enumerate(pages):
        remove_tests(page)
        write_program(page, f"import time\ntime.sleep(0.5)\nprint('browser {number}')\n")
    for page in pages:
        page.get_by_role("button", name="Run", exact=True).click()
    for number, page in enumerate(pages):
        page.wait_for_selector(".report")
        expect(page.locator(".report")).to_contain_text(f"browser {number}", use_inner_text=True)

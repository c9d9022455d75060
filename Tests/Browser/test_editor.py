"""The editor: a textarea that behaves as programmers expect and lets everybody out."""

import re

from conftest import choose_language, write_program
from playwright.sync_api import expect


def editor(page):
    area = page.locator(".editor-text")
    area.click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    return area


def test_colours_lie_over_the_same_text(browser):
    page = browser.open()
    choose_language(page, "c")
    text = '/* two\nlines */ int x = 0x1f; // "end"\nconst char *s = "a\\"b";\n\n#include <stdio.h>\n'
    write_program(page, text)
    shown = page.locator(".editor-colours > div").all_text_contents()
    assert "\n".join(line.replace("\u200b", "") for line in shown) == text
    assert page.locator(".tok-comment").all_text_contents() == ["/* two", "lines */", '// "end"']
    assert page.locator(".tok-string").all_text_contents() == ['"a\\"b"']
    assert "0x1f" in page.locator(".tok-number").all_text_contents()
    expect(page.locator(".editor-gutter > div")).to_have_count(6)
    # Opening a comment above recolours what follows.
    write_program(page, "/*" + text.removeprefix("/* two"))
    page.locator(".editor-text").evaluate("area => area.setSelectionRange(0, 0)")
    page.keyboard.type("x")
    assert page.locator(".editor-colours > div").first.text_content() == "x/*"


def test_colours_and_text_stand_at_the_same_places(browser):
    page = browser.open()
    write_program(page, "abc\n" * 40 + "x" * 300)
    boxes = page.evaluate(
        """() => ['.editor-colours', '.editor-text'].map((name) => {
             const element = document.querySelector(name); const style = getComputedStyle(element);
             return [style.fontFamily, style.fontSize, style.lineHeight, style.tabSize, style.paddingLeft, style.paddingTop,
                     element.getBoundingClientRect().left, element.getBoundingClientRect().top, element.scrollWidth]; })"""
    )
    assert boxes[0] == boxes[1]


def test_keys(browser):
    page = browser.open()
    area = editor(page)
    page.keyboard.type("if x:")
    page.keyboard.press("Enter")
    page.keyboard.type("y")
    expect(area).to_have_value("if x:\n    y")
    page.keyboard.press("Shift+Tab")
    expect(area).to_have_value("if x:\ny")
    page.keyboard.press("Control+A")
    page.keyboard.press("Tab")
    expect(area).to_have_value("    if x:\n    y")
    page.keyboard.press("Control+/")
    expect(area).to_have_value("    # if x:\n    # y")
    page.keyboard.press("Control+/")
    expect(area).to_have_value("    if x:\n    y")
    # Undo is the browser's own.
    page.keyboard.press("Control+Z")
    expect(area).to_have_value("    # if x:\n    # y")


def test_escape_lets_tab_leave(browser):
    page = browser.open()
    editor(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "editor-text"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") != "editor-text"


def test_a_long_file_stays_quick(browser):
    page = browser.open()
    text = "".join(f"def f{number}(x):\n    return x + {number}  # line\n" for number in range(2500))
    # As a paste does; Playwright's own way of filling takes the browser time that grows with the square of the lines.
    page.locator(".editor-text").evaluate("(area, text) => { area.value = text; area.dispatchEvent(new Event('input')); }", text)
    expect(page.locator(".editor-gutter > div")).to_have_count(5001)
    page.locator(".editor-text").focus()
    page.locator(".editor-text").evaluate("area => area.setSelectionRange(0, 0)")
    kept = page.locator(".editor-colours > div").nth(3000).element_handle()
    page.keyboard.type("import os\n")
    # Lines below the change are not drawn anew.
    assert kept.evaluate("line => line.isConnected")
    assert re.match("import os", page.locator(".editor-text").input_value())

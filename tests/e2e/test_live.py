"""Rows come by themselves, and never under the reader's eyes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e import traffic
from tests.e2e.processes import serving
from tests.e2e.visitor import PATIENCE_MS, Visitor, rows, until


def test_the_demos_next_conversation_slides_in(guest: Visitor) -> None:
    page = guest.open()
    rows(page).first.wait_for()
    newest = rows(page).first.get_attribute("data-trace")
    until(page, lambda: rows(page).first.get_attribute("data-trace") != newest, "a new row at the top")


def test_a_reader_who_has_scrolled_is_told_and_not_moved(tmp_path: Path, visits: Callable[[str], Visitor]) -> None:
    with serving(tmp_path) as (url, _):
        for number in range(60):
            traffic.post(url, number + 1, [traffic.chat(0, f"question {number}", "answer", at_ms=number * 1000)])
        visitor = visits(url)
        page = visitor.open()
        rows(page).first.wait_for()
        page.get_by_test_id("trace-rows").hover()
        page.mouse.wheel(0, 500)
        until(page, lambda: page.get_by_test_id("trace-rows").evaluate("box => box.scrollTop") > 100, "the scroll")
        seen = rows(page).nth(10).bounding_box()
        traffic.post(url, 900, [traffic.chat(0, "And now?", "Now this.", at_ms=500_000)])
        waiting = page.get_by_role("button", name=re.compile(r"1 new"))
        expect(waiting).to_be_visible()
        assert rows(page).nth(10).bounding_box() == seen
        waiting.click()
        expect(rows(page).first).to_contain_text("And now?")
        visitor.leave()


def test_children_that_come_first_wait_for_their_parent(stored: str, visits: Callable[[str], Visitor]) -> None:
    """A running trace shows as running, and is whole when its root has come."""
    child = traffic.chat(1, "Already asked?", "Already answered.", parent=0, at_ms=10, took_ms=50)
    trace = traffic.post(stored, 801, [child])
    page = visits(stored).open(f"/t/{trace}")
    expect(page.get_by_test_id("messages").or_(page.get_by_test_id("span-panel"))).not_to_have_count(0)
    expect(page.get_by_test_id("trace-header")).to_contain_text("running")
    traffic.post(stored, 801, [traffic.agent(0, "late parent", took_ms=900)])
    expect(page.get_by_test_id("trace-header")).to_contain_text("late parent", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("trace-header")).not_to_contain_text("running")

"""Dark and light, a desk and a telephone, and everybody who reads the page otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.visitor import PHONE, Visitor, rows, spans

BRIGHTNESS = "getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


def first_trace(page: Page) -> None:
    rows(page).first.locator(".row-link").click()
    spans(page).first.wait_for()


def test_the_page_is_as_dark_as_the_system(guest: Visitor) -> None:
    dark, light = (guest.open(color_scheme=scheme) for scheme in ("dark", "light"))
    rows(dark).first.wait_for()
    rows(light).first.wait_for()
    assert dark.evaluate(BRIGHTNESS) < 3 * 48
    assert light.evaluate(BRIGHTNESS) > 3 * 224


def test_a_chosen_theme_is_remembered(guest: Visitor) -> None:
    page = guest.open(color_scheme="dark")
    while page.get_by_role("button", name="Theme: light").count() == 0:
        page.get_by_role("button", name="Theme:").click()
    page.reload()
    rows(page).first.wait_for()
    assert page.evaluate(BRIGHTNESS) > 3 * 224


def test_a_desk_shows_28_traces(guest: Visitor) -> None:
    """As many rows as fit, whether there are that many traces or not."""
    page = guest.open()
    rows(page).first.wait_for()
    room = page.get_by_test_id("trace-rows").evaluate("box => box.clientHeight")
    assert room // rows(page).first.evaluate("row => row.offsetHeight") >= 28


def test_list_trace_and_span_on_a_telephone(guest: Visitor) -> None:
    page = guest.open("/?q=tag:book", **PHONE)
    rows(page).first.wait_for()
    assert not page.evaluate(TOO_WIDE)
    rows(page).first.tap()
    spans(page).first.wait_for()
    assert not page.evaluate(TOO_WIDE)
    expect(page.get_by_test_id("span-panel")).to_be_hidden()
    spans(page).last.tap()
    expect(page.get_by_test_id("messages")).to_contain_text("MOTH-7731")
    assert not page.evaluate(TOO_WIDE)
    page.get_by_role("button", name="Back to the trace").tap()
    expect(page.get_by_test_id("span-panel")).to_be_hidden()
    expect(spans(page).first).to_be_visible()


def test_at_twice_the_size_nothing_is_cut_off(guest: Visitor) -> None:
    page = guest.open(viewport={"width": 720, "height": 450}, device_scale_factor=2)
    rows(page).first.wait_for()
    assert not page.evaluate(TOO_WIDE)
    first_trace(page)
    assert not page.evaluate(TOO_WIDE)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("place", ["list", "failed", "conversation", "graph", "raw", "health", "help", "phone"])
def test_nobody_is_shut_out(guest: Visitor, axe: str, scheme: str, place: str) -> None:
    page = guest.open(
        "/health" if place == "health" else "/?q=tag:refund", color_scheme=scheme, **(PHONE if place == "phone" else {})
    )
    PLACES[place](page)
    assert serious(page, axe) == []


def test_nobody_is_shut_out_of_an_empty_page(tmp_path_factory: Any, visits: Callable[[str], Visitor], axe: str) -> None:
    from tests.e2e.processes import serving

    with serving(tmp_path_factory.mktemp("empty")) as (url, _):
        visitor = visits(url)
        page = visitor.open()
        page.get_by_test_id("empty").wait_for()
        assert serious(page, axe) == []
        visitor.leave()


def _in_trace(key: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        first_trace(page)
        page.get_by_test_id("span-panel").get_by_test_id("messages").wait_for()
        page.keyboard.press(key)
        page.wait_for_timeout(300)

    return go


def _help(page: Page) -> None:
    rows(page).first.wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


PLACES: dict[str, Callable[[Page], None]] = {
    "list": lambda page: rows(page).first.wait_for(),
    "failed": _in_trace("w"),
    "conversation": _in_trace("c"),
    "graph": _in_trace("g"),
    "raw": _in_trace("r"),
    "health": lambda page: page.locator("main h1, main h2").first.wait_for(),
    "help": _help,
    "phone": lambda page: rows(page).first.wait_for(),
}


def serious(page: Page, axe: str) -> list[str]:
    """What axe-core calls serious or critical, with the elements it means."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(result => result.violations)")
    assert page.evaluate("typeof axe.version") == "string"
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']} "
        + json.dumps([node["html"][:160] for node in rule["nodes"]][:3])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]

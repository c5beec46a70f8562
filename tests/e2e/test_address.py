"""What is seen is in the address: reload it, go back, send it to somebody."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.visitor import Visitor, rows, search, spans


def test_back_undoes_one_step_at_a_time(guest: Visitor) -> None:
    page = guest.open()
    rows(page).first.wait_for()
    search(page, "tag:book")
    expect(rows(page).first).to_contain_text("booking agent")
    rows(page).first.locator(".row-link").click()
    page.wait_for_url("**/t/*")
    spans(page).first.wait_for()
    page.go_back()
    expect(page.get_by_test_id("filter")).to_have_value("tag:book")
    expect(rows(page).first).to_contain_text("booking agent")
    page.go_back()
    expect(page.get_by_test_id("filter")).to_have_value("")
    page.go_forward()
    expect(page.get_by_test_id("filter")).to_have_value("tag:book")


def test_a_reload_changes_nothing(guest: Visitor) -> None:
    page = guest.open("/?q=tag:book")
    rows(page).first.locator(".row-link").click()
    spans(page).nth(1).click()
    page.get_by_role("tab", name="Timing").click()
    address, span = page.url, spans(page).nth(1).get_attribute("data-span")
    assert f"s={span}" in address
    page.reload()
    expect(spans(page).nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tab", name="Timing")).to_have_attribute("aria-selected", "true")
    assert page.url == address


def test_an_address_shows_somebody_else_the_same(guest: Visitor) -> None:
    first = guest.open("/?q=tag:find_luggage")
    rows(first).first.locator(".row-link").click()
    spans(first).first.wait_for()
    first.keyboard.press("c")
    first.wait_for_url(re.compile("view=conversation"))
    second = guest.open(first.url.removeprefix(guest.origin))
    expect(second.get_by_test_id("conversation")).to_contain_text("without socks")


def test_a_facet_is_a_filter_and_stands_in_the_address(guest: Visitor) -> None:
    page = guest.open()
    facets = page.get_by_role("complementary", name="Facets")
    facets.get_by_role("button", name=re.compile("claude-sonnet")).first.click()
    page.wait_for_url(re.compile(r"q=model:"))
    expect(rows(page).first).to_contain_text("claude-sonnet")
    page.reload()
    expect(facets.get_by_role("button", name=re.compile("claude-sonnet")).first).to_have_attribute(
        "aria-pressed", "true"
    )


def test_an_unknown_trace_and_an_unknown_page_say_so(guest: Visitor) -> None:
    guest.refused = True
    page = guest.open("/t/" + "0" * 31 + "7")
    expect(page.get_by_role("alert")).to_contain_text("No such trace")
    page.keyboard.press("Escape")
    expect(rows(page).first).to_be_visible()
    lost = guest.open("/nowhere/at/all")
    expect(lost.locator("main")).to_contain_text(re.compile("nothing|no such|not", re.IGNORECASE))

"""The whole way by keyboard, without a mouse."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.visitor import Visitor, rows, spans

AGENT = "/?q=tag:find_luggage"


def chosen(lines: Locator) -> Locator:
    return lines.and_(lines.page.locator('[aria-selected="true"]'))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def agent(guest: Visitor) -> Page:
    """The luggage agent's trace, opened with Enter."""
    page = guest.open(AGENT)
    rows(page).first.wait_for()
    press(page, "j", "Enter")
    spans(page).first.wait_for()
    return page


def test_down_up_open_and_back_to_the_same_row(guest: Visitor) -> None:
    page = guest.open("/?q=service:nightjar&to=" + str(9_999_999_999_999))
    rows(page).first.wait_for()
    order = [row.get_attribute("data-trace") for row in rows(page).all()[:3]]
    press(page, "j")
    expect(chosen(rows(page))).to_have_attribute("data-trace", str(order[0]))
    press(page, "j", "j", "k")
    expect(chosen(rows(page))).to_have_attribute("data-trace", str(order[1]))
    press(page, "Enter")
    page.wait_for_url(f"**/t/{order[1]}*")
    spans(page).first.wait_for()
    press(page, "Escape")
    expect(chosen(rows(page))).to_have_attribute("data-trace", str(order[1]))


def test_from_error_to_error_and_from_call_to_call(guest: Visitor) -> None:
    page = agent(guest)
    expect(chosen(spans(page))).to_contain_text("trace_luggage")
    press(page, "n")
    following = chosen(spans(page)).get_attribute("data-span")
    expect(chosen(spans(page)).get_by_text("claude").or_(chosen(spans(page)).locator(".w-tokens"))).not_to_have_count(0)
    press(page, "p")
    expect(chosen(spans(page))).not_to_have_attribute("data-span", str(following))
    press(page, "n")
    expect(chosen(spans(page))).to_have_attribute("data-span", str(following))
    press(page, "e")
    expect(chosen(spans(page))).to_contain_text("trace_luggage")
    expect(page.get_by_test_id("failure")).to_be_visible()


def test_row_by_row_through_a_trace(guest: Visitor) -> None:
    page = agent(guest)
    press(page, "Home")
    expect(spans(page).first).to_have_attribute("aria-selected", "true")
    for number in range(1, spans(page).count()):
        press(page, "j")
        expect(spans(page).nth(number)).to_have_attribute("aria-selected", "true")
    press(page, "k")
    expect(spans(page).last).to_have_attribute("aria-selected", "false")


def test_the_four_views(guest: Visitor) -> None:
    page = agent(guest)
    for key, view in {"c": "Conversation", "g": "Graph", "r": "Raw", "w": "Waterfall"}.items():
        press(page, key)
        expect(page.get_by_role("tab", name=view)).to_have_attribute("aria-selected", "true")
    expect(spans(page).first).to_be_visible()


def test_a_branch_folds(guest: Visitor) -> None:
    page = agent(guest)
    whole = spans(page).count()
    press(page, "Home", "h")
    expect(spans(page)).to_have_count(1)
    press(page, "h")
    expect(spans(page)).to_have_count(whole)


def test_the_neighbours_of_a_trace(guest: Visitor) -> None:
    page = guest.open("/?q=tag:first_night")
    rows(page).first.wait_for()
    order = [row.get_attribute("data-trace") for row in rows(page).all()]
    press(page, "j", "Enter")
    page.wait_for_url(f"**/t/{order[0]}*")
    page.wait_for_timeout(1000)  # the page asks for its neighbours once it is there
    press(page, "]")
    page.wait_for_url(f"**/t/{order[1]}*")
    press(page, "[")
    page.wait_for_url(f"**/t/{order[0]}*")


def test_help_and_palette_open_and_close(guest: Visitor) -> None:
    page = guest.open()
    rows(page).first.wait_for()
    for key, name in {"?": "Keys and filter language", "Control+k": "Command palette"}.items():
        press(page, key)
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        press(page, "Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "j")
    expect(chosen(rows(page))).to_have_count(1)


def test_keys_that_are_typed_into_the_filter_stay_there(guest: Visitor) -> None:
    page = guest.open()
    rows(page).first.wait_for()
    press(page, "/")
    page.keyboard.type("jkel?")
    expect(page.get_by_test_id("filter")).to_have_value("jkel?")
    expect(chosen(rows(page))).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_palette_leads_somewhere(guest: Visitor) -> None:
    page = guest.open()
    rows(page).first.wait_for()
    press(page, "Control+k")
    page.keyboard.type("health")
    press(page, "Enter")
    page.wait_for_url("**/health")
    expect(page.locator("main")).to_contain_text(re.compile("received|accepted", re.IGNORECASE))

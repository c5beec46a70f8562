"""From "something is wrong" to the guilty message: find, open, read."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import traffic
from tests.e2e.visitor import Visitor, rows, search, spans
from tools.screenshots import asked


def opened(page: Page, name: str) -> None:
    """Open the newest trace of that name."""
    rows(page).get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_test_id("trace-header")).to_contain_text(name)


@pytest.mark.parametrize("words", ['"without socks"', "without socks", "SOCKS"])
def test_a_prompt_is_found_by_its_words(guest: Visitor, words: str) -> None:
    page = guest.open()
    rows(page).first.wait_for()
    search(page, words)
    expect(page.get_by_test_id("total")).to_have_text(re.compile(r"^[1-9]\d* traces?\b"))
    expect(rows(page).first).to_contain_text("without socks")
    assert len(set(rows(page).locator(".row-link").all_inner_texts())) == 1


def test_words_deep_inside_a_conversation_are_found_too(guest: Visitor) -> None:
    """The list shows the first question and the last answer; this was said in between."""
    page = guest.open()
    rows(page).first.wait_for()
    search(page, '"double cabin left"')
    expect(rows(page).first).to_contain_text("booking agent")
    assert "double cabin left" not in rows(page).first.inner_text()
    opened(page, "booking agent")
    page.keyboard.press("c")
    expect(page.get_by_test_id("conversation")).to_contain_text("NJ 402 has a double cabin left")


def test_a_failed_trace_opens_on_the_failing_span_and_can_be_read(guest: Visitor) -> None:
    page = guest.open()
    rows(page).first.wait_for()
    search(page, 'status:error name:"refund agent"')
    opened(page, "refund agent")
    selected = page.locator('[data-testid="span-row"][aria-selected="true"]')
    expect(selected).to_have_class(re.compile("failed"))
    expect(selected).to_contain_text("InternalServerError")

    panel = page.get_by_test_id("span-panel")
    expect(panel.get_by_test_id("failure")).to_contain_text("InternalServerError")
    expect(panel.get_by_test_id("failure")).to_contain_text("HTTP 500")
    expect(panel.get_by_test_id("failure")).to_contain_text("The server had an error while processing your request")
    messages = panel.get_by_test_id("messages")
    expect(messages).to_contain_text("look_up_booking")
    expect(messages).to_contain_text("departs_in_hours")
    messages.get_by_role("button", name="earlier messages").click()
    expect(messages).to_contain_text("I would like a refund for booking OWL-2048")

    panel.get_by_role("tab", name="Error", exact=True).click()
    expect(panel.locator(".stack")).to_contain_text("openai.InternalServerError")
    expect(panel.locator(".stack")).to_contain_text("run_gpt")
    expect(panel.locator(".event").first).to_contain_text("limelight.attempt status_code 500 · wait 0.1")


def test_a_trace_that_survived_a_failure_opens_on_it(guest: Visitor) -> None:
    page = guest.open("/?q=tag:find_luggage")
    opened(page, "luggage agent")
    expect(page.locator('[data-testid="span-row"][aria-selected="true"]')).to_contain_text("trace_luggage")
    expect(page.get_by_test_id("failure")).to_contain_text("ScannerError")


def test_a_trace_without_failures_opens_on_its_last_model_call(guest: Visitor) -> None:
    page = guest.open("/?q=tag:book")
    opened(page, "booking agent")
    expect(spans(page).last).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("messages")).to_contain_text("MOTH-7731")


@pytest.mark.parametrize("tab", ["Messages", "Tools", "Parameters", "Usage & cost", "Timing", "Attributes"])
def test_every_tab_of_a_call_has_something_to_say(guest: Visitor, tab: str) -> None:
    page = guest.open("/?q=tag:book")
    opened(page, "booking agent")
    page.get_by_role("tab", name=tab).click()
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    assert len(page.locator("#panel-body").inner_text()) > 20


def test_a_cost_that_nobody_knows_is_a_dash_and_never_nothing(guest: Visitor) -> None:
    page = guest.open("/?q=tag:rhyme")
    rows(page).first.wait_for()
    assert {row["cost"]["total"] for row in asked(guest.origin, "/api/v1/traces?q=tag:rhyme")} == {None}
    expect(rows(page).first.locator(".c-cost")).to_have_text("—")


@pytest.mark.parametrize(
    ("story", "why"), [("rhyme", "No price is known for nightjar-rhymes-7b"), ("refund", "No tokens were reported")]
)
def test_an_unknown_cost_says_why(guest: Visitor, story: str, why: str) -> None:
    """A price list that knows the model is not to blame for a call that failed."""
    page = guest.open(f"/?q=tag:{story}")
    rows(page).first.locator(".row-link").click()
    page.get_by_role("tab", name="Usage & cost").click()
    expect(page.locator("#panel-body")).to_contain_text(f"{why}, so this call counts as unknown, not as free.")


@pytest.mark.parametrize("column", ["c-cost", "w-cost"])
def test_no_digit_of_a_cost_is_cut_off(guest: Visitor, column: str) -> None:
    page = guest.open("/?q=tag:bedtime_story")
    if column == "w-cost":
        rows(page).first.locator(".row-link").click()
    cost = page.locator(f"[role=gridcell].{column}").first
    expect(cost).to_have_text(re.compile(r"^~\$0\.0000\d\d$"))
    assert cost.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


def test_a_call_captured_at_the_transport_says_so(stored: str, visits: Callable[[str], Visitor]) -> None:
    noted = traffic.chat(0, "Who asked?", "Nobody that we know.")
    noted["attributes"].append(traffic.attribute("limelight.notes", ["captured at transport"]))
    trace = traffic.post(stored, 4040, [noted])
    page = visits(stored).open(f"/t/{trace}")
    expect(page.locator(".panel-facts")).to_contain_text("captured at transport")


def test_a_query_that_cannot_be_read_says_where(guest: Visitor) -> None:
    guest.refused = True
    page = guest.open()
    rows(page).first.wait_for()
    search(page, "cost>much")
    expect(page.get_by_role("alert")).to_contain_text("The filter could not be read")
    page.keyboard.press("/")
    page.keyboard.press("Control+A")
    page.keyboard.type("status:error")
    page.keyboard.press("Enter")
    expect(rows(page).first).to_be_visible()

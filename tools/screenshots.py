"""Take the README's pictures from the running demo: `make screenshots`.

Starts `limelight demo` on a free port with an empty database, lets the sample application tell its stories often enough
to fill the list, and photographs each page in Chromium.  CHROMIUM names the browser; by default it is Debian's.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from limelight.demo.app import OPENING, STORIES

IMAGES = Path(__file__).parent.parent / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
DETAIL = {"viewport": {"width": 1440, "height": 620}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
READY_S = 60
ROUNDS = "2"
"""Of every story, beside the demo's own: a list longer than the screen."""
MOST_BYTES = 300_000


def main() -> None:
    """Write every picture: the list, a trace, a failed one, and the list on a telephone."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demo() as url, sync_playwright() as playwright:
        told_again(url)
        settled(url)
        agent, failed = (address(url, f"tag:{story}") for story in ("book", "refund"))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shoot(browser, f"{url}/", "traces-dark", **DESKTOP, color_scheme="dark")
        shoot(browser, f"{url}/", "traces-light", **DESKTOP, color_scheme="light")
        shoot(browser, agent, "trace", **DETAIL, color_scheme="dark")
        shoot(browser, failed, "failed", **DETAIL, color_scheme="light")
        shoot(browser, f"{url}/", "phone", **PHONE, color_scheme="dark")
        browser.close()


@contextmanager
def demo() -> Iterator[str]:
    """The demo's address, while it runs."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "limelight.cli", "demo", "--port", str(port), "--data", data]
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(10)


def free_port() -> int:
    with socket.socket() as one_of_many:
        one_of_many.bind(("127.0.0.1", 0))
        port: int = one_of_many.getsockname()[1]
        return port


def settled(url: str) -> list[dict[str, Any]]:
    """Every trace, once each of the demo's stories has been told to its end."""
    stories = {story.__name__ for story in (OPENING, *STORIES)}
    until = time.monotonic() + READY_S
    missing = stories
    while time.monotonic() < until:
        rows = asked(url, "/api/v1/traces?limit=500")
        missing = stories - {tag for row in rows if not row["running"] for tag in row["tags"]}
        if not missing:
            return rows
        time.sleep(0.5)
    raise SystemExit(f"the demo did not come to its end within {READY_S} s; still missing: {sorted(missing)}")


def told_again(url: str) -> None:
    """The sample application once more, beside the one that runs already."""
    command = [sys.executable, "-m", "limelight.demo.app", "--endpoint", url, "--rounds", ROUNDS]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def address(url: str, query: str) -> str:
    """The page of the newest trace that a filter finds."""
    rows = asked(url, f"/api/v1/traces?limit=1&q={quote(query)}")
    if not rows:
        raise SystemExit(f"the demo has no trace for `{query}`")
    return f"{url}/t/{rows[0]['trace_id']}"


def asked(url: str, path: str) -> list[dict[str, Any]]:
    """The rows of a list, none while the server is still starting."""
    try:
        with urlopen(url + path, timeout=5) as answer:
            rows: list[dict[str, Any]] = json.load(answer)["traces"]
            return rows
    except OSError:
        return []


def shoot(browser: Browser, url: str, name: str, **context: Any) -> None:
    """Open a page as a new visitor and photograph it once it stands still."""
    opened = browser.new_context(reduced_motion="reduce", **context)
    page = opened.new_page()
    page.goto(url)
    stand_still(page)
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file)
    opened.close()
    print(f"{file} {file.stat().st_size // 1000} kB")
    if file.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{file.name} is larger than {MOST_BYTES // 1000} kB")


def stand_still(page: Page) -> None:
    """Live updates keep a connection open, so `networkidle` never comes: wait for the rows and the words instead."""
    page.get_by_test_id("trace-row").or_(page.get_by_test_id("messages")).first.wait_for()
    before = ""
    while (now := page.inner_text("body")) != before:
        before = now
        page.wait_for_timeout(500)


if __name__ == "__main__":
    main()

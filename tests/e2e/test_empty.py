"""Before the first span, and when the server is away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.e2e import traffic
from tests.e2e.processes import serving, surroundings
from tests.e2e.visitor import Visitor, rows, spans


@pytest.fixture
def empty(tmp_path: Path, visits: Callable[[str], Visitor]) -> Iterator[Visitor]:
    """A visitor of a server that has received nothing."""
    with serving(tmp_path) as (url, _):
        visitor = visits(url)
        yield visitor
        visitor.leave()


def test_the_two_lines_that_an_empty_page_shows_work_as_they_stand(empty: Visitor) -> None:
    page = empty.open()
    code = page.get_by_test_id("empty").locator("pre").inner_text()
    assert empty.origin in code
    program = f"{code}\nwith limelight.span('copied from the page'):\n    pass\n"
    subprocess.run([sys.executable, "-c", program], check=True, env=surroundings(), timeout=60)
    expect(rows(page).first).to_contain_text("copied from the page")


def test_it_says_where_any_other_sdk_sends_to(empty: Visitor) -> None:
    page = empty.open()
    expect(page.get_by_test_id("empty")).to_contain_text(f"{empty.origin}/v1/traces")


def test_the_demo_that_it_names_does_not_want_the_port_of_this_server(empty: Visitor) -> None:
    page = empty.open()
    expect(page.get_by_title("Copy the command that starts the demo")).to_contain_text("--port 0")


def test_the_test_trace_comes_and_can_be_read(empty: Visitor) -> None:
    page = empty.open()
    page.get_by_role("button", name="Send a test trace").click()
    spans(page).first.wait_for()
    expect(page.get_by_test_id("messages").locator("article").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(1)


def test_what_was_turned_away_is_told_with_its_reason(empty: Visitor) -> None:
    page = empty.open()
    page.get_by_test_id("empty").wait_for()
    request = Request(f"{empty.origin}/v1/traces", b"{not json", {"content-type": "application/json"})
    with pytest.raises(HTTPError):
        urlopen(request, timeout=10)
    expect(page.get_by_test_id("empty")).to_contain_text("Last rejected request")
    expect(page.get_by_test_id("empty")).to_contain_text("JSON")


def test_a_server_that_goes_away_is_missed_and_welcomed_back(tmp_path: Path, visits: Callable[[str], Visitor]) -> None:
    with serving(tmp_path) as (url, server):
        traffic.post(url, 1, [traffic.chat(0, "Are you there?", "Still here.")])
        visitor = visits(url)
        page = visitor.open()
        expect(rows(page).first).to_contain_text("Are you there?")
        visitor.offline = True
        server.interrupt()
        expect(page.get_by_title("Not connected")).to_be_visible()
        page.keyboard.press("/")
        page.keyboard.type("there")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Could not load the traces")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
    with serving(tmp_path, int(url.rpartition(":")[2])):
        expect(rows(page).first).to_contain_text("Are you there?")
        expect(page.get_by_title("Connected", exact=False).first).to_be_visible()
        visitor.leave()

"""What a newcomer waits for."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.conftest import Demo

GENEROUS_S = 30.0
"""5 are promised; a test machine is busy."""


def test_the_first_trace_is_on_the_page_soon_after_the_command(demo: Demo, measured: Callable[[str], None]) -> None:
    measured(
        f"`make demo`: listens after {demo.port_after_s:.2f} s, first trace in the page after {demo.trace_after_s:.2f} s"
    )
    assert demo.trace_after_s < GENEROUS_S


def test_the_command_says_where_to_look(demo: Demo) -> None:
    assert demo.url in demo.program.said()
    assert "Traceback" not in demo.program.said()

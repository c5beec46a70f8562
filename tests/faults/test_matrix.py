"""Whatever goes wrong with delivery: no call waits, the program ends, no span is lost, and it is said once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.matrix import FAULTS, Fault, live_through

if TYPE_CHECKING:
    from pathlib import Path

    from limelight.testing import FakeProvider

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="no fork, no limits, no SIGKILL here"),
    pytest.mark.case(50, 69),
]
MAX_CALL_MS, MAX_EXIT_S = 250.0, 2.5
"""Generous: they hold on a machine that is busy with other things too.  docs/delivery.md has the figures."""


QUICKLY = {"connection refused", "disk full, HTTP 503 at first", "SIGKILL at a random moment", "exporter raises"}
"""Those that every run of the tests lives through; the others are for `make test-slow`."""


def parameter(fault: Fault) -> object:
    return pytest.param(fault, id=fault.name, marks=() if fault.name in QUICKLY else pytest.mark.slow)


@pytest.mark.parametrize("fault", [parameter(fault) for fault in FAULTS])
def test_a_fault_costs_nothing_but_a_line(fault: Fault, fake: FakeProvider, tmp_path: Path) -> None:
    damage = live_through(fault, fake, tmp_path)
    assert damage.has_happened
    assert damage.made > 0
    assert damage.lost == (0 if fault.keeps else None), damage.said
    assert damage.log_lines <= 1, damage.said
    assert damage.call_ms is None or damage.call_ms < MAX_CALL_MS
    assert damage.exit_s is None or damage.exit_s < MAX_EXIT_S

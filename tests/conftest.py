from __future__ import annotations

import gc
import logging
import sys
from typing import TYPE_CHECKING

import pytest

import limelight
from limelight.engine import guard
from limelight.sdk import api
from limelight.sdk.switches import switches

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--case", type=int, help="run the tests of one case of docs/cases.md")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--case")
    if wanted is not None:
        kept = [item for item in items if any(wanted in mark.args for mark in item.iter_markers("case"))]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def pytest_collection_finish() -> None:
    """Whoever collects rubbish in a test looks through what is made there, not through every library under test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], 1_000)  # with so little to look through it would come in any test


@pytest.fixture(autouse=True, scope="session")
def no_spool() -> Iterator[None]:
    """Tests leave nothing in the folder where a user's spans wait for their backend."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LIMELIGHT_SPOOL", "off")
        yield


@pytest.fixture(autouse=True)
def heard() -> None:
    """Some libraries configure logging when they are imported, and silence every logger that they find."""
    logger = logging.getLogger("limelight")
    logger.disabled, logger.propagate = False, True
    logging.getLogger().setLevel(logging.WARNING)
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def nothing_global() -> Iterator[None]:
    """What a test began with `init()` ends with it: spans of those after it are not sent the way that it has spoilt."""
    yield
    end_what_init_began()


def end_what_init_began() -> None:
    limelight.shutdown()
    api._current = None


@pytest.fixture
def sound() -> Iterator[None]:
    """Nothing of ours went wrong, unheard, and nothing stays behind: no error counted, no class patched."""
    before = dict(guard.errors)
    yield
    end_what_init_began()  # of what it began the test is asked, too
    assert dict(guard.errors) == before
    assert {one.integration.name: list(one.patched) for one in switches() if one.patched} == {}


@pytest.fixture
def unwrapped() -> Iterator[None]:
    """For tests that wrap clients: these keep the patches that they need for as long as the program runs."""
    yield
    limelight.uninstrument()


@pytest.fixture
def unraised(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was raised where nobody could catch it: in `__del__`, in a thread."""
    heard: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", heard.append)
    return heard

"""The pytest plugin: the `spans` fixture, budgets, recorded answers, and the calls of a failed test beneath its failure.

pytest loads this in every environment with Limelight in it, so it loads nothing before it is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from limelight.testing.capture import Capture
    from limelight.testing.cassette import Cassette

_SPANS: pytest.StashKey[Capture] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "budget(cost=, tokens=, llm_calls=, ttft=): the most that the test's calls of models may take together: "
        "dollars, tokens, calls; and seconds to the first chunk of each",
    )
    config.addinivalue_line(
        "markers",
        "replay(path=None): answer the test's requests from a file, which `--limelight-record` writes; "
        "by default cassettes/<module>/<test>.jsonl beside the test",
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("limelight").addoption(
        "--limelight-record",
        action="store_true",
        help="let tests marked `replay` call their models, and write down what those answer",
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whoever has a budget needs his calls traced, whether or not he asks for the fixture; answers are replaced before that."""
    if item.get_closest_marker("replay") and isinstance(item, pytest.Function) and "cassette" not in item.fixturenames:
        item.fixturenames.insert(0, "cassette")
    if item.get_closest_marker("budget") and isinstance(item, pytest.Function) and "spans" not in item.fixturenames:
        item.fixturenames.append("spans")


@pytest.fixture
def spans(request: pytest.FixtureRequest) -> Iterator[Capture]:
    """Every call of a model during the test, in memory."""
    from limelight.testing.capture import capture

    with capture() as found:
        request.node.stash[_SPANS] = found
        yield found


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """Recorded answers in place of the network; see the marker `replay`."""
    from limelight.testing.replay import replayed

    def refuse(problem: str) -> NoReturn:
        pytest.fail(problem, pytrace=False)  # no `Exception`, so that no client library tries again

    with replayed(_place(request), record=request.config.getoption("--limelight-record"), refuse=refuse) as found:
        yield found


def _place(request: pytest.FixtureRequest) -> Path:
    marker, folder = request.node.get_closest_marker("replay"), request.path.parent
    given = (*marker.args, *marker.kwargs.values()) if marker is not None else ()
    if given:
        return folder / str(given[0])
    name = re.sub(r"[^\w.-]+", "_", request.node.nodeid.partition("::")[2]).strip("_")
    return folder / "cassettes" / request.path.stem / f"{name}.jsonl"


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """The budget is part of the test: overspent, it fails."""
    result = yield
    marker = pyfuncitem.get_closest_marker("budget")
    if marker is not None and (found := pyfuncitem.stash.get(_SPANS, None)) is not None:
        from limelight.testing.report import Budget

        if problems := Budget(**marker.kwargs).exceeded(found.all()):
            pytest.fail("over budget: " + "; ".join(problems), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    found = item.stash.get(_SPANS, None)
    if report.failed and report.when == "call" and found is not None and (made := found.all()):
        from limelight.testing.report import tree

        report.sections.append(("calls of models", tree(made)))
    return report

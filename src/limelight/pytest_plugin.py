"""The pytest plugin: the `spans` fixture, budgets, and the calls of a failed test beneath its failure.

pytest loads this in every environment with Limelight in it, so it loads nothing before it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from limelight.testing.capture import Capture

_SPANS: pytest.StashKey[Capture] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "budget(cost=, tokens=, llm_calls=, ttft=): the most that the test's calls of models may take together: "
        "dollars, tokens, calls; and seconds to the first chunk of each",
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whoever has a budget needs his calls traced, whether or not he asks for the fixture."""
    if item.get_closest_marker("budget") and isinstance(item, pytest.Function) and "spans" not in item.fixturenames:
        item.fixturenames.append("spans")


@pytest.fixture
def spans(request: pytest.FixtureRequest) -> Iterator[Capture]:
    """Every call of a model during the test, in memory."""
    from limelight.testing.capture import capture

    with capture() as found:
        request.node.stash[_SPANS] = found
        yield found


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

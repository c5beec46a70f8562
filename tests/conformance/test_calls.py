"""Every operation, in every way of asking: the same result, the same bytes on the wire, one whole span."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.drive import wire, without
from tests.conformance.parameters import choices
from tests.conformance.subjects import MISSING, SUBJECTS
from tests.conformance.summary import summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import Capture, FakeProvider
    from tests.conformance.expected import Recorded
    from tests.conformance.subject import Ask, Seen, Style, Subject, Way


@dataclass(frozen=True)
class Run:
    seen: Seen
    wire: list[Any]
    warned: list[tuple[type[Warning], str]]


async def run(fake: FakeProvider, subject: Subject, ask: Ask, way: Way, style: Style) -> Run:
    fake.reset()
    client = await subject.client(fake, style)
    arguments = {**ask.arguments, **(ask.prepare(fake) if ask.prepare else {})}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # of clients before this one, whenever they are collected
        seen = await way.read(way.ask(client, ask, arguments))
    return Run(
        without(seen, subject.volatile), wire(fake), [(warning.category, str(warning.message)) for warning in warned]
    )


@pytest.mark.case(44)
@pytest.mark.skipif("LIMELIGHT_CLIENTS" in os.environ, reason="an older generation, of which not all clients exist")
def test_no_client_library_is_missing() -> None:
    assert MISSING == {}


@pytest.mark.case(34, 35, 36, 37, 38, 41, 63, 72)
@pytest.mark.parametrize(("subject", "ask", "way", "style"), choices(SUBJECTS))
async def test_a_traced_call_is_the_untraced_one_and_makes_one_whole_span(
    fake: FakeProvider,
    traced: Callable[..., Capture],
    expected: Recorded,
    subject: Subject,
    ask: Ask,
    way: Way,
    style: Style,
) -> None:
    bare = await run(fake, subject, ask, way, style)
    spans = traced()
    watched = await run(fake, subject, ask, way, style)
    assert watched == bare
    told = summary(spans.one())
    assert told == expected.span(subject, ask, way, told)

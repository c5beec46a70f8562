"""What is recorded of one wrapped client's calls, where its owner wants it otherwise than the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import limelight
from limelight.testing import Capture
from tests.conformance.drive import settle
from tests.conformance.parameters import first_talks
from tests.conformance.subjects import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limelight.testing import FakeProvider
    from tests.conformance.subject import Ask, Style, Subject

EVERY_WRAPPED = pytest.mark.parametrize(
    ("subject", "ask", "style"), [one for one in first_talks(SUBJECTS) if one.values[0].wraps]
)
ASKED = {"gen_ai.input.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions"}
COUNTED = {"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"}


async def said(subject: Subject, client: Any, ask: Ask, spans: Capture) -> Mapping[str, Any]:
    spans.clear()
    await settle(subject.ways["plain"].ask(client, ask, ask.arguments))
    return spans.one().attributes


@EVERY_WRAPPED
async def test_each_option_of_a_wrapped_client_holds_for_it_and_its_copies_alone(
    fake: FakeProvider, traced: Callable[..., Capture], subject: Subject, ask: Ask, style: Style
) -> None:
    spans = traced()
    client, other = await subject.client(fake, style), await subject.client(fake, style)
    whole = await said(subject, other, ask, spans)
    assert ASKED & set(whole)
    assert "gen_ai.output.messages" in whole
    assert whole.keys() >= COUNTED

    spans.wrap(client, capture_input=False, capture_cost=False, tags=["own"], metadata={"team": "red"})
    for one in (client, *subject.copies(client)):
        told = await said(subject, one, ask, spans)
        assert not ASKED & set(told)
        assert {key for key in told if key.startswith("limelight.cost")} <= {"limelight.cost.provenance"}
        assert told["gen_ai.output.messages"] == whole["gen_ai.output.messages"]
        assert told["limelight.tags"] == ("own",)
        assert told["limelight.metadata"] == '{"team":"red"}'

    spans.wrap(client, capture_output=False, capture_tokens=False)
    told = await said(subject, client, ask, spans)
    assert not COUNTED & set(told)
    assert 'parts":[{' not in told.get("gen_ai.output.messages", "")
    assert {key: told[key] for key in ASKED & set(whole)} == {key: whole[key] for key in ASKED & set(whole)}
    assert "limelight.tags" not in told
    assert (await said(subject, other, ask, spans)).keys() == whole.keys()
    limelight.uninstrument()

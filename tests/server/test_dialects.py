"""The server shows one call alike, in whichever dialect it was sent."""

from __future__ import annotations

from typing import Any

import pytest

import limelight
from limelight import exporters
from limelight.core.dialects import Name
from tests.server.asking import Client

OWN = {"span_id", "parent_id", "started_ms", "duration_ms"}
"""What no two spans share."""


def shown(server: Client, dialect: Name | tuple[Name, ...]) -> dict[str, Any]:
    """The spans of a trace that was sent in a dialect, by name."""
    to = exporters.otlp(server.url, dialect=dialect)
    with limelight.Limelight(exporter=to, spool="off", instrument=False, service_name="s") as client:
        with client.agent("planner") as agent, client.llm_call(provider="openai", model="gpt-4o") as call:
            call.set_input_content("Where is Oslo?")
            call.set_output_content("In Norway.")
            call.set_tokens(input=900, output=30, cache_read=100)
        assert client.flush()
    spans = server.get(f"/api/v1/traces/{agent.trace_id:032x}").json["spans"]
    return {span["name"]: {key: value for key, value in span.items() if key not in OWN} for span in spans}


@pytest.mark.parametrize("dialect", ["indexed", "openinference", ("genai", "indexed", "openinference")])
def test_a_call_is_shown_alike_in_every_dialect(server: Client, dialect: Name | tuple[Name, ...]) -> None:
    expected, found = shown(server, "genai"), shown(server, dialect)
    assert set(expected) == {"planner", "chat gpt-4o"}
    call = expected["chat gpt-4o"]
    assert (call["kind"], call["model"], call["usage"]["input"]) == ("llm", "gpt-4o", 900)
    assert call["cost"]["total"] > 0
    assert found == expected

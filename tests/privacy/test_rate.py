"""`capture_rate`: a trace keeps its content or not, and every process that takes part in it decides alike."""

from __future__ import annotations

import random
import subprocess
import sys

from opentelemetry.context import attach, detach
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from limelight.core.dialects import keys
from limelight.testing.capture import Capture

_DICE = random.Random(5)
TRACES = [_DICE.getrandbits(128) for _ in range(200)]


def with_content(rate: float) -> list[int]:
    """The traces whose spans still say what was said."""
    with Capture(capture_rate=rate) as spans:
        for trace_id in TRACES:
            around = SpanContext(trace_id, 1, True, TraceFlags(1))
            token = attach(set_span_in_context(NonRecordingSpan(around)))
            for turn in range(2):
                with spans.span("step") as span:
                    span.record_input(f"said {turn}").record_output("answered")
            detach(token)
        found = spans.all()
    told = [one.span.context.trace_id for one in found if one.attributes.get(keys.INPUT)]
    assert len(found) == 2 * len(TRACES)
    assert all(told.count(trace_id) == 2 for trace_id in told)
    assert all("said" not in str(one.attributes) for one in found if one.span.context.trace_id not in told)
    return sorted(set(told))


def test_a_trace_is_kept_whole_and_at_a_higher_rate_as_well() -> None:
    kept = {rate: set(with_content(rate)) for rate in (0, 0.1, 0.5, 1)}
    assert not kept[0]
    assert kept[0.1] < kept[0.5] < kept[1] == set(TRACES)
    assert 5 <= len(kept[0.1]) <= 40
    assert 70 <= len(kept[0.5]) <= 130


def test_another_process_decides_alike() -> None:
    script = "from tests.privacy.test_rate import with_content; print(with_content(0.3))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=50)
    assert done.stdout.strip() == str(with_content(0.3))

"""Tokens that are counted once, and counted without harm (docs/cases.md, 15 to 24)."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

import pytest

from limelight.core.wire import anthropic_messages as wire

if TYPE_CHECKING:
    from limelight.testing import Capture, FakeProvider

anthropic = pytest.importorskip("anthropic")

PICTURE = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}


@pytest.mark.case(17)
def test_the_end_of_a_stream_repeats_its_input_and_does_not_add_to_it() -> None:
    begun = {"type": "message_start", "message": {"usage": {"input_tokens": 1_600, "output_tokens": 1}}}
    ended = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    for last in ({"output_tokens": 9}, {"input_tokens": 1_600, "output_tokens": 9}):
        usage = wire.response(wire.fold([begun, {**ended, "usage": last}])).usage
        assert (usage.input, usage.output) == (1_600, 9)


@pytest.mark.case(17)
def test_a_picture_counts_the_same_streamed_and_whole(fake: FakeProvider, spans: Capture) -> None:
    seen: list[Any] = [{"type": "image", "source": PICTURE}, {"type": "text", "text": "What is this?"}]
    asked: dict[str, Any] = {"model": "claude-sonnet-5-5", "max_tokens": 64}
    asked["messages"] = [{"role": "user", "content": seen}]
    with anthropic.Anthropic(base_url=fake.anthropic_url, api_key="any") as client:
        answer = client.messages.create(**asked)
        assert list(client.messages.create(**asked, stream=True))
    whole, streamed = (one.attributes["gen_ai.usage.input_tokens"] for one in spans.all())
    assert whole == streamed == answer.usage.input_tokens


@pytest.mark.case(24)
def test_a_guess_at_tokens_asks_nobody_and_takes_as_long_for_a_huge_text_as_for_a_large_one() -> None:
    """In a process of its own, where every file, address and foreign module would be noticed."""
    program = """
        import sys, time
        from limelight.core.model import Message, Record, Request, Response, Text
        from limelight.core.tokens import estimated
        def record(size):
            said = Text("The train leaves at eight. " * (size // 27))
            return Record(kind="llm", operation="chat", provider="openai", request=Request(model="gpt-4o", messages=(Message("user", (said,)),)),
                          response=Response(messages=(Message("assistant", (Text("Yes."),)),)))
        estimated(record(1_000))
        heard = []
        sys.addaudithook(lambda event, args: heard.append(event) if event in ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen") else None)
        before = set(sys.modules)
        def took(size):
            one = record(size)
            started = time.process_time()
            usage = estimated(one).response.usage
            assert usage.input > size / 10, usage
            return time.process_time() - started
        large, huge = min(took(2_000_000 + 27 * n) for n in range(3)), min(took(20_000_000 + 27 * n) for n in range(3))
        assert heard == [], heard
        assert set(sys.modules) == before
        assert huge < 10 * large + 0.05, (large, huge)
    """
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - started < 40

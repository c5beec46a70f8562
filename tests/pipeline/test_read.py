"""What a call's notes are read as, where the client keeps something to itself."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from limelight.testing import capture

CHUNK = {"id": "gen-1", "model": "m", "object": "chat.completion.chunk", "created": 1}
USAGE = {"prompt_tokens": 43, "completion_tokens": 10, "total_tokens": 53, "cost": 0.002}


def choice(content: str, finish: str | None = None) -> list[Any]:
    return [{"index": 0, "delta": {"role": "assistant", "content": content}, "finish_reason": finish}]


EVENTS = [
    {**CHUNK, "choices": choice("The train")},
    {**CHUNK, "choices": choice(" leaves", "length")},
    {**CHUNK, "choices": choice(""), "usage": USAGE, "error": {"code": 400, "message": "Token limit reached"}},
    {**CHUNK, "choices": choice(" never sent on")},
]


@pytest.fixture
def address() -> Iterator[str]:
    """A server whose stream fails with its last word, which holds the usage too: OpenRouter's way."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            body = "".join(f"data: {json.dumps(event)}\n\n" for event in EVENTS).encode()
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def test_the_piece_that_a_stream_broke_over_is_read_though_the_client_raised_it(address: str) -> None:
    with capture("openai") as spans, openai.OpenAI(base_url=address, api_key="any", max_retries=0) as client:
        stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True)
        with pytest.raises(openai.APIError, match="Token limit reached"):
            for _ in stream:
                pass
        span = spans.one()
    assert span.attributes["gen_ai.usage.input_tokens"] == 43
    assert span.attributes["gen_ai.usage.output_tokens"] == 10
    assert span.attributes["limelight.cost.total"] == 0.002
    assert span.json("gen_ai.output.messages")[0]["parts"] == [{"type": "text", "content": "The train leaves"}]
    assert span.error == "Token limit reached"

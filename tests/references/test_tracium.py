"""What `tracium-auto-instrumentation` promises, held by Limelight: the program as a whole, and what serves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

import limelight
from limelight.core.dialects import keys
from limelight.middleware import asgi, wsgi
from limelight.sdk import api
from limelight.sdk.switches import switch
from limelight.testing import Capture
from tests.frameworks.tree import tree


@pytest.fixture
def program(spans: Capture, monkeypatch: pytest.MonkeyPatch) -> Capture:
    """As after `limelight.init()`."""
    monkeypatch.setattr(api, "_current", spans)
    return spans


def test_a_framework_is_switched_off_by_its_name(traced: Any) -> None:
    pytest.importorskip("langchain")
    spans = traced(instrument=False)
    spans.uninstrument()
    for settings, is_on in (({}, True), ({"exclude": ["langchain"]}, False)):
        with limelight.Limelight(spool="off", endpoint="http://127.0.0.1:9", **settings) as one:
            one.instrument()
            assert switch("langchain").is_on is is_on
            assert switch("openai").is_on


def test_tags_of_the_program_are_on_every_span(traced: Any) -> None:
    spans = traced(tags=["beta"])
    with spans.agent("a"), spans.span("b"), spans.llm_call(provider="parlour"):
        pass
    assert [one.attributes[keys.TAGS] for one in spans.all()] == [("beta",)] * 3


def call(application: Any, path: str) -> tuple[str, bytes]:
    environ: dict[str, Any] = {"PATH_INFO": path, "HTTP_BAGGAGE": "limelight.user_id=ann"}
    setup_testing_defaults(environ)
    started: list[str] = []
    body = application(environ, lambda status, headers, *_: started.append(status))
    sent = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return started[0], sent


@wsgi
def parlour(environ: Any, start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/broken":
        raise LookupError("gone")
    start_response("200 OK", [])

    def pieces() -> Iterator[bytes]:
        for word in (b"one", b"two"):
            if environ["PATH_INFO"] != "/health":
                with limelight.span(word.decode()):
                    pass
            yield word

    return pieces()


def test_any_wsgi_application_is_a_trace(program: Capture) -> None:
    assert call(parlour, "/chat") == ("200 OK", b"onetwo")
    assert tree(program) == ["GET [http]", "  one [chain]", "  two [chain]"]
    assert {one.attributes[keys.USER] for one in program.all()} == {"ann"}
    program.clear()
    assert call(parlour, "/health") == ("200 OK", b"onetwo")
    assert program.all() == []
    with pytest.raises(LookupError):
        call(parlour, "/broken")


def test_before_init_an_application_is_as_it_was() -> None:
    assert api._current is None
    assert call(parlour, "/chat") == ("200 OK", b"onetwo")


async def test_any_asgi_application_is_a_trace(program: Capture) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        with limelight.span("answer"):
            await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"one"})

    sent = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "http", "method": "POST", "path": "/chat", "headers": [(b"host", b"parlour")]}
    await asgi(application)(scope, None, send)
    assert sent == ["http.response.start", "http.response.body"]
    assert tree(program) == ["POST [http]", "  answer [chain]"]
    assert program.all()[-1].attributes[keys.HTTP_STATUS] == 201

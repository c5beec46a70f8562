"""Functions of a module, however somebody got hold of them, and streams that can be read either way."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from limelight.core.operation import Integration, Operation
from limelight.engine.patch import Switch
from limelight.pipeline import read
from tests.engine.test_shapes import Noted, _fold, _request, _response

if TYPE_CHECKING:
    from collections.abc import Iterator


class Either:
    """Pieces for a `for` loop, or for an `async for` loop."""

    def __init__(self) -> None:
        self.pieces = [{"text": "a"}, {"text": "b"}]
        self.model = "said-by-the-stream"

    def __iter__(self) -> Either:
        return self

    def __next__(self) -> dict[str, str]:
        if not self.pieces:
            raise StopIteration
        return self.pieces.pop(0)

    def __aiter__(self) -> Either:
        return self

    async def __anext__(self) -> dict[str, str]:
        if not self.pieces:
            raise StopAsyncIteration
        return self.pieces.pop(0)


class Client:
    model = "said-by-the-client"

    def ask(self, model: str | None = None) -> dict[str, str]:
        return {"text": f"{self.model} or {model}"}


def stream(model: str) -> Either:
    return Either()


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    module = types.ModuleType("salon")
    client = type("Client", (), dict(vars(Client)))()
    vars(module).update(client=client, ask=client.ask, stream=stream)
    monkeypatch.setitem(sys.modules, "salon", module)
    return module


@pytest.fixture
def switch(library: types.ModuleType) -> Iterator[Switch]:
    one = Switch(
        Integration(
            "salon",
            "pytest",
            (
                Operation("chat", ("salon:ask",), _request, _response),
                Operation(
                    "chat", ("salon:stream",), _request, _response, _fold, keep=lambda answer: {"said": answer.model}
                ),
            ),
            defaults=lambda client: {"model": getattr(client, "model", None)},
        )
    )
    yield one
    one.off()


def test_a_name_copied_before_follows_the_function_there_and_back(
    library: Any, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    program: Any = types.ModuleType("program")
    program.stream, program.ask = library.stream, library.client.ask
    monkeypatch.setitem(sys.modules, "program", program)
    before = program.stream
    noted = Noted()
    undo = switch.on(noted)
    list(program.stream("m"))
    undo()
    list(program.stream("m"))
    assert [call.arguments for call in noted.calls] == [{"model": "m"}]
    assert program.stream is before is library.stream


def test_a_function_that_is_a_method_of_a_client_is_a_call_of_that_client(library: Any, switch: Switch) -> None:
    noted = Noted()
    switch.on(noted)
    assert library.ask() == {"text": "said-by-the-client or None"}
    (call,) = noted.calls
    assert call.client is library.client
    assert read.record(call).request.model == "said-by-the-client"


def test_what_a_call_says_is_stronger_than_what_the_client_adds(library: Any, switch: Switch) -> None:
    noted = Noted()
    switch.on(noted)
    library.ask(model="mine")
    assert read.record(noted.calls[0]).request.model == "mine"


async def test_a_stream_for_either_loop_is_watched_in_either(library: Any, switch: Switch) -> None:
    noted = Noted()
    switch.on(noted)
    assert [piece["text"] for piece in library.stream("m")] == ["a", "b"]
    assert [piece["text"] async for piece in library.stream("m")] == ["a", "b"]
    assert [(call.ending, len(call.chunks)) for call in noted.calls] == [("done", 2), ("done", 2)]


def test_what_a_stream_says_beside_its_pieces_is_kept(library: Any, switch: Switch) -> None:
    noted = Noted()
    switch.on(noted)
    list(library.stream("m"))
    (call,) = noted.calls
    assert call.response == {"said": "said-by-the-stream"}
    assert read.record(call).response.messages[0].parts[0].content == "ab"  # type: ignore[union-attr]

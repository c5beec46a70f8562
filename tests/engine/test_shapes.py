"""Client libraries come in many shapes; here is one of each, in a library of our own."""

from __future__ import annotations

import sys
import types
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from limelight.core.model import Message, Request, Response, Text
from limelight.core.operation import Integration, Operation
from limelight.engine.patch import Switch


class Noted:
    """A sink that keeps what ends."""

    begun = shows = None

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def submit(self, span: Any) -> None:
        self.calls.append(span)

    def opened(self, span: Any) -> None:
        pass

    def sampled(self, span: Any) -> bool:
        return True


class Core:
    """What all parts of a client share."""


class Client:
    def __init__(self) -> None:
        self.core = Core()

    def send(self, word: str, table: dict[str, Any]) -> str:
        return f"{word} {table['model']}"

    def stream(self, model: str) -> Iterator[dict[str, str]]:
        for piece in ("a", "b"):
            yield {"text": piece, "model": model}

    async def stream_async(self, model: str) -> AsyncIterator[dict[str, str]]:
        for piece in ("a", "b"):
            yield {"text": piece, "model": model}


def ask(model: str, *, words: list[str]) -> str:
    return f"{model}: {len(words)}"


async def ask_async(model: str, *, words: list[str]) -> str:
    return ask(model, words=words)


def _request(table: Any) -> Request:
    return Request(model=table.get("model"))


def _response(table: Any) -> Response:
    return Response(messages=(Message("assistant", (Text(table.get("text", "")),)),))


def _fold(chunks: Any) -> dict[str, str]:
    return {"text": "".join(chunk["text"] for chunk in chunks)}


def _operation(name: str, *targets: str) -> Operation:
    return Operation(name, targets, _request, _response, _fold)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    module = types.ModuleType("parlour")
    kind = type(
        "Client", (), {name: each for name, each in vars(Client).items() if name not in ("__dict__", "__weakref__")}
    )
    vars(module).update(Client=kind, ask=ask, ask_async=ask_async)
    monkeypatch.setitem(sys.modules, "parlour", module)
    return module


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def switch(library: types.ModuleType) -> Iterator[Switch]:
    integration = Integration(
        "parlour",
        "pytest",
        (
            _operation("chat", "parlour:Client.send[Converse]", "parlour:ask", "parlour:ask_async"),
            _operation("embeddings", "parlour:Client.send[Embed]"),
            _operation("stream", "parlour:Client.stream", "parlour:Client.stream_async"),
        ),
        owner=lambda part: getattr(part, "core", part),
    )
    one = Switch(integration)
    yield one
    one.off()


def test_the_first_argument_says_which_operation_it_is(library: Any, switch: Switch, noted: Noted) -> None:
    switch.on(noted)
    client = library.Client()
    assert client.send("Converse", {"model": "m"}) == "Converse m"
    assert client.send("Embed", {"model": "e"}) == "Embed e"
    assert client.send("PutObject", {"model": "?"}) == "PutObject ?"
    assert [(call.operation.name, call.arguments) for call in noted.calls] == [
        ("chat", {"model": "m"}),
        ("embeddings", {"model": "e"}),
    ]


def test_a_method_with_several_operations_is_patched_once(library: Any, switch: Switch, noted: Noted) -> None:
    before = library.Client.send
    undo = switch.on(noted)
    assert library.Client.send.__wrapped__ is before
    undo()
    assert library.Client.send is before


async def test_functions_of_a_module_are_calls_too(library: Any, switch: Switch, noted: Noted) -> None:
    switch.on(noted)
    words = ["x"]
    assert library.ask("m", words=words) == "m: 1"
    assert await library.ask_async("n", words=words) == "n: 1"
    words.clear()
    assert [call.arguments for call in noted.calls] == [
        {"model": "m", "words": ["x"]},
        {"model": "n", "words": ["x"]},
    ]


def test_a_generator_begins_with_its_first_piece(library: Any, switch: Switch, noted: Noted) -> None:
    switch.on(noted)
    stream = library.Client().stream("m")
    assert isinstance(stream, types.GeneratorType)
    assert noted.calls == []
    assert [piece["text"] for piece in stream] == ["a", "b"]
    (call,) = noted.calls
    assert (call.ending, len(call.chunks)) == ("done", 2)


@pytest.mark.parametrize("how", ["dropped", "closed"])
def test_a_generator_that_nobody_iterates_is_no_call(library: Any, switch: Switch, noted: Noted, how: str) -> None:
    switch.on(noted)
    stream = library.Client().stream("m")
    if how == "closed":
        stream.close()
    del stream
    assert noted.calls == []


def test_a_generator_that_is_left_is_an_abandoned_call(library: Any, switch: Switch, noted: Noted) -> None:
    switch.on(noted)
    stream = library.Client().stream("m")
    assert next(stream)["text"] == "a"
    stream.close()
    (call,) = noted.calls
    assert (call.ending, len(call.chunks)) == ("abandoned", 1)


async def test_async_generators_are_no_other(library: Any, switch: Switch, noted: Noted) -> None:
    switch.on(noted)
    client = library.Client()
    await client.stream_async("m").aclose()
    assert noted.calls == []
    assert [piece["text"] async for piece in client.stream_async("m")] == ["a", "b"]
    (call,) = noted.calls
    assert (call.ending, len(call.chunks)) == ("done", 2)


def test_the_owner_is_marked_and_asked(library: Any, switch: Switch, noted: Noted) -> None:
    wrapped, other = library.Client(), library.Client()
    switch.mark(wrapped, lambda: noted)
    for client in (wrapped, other):
        client.send("Converse", {"model": "m"})
    assert [call.client for call in noted.calls] == [wrapped.core]


def test_whoever_covers_all_is_alone(library: Any, switch: Switch, noted: Noted) -> None:
    around = Noted()
    outer = Switch(Integration("outer", "pytest", (_operation("chat", "parlour:complete"),), covers=frozenset({"*"})))
    library.complete = lambda model: library.Client().send("Converse", {"model": model})
    undo = outer.on(around)
    switch.on(noted)
    library.complete("m")
    undo()
    assert [call.integration.name for call in (*around.calls, *noted.calls)] == ["outer"]

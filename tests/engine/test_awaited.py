"""Plain functions that give something to be awaited, and streams that are iterated over and are no iterators: gRPC's."""

from __future__ import annotations

import asyncio
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from limelight.core.operation import Integration, Operation
from limelight.engine.call import Call
from limelight.engine.patch import Switch
from limelight.engine.span import here, innermost
from tests.engine.test_shapes import Noted, _fold, _request, _response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class Stream:
    """Iterated over, and no iterator."""

    async def __aiter__(self) -> AsyncIterator[dict[str, str]]:
        for piece in ("a", "b", "c"):
            await asyncio.sleep(0)
            yield {"text": piece}


async def _opened(model: str) -> Any:
    await asyncio.sleep(0)
    if model == "no-such":
        raise LookupError(model)
    return Stream() if model != "whole" else {"text": type(innermost(here())).__name__}


def stream(model: str) -> Any:
    return _opened(model)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    module = types.ModuleType("wires")
    vars(module).update(stream=stream)
    monkeypatch.setitem(sys.modules, "wires", module)
    return module


@pytest.fixture
def noted(library: types.ModuleType) -> Iterator[Noted]:
    noted = Noted()
    switch = Switch(Integration("wires", "pytest", (Operation("chat", ("wires:stream",), _request, _response, _fold),)))
    switch.on(noted)
    yield noted
    switch.off()


async def test_the_call_lasts_until_it_was_awaited(library: Any, noted: Noted) -> None:
    asked = library.stream("whole")
    assert noted.calls == []
    assert await asked == {"text": Call.__name__}
    assert not isinstance(innermost(here()), Call)
    (call,) = noted.calls
    assert (call.ending, call.response) == ("done", {"text": "Call"})


async def test_what_it_raises_is_the_calls_error(library: Any, noted: Noted) -> None:
    with pytest.raises(LookupError) as caught:
        await library.stream("no-such")
    (call,) = noted.calls
    assert (call.ending, call.error) == ("error", caught.value)


async def test_its_stream_is_watched_to_the_end(library: Any, noted: Noted) -> None:
    stream = await library.stream("m")
    assert isinstance(stream, Stream)
    assert not hasattr(stream, "__anext__")
    assert [piece["text"] async for piece in stream] == ["a", "b", "c"]
    (call,) = noted.calls
    assert (call.ending, len(call.chunks)) == ("done", 3)


async def test_a_stream_that_its_loop_alone_holds_is_not_abandoned(library: Any, noted: Noted) -> None:
    assert [piece["text"] async for piece in await library.stream("m")] == ["a", "b", "c"]
    assert [call.ending for call in noted.calls] == ["done"]


async def test_a_stream_that_is_left_or_never_read_is_abandoned(library: Any, noted: Noted) -> None:
    async for _ in await library.stream("m"):
        break
    await asyncio.sleep(0)
    unread = await library.stream("m")
    del unread
    assert [(call.ending, len(call.chunks)) for call in noted.calls] == [("abandoned", 1), ("abandoned", 0)]

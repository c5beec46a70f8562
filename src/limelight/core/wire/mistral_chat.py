"""Mistral's Chat, Agents and FIM completions: OpenAI's format with chunks of its own within messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Other, Part, Request, Response, Text, Usage
from limelight.core.wire import openai_chat, openai_completions, openai_media, openai_parts
from limelight.core.wire.read import Table, as_table, first, is_given, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_TRANSPORT = frozenset({"retries", "server_url", "timeout_ms", "http_headers", "accept_header_override"})
"""How to send, not what to ask for.  Headers carry credentials."""
_RENAMED = {"random_seed": "seed", "inputs": "input", "output_dimension": "dimensions"}
_REFERENCES = frozenset({"reference", "tool_reference"})
"""Chunks that say what the text before them is founded on."""


def sent(body: Table) -> Table:
    """The arguments that go out, under OpenAI's names where it has one."""
    return {_RENAMED.get(key, key): value for key, value in body.items() if key not in _TRANSPORT and is_given(value)}


def request(body: Table) -> Request:
    asked = openai_chat.request(sent(body))
    schema = table(table(asked.params, "response_format"), "json_schema")
    if "schema_definition" not in schema:
        return asked
    named = {"schema" if key == "schema_definition" else key: value for key, value in schema.items()}
    form = {**table(asked.params, "response_format"), "json_schema": named}
    return replace(asked, params={**asked.params, "response_format": form})


def fim_request(body: Table) -> Request:
    return openai_completions.request(sent(body))


def embeddings_request(body: Table) -> Request:
    return openai_media.embeddings_request(sent(body))


def response(body: Table) -> Response:
    body = {**body, "choices": [_choice(each) for each in tables(body, "choices")]}
    used = table(body, "usage")
    found = openai_chat.response(body)
    return replace(
        found,
        messages=tuple(replace(each, parts=tuple(cited(each.parts))) for each in found.messages),
        usage=usage(used),
        service_tier=said(used, "service_tier"),
    )


def _choice(body: Table) -> Table:
    """Where the provider has run tools by itself, a choice has several messages."""
    several = list(tables(body, "messages"))
    if table(body, "message") or not several:
        return body
    whole = fold([{"choices": [{"delta": each}]} for each in several])
    return {**body, **next(iter(tables(whole, "choices")), {}), "finish_reason": body.get("finish_reason")}


def cited(parts: Iterable[Part]) -> Iterator[Part]:
    """References are chunks of their own behind the text they are about: give them to it."""
    held: Text | None = None
    for part in parts:
        if held is not None and isinstance(part, Other) and part.type in _REFERENCES:
            held = replace(held, citations=(*held.citations, _reference(part)))
            continue
        if held is not None:
            yield held
        held = part if isinstance(part, Text) else None
        if held is None:
            yield part
    if held is not None:
        yield held


def _reference(part: Other) -> Table:
    return {"type": part.type, **{key: value for key, value in part.fields.items() if value is not None}}


def usage(body: Table) -> Usage:
    """Mistral counts the tokens of sound beside the prompt, as the total tells; we count them within it."""
    found = openai_parts.usage(body)
    if found.cache_read is None:
        found = replace(found, cache_read=number(body, "num_cached_tokens"))
    heard, received, total = found.input_audio, found.input, number(body, "total_tokens")
    if heard and received is not None and total == received + heard + (found.output or 0):
        return replace(found, input=received + heard)
    return found


def chunk_of(event: Any) -> Table | None:
    """The body of an event: an object of the client has it as `data`."""
    body = as_table(event)
    return None if body is None else table(body, "data") or body


def is_content(event: Table) -> bool:
    return openai_chat.is_content(chunk_of(event) or {})


def fold(events: Sequence[Table]) -> Table:
    """Put the chunks together into the completion they would have been, its pieces of text joined."""
    bodies = [body for event in events if (body := chunk_of(event)) is not None]
    whole = openai_chat.fold([_listing(body) for body in bodies])
    return {**whole, "choices": [_joining(each) for each in tables(whole, "choices")]}


def _listing(chunk: Table) -> Table:
    """A chunk whose content is a list even where it is a mere text: so the order of all that comes is kept."""
    return {**chunk, "choices": [{**each, "delta": _listed(table(each, "delta"))} for each in tables(chunk, "choices")]}


def _listed(delta: Table) -> Table:
    content = delta.get("content")
    pieces = [{"type": "text", "text": content}] if isinstance(content, str) and content else listed(content)
    calls = [_known(call) for call in tables(delta, "tool_calls")]
    return {**delta, "content": pieces or None, "tool_calls": calls or None}


def _known(call: Table) -> Table:
    """The client says `null`, the word, for an id that was not sent."""
    return {**call, "id": None} if text(call, "id") == "null" else call


def _joining(choice: Table) -> Table:
    message = table(choice, "message")
    return {**choice, "message": {**message, "content": joined(listed(message.get("content")))}}


def joined(pieces: Iterable[Any]) -> list[Table]:
    """The chunks of a content with neighbours of one kind put together."""
    whole: list[dict[str, Any]] = []
    for piece in pieces:
        body = {"type": "text", "text": piece} if isinstance(piece, str) else dict(as_table(piece) or {})
        kind = text(body, "type") or "text"
        growing = whole[-1] if whole and whole[-1]["type"] == kind and kind in _GROWING else None
        if growing is None:
            whole.append({**body, "type": kind, **({kind: _grown(body, kind)} if kind in _GROWING else {})})
        else:
            growing[kind] += _grown(body, kind)
    return [{**each, each["type"]: "".join(each[each["type"]])} if each["type"] in _GROWING else each for each in whole]


def _text(body: Table) -> list[str]:
    return [text(body, "text")]


def _thinking(body: Table) -> list[str]:
    return [text(each, "text") for each in tables(body, "thinking")] or [text(body, "thinking")]


_GROWING: Mapping[str, Callable[[Table], list[str]]] = {"text": _text, "thinking": _thinking}
"""Kinds of chunks that come in pieces, and the field of the same name that grows."""


def _grown(body: Table, kind: str) -> list[str]:
    return _GROWING[kind](body)


def content(value: Any) -> tuple[Part, ...]:
    """The parts of a message's content, references with the text they are about."""
    return tuple(cited(openai_parts.parts(value)))


def message(body: Table) -> Message:
    return Message(openai_parts.role(body, "user"), content(first(body, "content")))

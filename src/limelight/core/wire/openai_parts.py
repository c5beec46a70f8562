"""Pieces that Chat Completions and Responses have in common: content parts, tools, usage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from limelight.core.model import Media, Other, Part, Reasoning, Role, Text, Tool, ToolResult, Usage
from limelight.core.plain import plain
from limelight.core.wire.media import from_base64, from_url, modality_of
from limelight.core.wire.read import (
    JSON,
    Table,
    amount,
    as_table,
    first,
    given,
    listed,
    number,
    said,
    table,
    tables,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
}
_SECRETS = frozenset({"authorization", "headers"})
"""Of a hosted MCP tool: the user's credentials for a third party."""
_TICKS = 10**10
"""xAI's, in a dollar."""
_DURATIONS = {
    "duration.queue_s": "queue_time",
    "duration.input_s": "prompt_time",
    "duration.output_s": "completion_time",
    "duration.total_s": "total_time",
}


def role(body: Table, otherwise: Role) -> Role:
    return ROLES.get(text(body, "role"), otherwise)


def parts(content: Any) -> Iterator[Part]:
    """A message's content: one text, or a list of parts."""
    if isinstance(content, str):
        if content:
            yield Text(content)
        return
    if (lone := as_table(content)) is not None:
        # A server that answers with a JSON object where text belongs.
        yield part(lone) if "type" in lone or "text" in lone else Text(json.dumps(plain(lone)))
    for item in listed(content):
        if isinstance(item, str):
            yield Text(item)
        elif (body := as_table(item)) is not None:
            yield part(body)


def part(body: Table) -> Part:
    """One content part, in the words of either API and of those who copied them."""
    kind = text(body, "type")
    match kind:
        case "text" | "input_text" | "output_text" | "summary_text" | "reasoning_text" | "":
            return Text(_text(body), tuple(plain(each) for each in tables(body, "annotations")))
        case "refusal":
            return refusal(text(body, "refusal"))
        case "image_url" | "video_url" | "audio_url" | "document_url" | "input_image":
            return _linked(body, kind)
        case "input_audio" | "audio":
            sound = table(body, "input_audio") or body
            return from_base64(text(sound, "data"), "audio", _audio_type(text(sound, "format")))
        case "file" | "input_file":
            return _file(table(body, "file") or body)
        case "thinking":
            return Reasoning(
                "".join(text(piece, "text") for piece in tables(body, "thinking")) or text(body, "thinking")
            )
        case _:
            return Other(kind, {key: plain(value) for key, value in body.items() if key != "type"})


def refusal(words: str) -> Other:
    return Other("refusal", {"content": words})


def following(body: Table) -> tuple[Other, ...]:
    """What shall come after the answer, of a prompt that has a gap in it."""
    return (Other("suffix", {"content": words}),) if (words := text(body, "suffix")) else ()


def result(content: Any, call_id: str | None) -> Iterator[Part]:
    """What a tool gave back; pictures in it stand beside it."""
    found = list(parts(content))
    words = "".join(each.content for each in found if isinstance(each, Text))
    yield ToolResult(words if found else plain(content), call_id)
    yield from (each for each in found if not isinstance(each, Text))


def tool(body: Table) -> Tool:
    """A function, a custom tool, or one that the provider hosts."""
    kind = text(body, "type") or "function"
    inner = table(body, kind) or body
    name = said(inner, "name") or said(body, "server_label") or kind
    if kind in ("function", "custom"):
        return Tool(name, kind, said(inner, "description"), plain(first(inner, "parameters", "format")))
    config = {key: plain(value) for key, value in body.items() if key not in _SECRETS and key not in ("type", "name")}
    return Tool(name, kind, said(body, "server_description") or said(body, "description"), config or None)


def tools(body: Table) -> tuple[Tool, ...]:
    return tuple(tool(each) for key in ("tools", "functions") for each in tables(body, key))


def usage(body: Table) -> Usage:
    """Token counts under the names of both APIs, and of the hosts that put the details elsewhere."""
    if not body:
        return Usage()
    got = table(body, "prompt_tokens_details") or table(body, "input_tokens_details")
    gave = table(body, "completion_tokens_details") or table(body, "output_tokens_details")
    received, sent = (
        _first(body, "prompt_tokens", "input_tokens"),
        _first(body, "completion_tokens", "output_tokens"),
    )
    thought = _first(gave, "reasoning_tokens")
    if thought is None:
        thought = number(body, "reasoning_tokens")
    cached = number(got, "cached_tokens")
    if cached is None:
        cached = _first(body, "prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens")
    written = _first(got, "cache_write_tokens", "cache_creation_tokens")
    if written is None:
        written = number(body, "cache_creation_input_tokens")
    return Usage(
        input=_with_cached(received, (cached or 0) + (written or 0)),
        output=_with_thoughts(received, sent, thought, number(body, "total_tokens")),
        cache_read=cached,
        cache_write=written,
        reasoning=thought,
        input_audio=number(got, "audio_tokens"),
        input_image=number(got, "image_tokens"),
        output_audio=number(gave, "audio_tokens"),
        output_image=number(gave, "image_tokens"),
        searches=number(body, "num_search_queries"),
    )


def cost(body: Table) -> float | None:
    """Dollars, from the hosts that say so: OpenRouter a number, Perplexity a table, xAI ticks (0 where Azure hosts it)."""
    if (said_cost := amount(body, "cost")) is None:
        ticks = amount(body, "cost_in_usd_ticks")
        return ticks / _TICKS if ticks else amount(table(body, "cost"), "total_cost")
    if body.get("is_byok") is not True:
        return said_cost
    # With the user's own key OpenRouter's is a fee; his bill comes from the provider.
    upstream = amount(table(body, "cost_details"), "upstream_inference_cost")
    return None if upstream is None else said_cost + upstream


def durations(body: Table) -> dict[str, float]:
    """Seconds that Groq says it took, by what for."""
    named = given(body, **_DURATIONS)
    return {name: spent for name in named if (spent := amount(named, name)) is not None}


def _with_cached(received: int | None, cached: int) -> int | None:
    """Who passes Claude's counts on counts cached tokens beside the input: there are more of them.  We count them within."""
    return received if received is None or cached <= received else received + cached


def _with_thoughts(received: int | None, sent: int | None, thought: int | None, total: int | None) -> int | None:
    """xAI counts reasoning beside the output; the total tells.  We count it within."""
    if received and sent is not None and thought and total == received + sent + thought:
        return sent + thought
    return sent


def _first(body: Table, *keys: str) -> int | None:
    for key in keys:
        if (found := number(body, key)) is not None:
            return found
    return None


def _text(body: Table) -> str:
    """Assistants wrap their text in `{value: …}`."""
    return text(body, "text") or text(table(body, "text"), "value")


def _linked(body: Table, kind: str) -> Media:
    modality = kind.removesuffix("_url").removeprefix("input_")
    if file_id := said(body, "file_id"):
        return Media(modality, file_id=file_id)
    key = "image_url" if kind == "input_image" else kind
    return from_url(text(body, key) or text(table(body, key), "url"), modality)


def _file(body: Table) -> Media:
    if file_id := said(body, "file_id"):
        return Media("document", file_id=file_id)
    if url := said(body, "file_url"):
        return from_url(url, "document")
    found = (
        from_url(content, "document")
        if (content := text(body, "file_data")).startswith("data:")
        else from_base64(content, "document")
    )
    return Media(modality_of(found.mime_type), found.mime_type, content=found.content, size=found.size)


def _audio_type(name: str) -> str | None:
    return f"audio/{'mpeg' if name == 'mp3' else name}" if name else None


def kept(body: Table, *but: str) -> dict[str, JSON]:
    """The rest of a table as plain JSON."""
    return {key: plain(value) for key, value in body.items() if value is not None and key not in but}

"""What Cohere's APIs have in common: parameters, documents, citations, usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limelight.core.model import Message, Other, Part, Usage
from limelight.core.plain import plain
from limelight.core.wire.params import RENAMED, settings
from limelight.core.wire.read import JSON, Table, as_table, listed, number, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRANSPORT = frozenset({"request_options", "accepts", "batching", "offline"})
"""How the client sends: its options hold headers, which hold credentials."""
_RENAMED = {**RENAMED, "k": "top_k", "p": "top_p", "num_generations": "n"}


def merged(body: Table) -> Table:
    """The arguments as they go out: the client lays additional parameters of the body over those it knows."""
    more = table(table(body, "request_options"), "additional_body_parameters")
    return {**{key: value for key, value in body.items() if key not in _TRANSPORT}, **more}


def params(body: Table, content: frozenset[str]) -> dict[str, JSON]:
    return settings(body, content, _RENAMED)


def documents(body: Table) -> tuple[Message, ...]:
    """What the answer shall be founded on is given beside the conversation: a message of its own, before it."""
    found = tuple(_document(each) for each in listed(body.get("documents")))
    return (Message("user", found),) if found else ()


def _document(given: object) -> Part:
    """A text, `{data: …, id: …}`, or (v1) a table of whatever fields."""
    return Other("document", {"document": plain(given)})


def document_data(part: Part) -> Iterator[JSON]:
    """What stands in a document that is part of a message."""
    if isinstance(part, Other) and part.type == "document":
        document = as_table(part.fields.get("document")) or {}
        data = document.get("data")
        yield dict(document) if data is None else data


def usage(body: Table) -> Usage:
    """From `usage` (v2) or `meta` (v1): what the model read and wrote, and what of it is billed.

    The model reads more than is billed: Cohere frames every prompt with instructions of its own.
    """
    counted, billed = table(body, "tokens"), table(body, "billed_units")
    received, sent = number(counted, "input_tokens"), number(counted, "output_tokens")
    paid, earned = number(billed, "input_tokens"), number(billed, "output_tokens")
    pictures = number(billed, "image_tokens")
    return Usage(
        input=_sum(paid if received is None else received, pictures),
        output=earned if sent is None else sent,
        cache_read=number(body, "cached_tokens"),
        reasoning=number(counted, "reasoning_tokens"),
        input_image=pictures or None,
        searches=number(billed, "search_units"),
        billed_input=paid if received is not None and paid != received else None,
        billed_output=earned if sent is not None and earned != sent else None,
    )


def _sum(tokens: int | None, more: int | None) -> int | None:
    """Pictures are counted beside the text; we count them within the input."""
    return tokens if not more else (tokens or 0) + more

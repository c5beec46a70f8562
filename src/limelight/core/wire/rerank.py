"""Ranking documents by a query, in the form that everybody took over from Cohere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limelight.core.model import Message, Other, Part, Request, Response, Text
from limelight.core.plain import plain
from limelight.core.wire import openai_parts
from limelight.core.wire.params import merged, settings
from limelight.core.wire.read import Table, amount, as_table, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTENT = frozenset({"query", "documents"})


def request(body: Table) -> Request:
    """The query, and beside it what is to be ranked."""
    body = merged(body)
    asked = tuple(_asked(body))
    return Request(
        model=said(body, "model"),
        messages=(Message("user", asked),) if asked else (),
        params=settings(body, _CONTENT),
    )


def _asked(body: Table) -> Iterator[Part]:
    if query := text(body, "query"):
        yield Text(query)
    for each in listed(body.get("documents")):
        fields = as_table(each)
        yield Other("document", {"text": plain(each)} if fields is None else {"fields": plain(fields)})


def response(body: Table) -> Response:
    """Which document stands where; the documents themselves are in the request."""
    ranked = [_ranked(each) for each in tables(body, "results")]
    used = table(body, "usage") or table(table(body, "meta"), "tokens")
    units = number(table(table(body, "meta"), "billed_units"), "search_units")
    extra = {"rerank.results": ranked or None, "rerank.search_units": units}
    return Response(
        id=said(body, "id"),
        model=said(body, "model"),
        usage=openai_parts.usage(used),
        extra={key: value for key, value in extra.items() if value is not None},
    )


def _ranked(result: Table) -> dict[str, float | int | None]:
    return {"index": number(result, "index"), "score": amount(result, "relevance_score")}

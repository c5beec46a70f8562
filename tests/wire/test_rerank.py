from __future__ import annotations

from limelight.core.model import Message, Other, Request, Response, Text, Usage
from limelight.core.wire import rerank


def test_the_documents_stand_beside_the_query() -> None:
    read = rerank.request(
        {
            "model": "rerank-3",
            "query": "rain",
            "documents": ["Rain in Oslo", {"text": "Sun", "where": "Rome"}],
            "top_n": 1,
        }
    )
    documents = (
        Other("document", {"text": "Rain in Oslo"}),
        Other("document", {"fields": {"text": "Sun", "where": "Rome"}}),
    )
    assert read == Request(
        model="rerank-3", messages=(Message("user", (Text("rain"), *documents)),), params={"top_n": 1}
    )
    assert rerank.request({}).messages == ()


def test_the_answer_says_which_document_stands_where() -> None:
    body = {
        "id": "r-1",
        "model": "rerank-3",
        "results": [
            {"index": 1, "relevance_score": 0.9, "document": {"text": "…"}},
            {"index": 0, "relevance_score": 0.1},
        ],
        "usage": {"prompt_tokens": 12, "completion_tokens": 0, "total_tokens": 12},
    }
    assert rerank.response(body) == Response(
        id="r-1",
        model="rerank-3",
        usage=Usage(input=12, output=0),
        extra={"rerank.results": [{"index": 1, "score": 0.9}, {"index": 0, "score": 0.1}]},
    )


def test_who_bills_by_searches_says_how_many() -> None:
    meta = {"billed_units": {"search_units": 1}, "tokens": {"input_tokens": 7}}
    read = rerank.response({"results": [], "meta": meta})
    assert (read.usage, read.extra) == (Usage(input=7), {"rerank.search_units": 1})
    assert rerank.response({}) == Response()

"""Bedrock's agents, flows and knowledge bases: `invoke_agent`, `invoke_flow`, `retrieve`, `retrieve_and_generate` …"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Other, Part, Reasoning, Request, Response, Text, ToolCall, ToolResult, Usage
from limelight.core.plain import plain
from limelight.core.wire import bedrock_content, bedrock_converse
from limelight.core.wire.bedrock_converse import about, streaming
from limelight.core.wire.openai_parts import kept
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, among, amount, as_table, decoded, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def agent_request(body: Table) -> Request:
    """What the agent is told, and what became of the calls it had asked for."""
    words, state = text(body, "inputText"), table(body, "sessionState")
    results = tuple(_returned(each) for each in tables(state, "returnControlInvocationResults"))
    asked = Request(
        model=said(body, "foundationModel"),
        system=(Text(words_of),) if (words_of := text(body, "instruction")) else (),
        messages=(
            *bedrock_content.messages(table(state, "conversationHistory")),
            *((Message("tool", results),) if results else ()),
            *((Message("user", (Text(words),)),) if words else ()),
        ),
        params={
            **settings(body, frozenset({"inputText", "instruction", "foundationModel", "sessionState"})),
            **settings(state, frozenset({"returnControlInvocationResults", "conversationHistory", "files"})),
        },
    )
    return streaming(asked)


def _returned(body: Table) -> ToolResult:
    inner = table(body, "functionResult") or table(body, "apiResult")
    bodies = [text(as_table(each) or {}, "body") for each in table(inner, "responseBody").values()]
    return ToolResult(bodies[0] if len(bodies) == 1 else bodies, said(inner, "function") or said(inner, "apiPath"))


def agent_fold(events: Sequence[Table]) -> Table:
    """The answer's text, what it is founded on, what it asks the caller to do, and the steps on the way."""
    events = list(among(events))
    chunks = [table(event, "chunk") for event in events if "chunk" in event]
    return {
        "answered": bool(chunks),
        "text": b"".join(data for chunk in chunks if isinstance(data := chunk.get("bytes"), bytes)),
        "citations": [each for chunk in chunks for each in listed(table(chunk, "attribution").get("citations"))],
        "control": [table(event, "returnControl") for event in events if "returnControl" in event],
        "files": [each for event in events for each in listed(table(event, "files").get("files"))],
        "steps": [step for event in events if "trace" in event for step in _steps(table(event, "trace"))],
    }


def _steps(event: Table) -> Iterator[Table]:
    """`{orchestrationTrace: {rationale: …}}`, without the name that every kind of step puts around it."""
    for kind, value in table(event, "trace").items():
        if (inner := as_table(value)) is not None:
            yield {"kind": kind, **inner}


def agent_is_content(event: Table) -> bool:
    return "chunk" in event or "returnControl" in event


def agent_response(body: Table) -> Response:
    data = body.get("text")
    words = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
    steps = list(tables(body, "steps"))
    cited = tuple(plain(each) for each in tables(body, "citations"))
    thoughts = [said(table(step, "rationale"), "text") for step in steps]
    parts: tuple[Part, ...] = (
        *(Reasoning(thought) for thought in thoughts if thought),
        *((Text(words, cited),) if words else ()),
        *(part for each in tables(body, "control") for part in _calls(each)),
        *(Other("file", kept(each, "bytes")) for each in tables(body, "files")),
    )
    models = [name for step in steps if (name := said(table(step, "modelInvocationInput"), "foundationModel"))]
    return Response(
        model=models[-1] if models else None,
        messages=(Message("assistant", parts),) if parts or body.get("answered") else (),
        usage=_usage(steps),
        extra={**about(body), **_told(steps)},
    )


def _calls(control: Table) -> Iterator[Part]:
    """The agent hands a step over to its caller."""
    for each in tables(control, "invocationInputs"):
        inner = table(each, "functionInvocationInput") or table(each, "apiInvocationInput")
        given = [*tables(inner, "parameters"), *_properties(inner)]
        arguments = {text(one, "name"): decoded(one.get("value")) for one in given}
        yield ToolCall(text(inner, "function") or text(inner, "apiPath"), arguments, said(control, "invocationId"))


def _properties(inner: Table) -> Iterator[Table]:
    for form in table(table(inner, "requestBody"), "content").values():
        yield from tables(as_table(form) or {}, "properties")


def _usage(steps: Sequence[Table]) -> Usage:
    """What all its calls of a model have taken, which only a trace tells."""
    spent = [table(table(table(step, "modelInvocationOutput"), "metadata"), "usage") for step in steps]
    return Usage(input=_sum(spent, "inputTokens"), output=_sum(spent, "outputTokens"))


def _sum(bodies: Sequence[Table], key: str) -> int | None:
    counts = [count for body in bodies if (count := number(body, key)) is not None]
    return sum(counts) if counts else None


def _told(steps: Sequence[Table]) -> dict[str, Any]:
    """Steps as their traces have them, but for what the messages say already."""
    told = [{key: plain(value) for key, value in step.items() if key != "rationale"} for step in steps]
    return {"steps": told} if told else {}


def flow_request(body: Table) -> Request:
    """What a flow is given, node by node."""
    given = tuple(_document_of(each) for each in tables(body, "inputs"))
    return streaming(
        Request(
            messages=(Message("user", given),) if given else (),
            params=settings(body, frozenset({"inputs"})),
        )
    )


def _document_of(node: Table) -> Part:
    document = table(node, "content").get("document")
    return Text(document) if isinstance(document, str) else Other("document", {"document": plain(document)})


def flow_fold(events: Sequence[Table]) -> Table:
    events = list(among(events))
    ends = [said(table(event, "flowCompletionEvent"), "completionReason") for event in events]
    return {
        "nodes": [table(event, kind) for event in events for kind in _TOLD if kind in event],
        "completionReason": next(filter(None, ends), None),
        "steps": [table(table(event, "flowTraceEvent"), "trace") for event in events if "flowTraceEvent" in event],
    }


_TOLD = ("flowOutputEvent", "flowMultiTurnInputRequestEvent")
"""What a flow says: its results, and what it wants to know first."""


def flow_is_content(event: Table) -> bool:
    return any(kind in event for kind in _TOLD)


def flow_response(body: Table) -> Response:
    parts = tuple(_document_of(each) for each in tables(body, "nodes"))
    end = said(body, "completionReason")
    execution = {"execution_id": execution_id} if (execution_id := said(body, "executionId")) else {}
    return Response(
        messages=(Message("assistant", parts, finish_reason=end),) if parts or end else (),
        extra={**about(body), **execution, **_told(list(tables(body, "steps")))},
    )


def query_request(body: Table) -> Request:
    """`retrieve`: a question to a knowledge base."""
    words = text(table(body, "retrievalQuery"), "text")
    return Request(
        messages=(Message("user", (Text(words),)),) if words else (),
        params=settings(body, frozenset({"retrievalQuery"})),
    )


def query_response(body: Table) -> Response:
    """Each document that was found is a text, with its place and its score beside it."""
    found = tuple(_document(each) for each in tables(body, "retrievalResults"))
    blocked = {"guardrail.action": action} if (action := said(body, "guardrailAction")) else {}
    return Response(messages=(Message("tool", found),) if found else (), extra={**about(body), **blocked})


def _document(body: Table) -> Text:
    inner = table(body, "content")
    words = text(inner, "text") or text(table(inner, "audio"), "transcription")
    words = words or text(table(inner, "video"), "summary")
    return Text(words, (kept(body, "content"),))


def generate_request(body: Table) -> Request:
    """`retrieve_and_generate`: a question to a model that may look it up."""
    words, config = text(table(body, "input"), "text"), table(body, "retrieveAndGenerateConfiguration")
    inner = table(config, "knowledgeBaseConfiguration") or table(config, "externalSourcesConfiguration")
    how = table(table(table(inner, "generationConfiguration"), "inferenceConfig"), "textInferenceConfig")
    return Request(
        model=said(inner, "modelArn"),
        messages=(Message("user", (Text(words),)),) if words else (),
        params={
            **settings(body, frozenset({"input", "retrieveAndGenerateConfiguration"})),
            **settings(inner, frozenset({"modelArn"})),
            **settings(how, frozenset(), bedrock_converse.RENAMED),
        },
    )


def generate_stream_request(body: Table) -> Request:
    return streaming(generate_request(body))


def generate_response(body: Table) -> Response:
    words = text(table(body, "output"), "text")
    cited = tuple(plain(each) for each in tables(body, "citations"))
    extra = {"guardrail.action": said(body, "guardrailAction"), "session_id": said(body, "sessionId")}
    return Response(
        messages=(Message("assistant", (Text(words, cited),)),) if words else (),
        extra={**about(body), **{key: value for key, value in extra.items() if value is not None}},
    )


def generate_fold(events: Sequence[Table]) -> Table:
    events = list(among(events))
    whole: dict[str, Any] = {"output": {"text": "".join(text(table(event, "output"), "text") for event in events)}}
    whole["citations"] = [_citation(table(event, "citation")) for event in events if "citation" in event]
    actions = [action for event in events if (action := said(table(event, "guardrail"), "action"))]
    return {**whole, "guardrailAction": actions[-1]} if actions else whole


def _citation(body: Table) -> Table:
    """Once it was wrapped in itself; now it stands beside that."""
    return table(body, "citation") or body


def generate_is_content(event: Table) -> bool:
    return bool(text(table(event, "output"), "text"))


def rerank_request(body: Table) -> Request:
    config = table(table(body, "rerankingConfiguration"), "bedrockRerankingConfiguration")
    asked: tuple[Part, ...] = (
        *(Text(text(table(each, "textQuery"), "text")) for each in tables(body, "queries")),
        *(Other("document", _inline(each)) for each in tables(body, "sources")),
    )
    return Request(
        model=said(table(config, "modelConfiguration"), "modelArn"),
        messages=(Message("user", asked),) if asked else (),
        params=settings(config, frozenset({"modelConfiguration"}), {"numberOfResults": "top_n"}),
    )


def _inline(source: Table) -> dict[str, Any]:
    inner = table(source, "inlineDocumentSource")
    words = said(table(inner, "textDocument"), "text")
    return {"fields": plain(inner.get("jsonDocument"))} if words is None else {"text": words}


def rerank_response(body: Table) -> Response:
    ranked = [
        {"index": number(each, "index"), "score": amount(each, "relevanceScore")} for each in tables(body, "results")
    ]
    return Response(extra={**about(body), **({"rerank.results": ranked} if ranked else {})})

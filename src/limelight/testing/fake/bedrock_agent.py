"""Bedrock's agents, knowledge bases, rankings and guardrails."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from limelight.testing.fake import bedrock_converse, eventstream
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.script import Text, Thought, ToolCall
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing.fake.vendor import Take

MODEL = "anthropic.claude-3-5-haiku-20241022-v1:0"
"""What an agent thinks with."""
PLACE = {"type": "S3", "s3Location": {"uri": "s3://handbook/limelight.md"}}
PASSAGE = "Limelight shows what every call did."


def read(body: Json) -> Prompt:
    text = body.get("inputText") or ""
    return Prompt(
        operation="agent",
        model=str(body.get("foundationModel") or body["path"].split("/")[2]),
        text=text,
        input_tokens=weigh(text) + weigh(body.get("instruction")) + 20,
        body=body,
    )


def reply(take: Take) -> Reply:
    session = take.request.path.split("/")[-2 if take.request.path.endswith("/text") else -1]
    headers = {"x-amz-bedrock-agent-session-id": session, "x-amzn-bedrock-agent-content-type": "application/json"}
    return eventstream.stream(_events(take), headers)


def _events(take: Take) -> Iterator[Event]:
    if take.body.get("enableTrace"):
        yield from (eventstream.event("trace", _trace(step)) for step in _steps(take))
    for part in take.answer.parts:
        if isinstance(part, ToolCall) and isinstance(part.arguments, dict):
            yield eventstream.event("returnControl", _control(part, take))
        if isinstance(part, Text):
            for piece in pieces(part.text):
                yield eventstream.event("chunk", _chunk(piece, part.cites))


def _trace(step: Json) -> Json:
    return {"sessionId": "s-1", "trace": {"orchestrationTrace": step}}


def _steps(take: Take) -> Iterator[Json]:
    thoughts = [part.text for part in take.answer.parts if isinstance(part, Thought)] or ["I shall answer at once."]
    about = {"traceId": "t-0", "type": "ORCHESTRATION"}
    yield {"modelInvocationInput": {**about, "foundationModel": MODEL, "text": take.prompt.text}}
    used = {"inputTokens": take.tally.input, "outputTokens": take.tally.output}
    yield {"modelInvocationOutput": {"traceId": "t-0", "metadata": {"usage": used}}}
    yield from ({"rationale": {"traceId": "t-0", "text": thought}} for thought in thoughts)


def _chunk(text: str, cites: tuple[str, ...]) -> Json:
    chunk: Json = {"bytes": base64.b64encode(text.encode()).decode()}
    return {**chunk, "attribution": {"citations": [_citation(text)]}} if cites else chunk


def _citation(text: str) -> Json:
    part = {"textResponsePart": {"text": text, "span": {"start": 0, "end": len(text)}}}
    return {"generatedResponsePart": part, "retrievedReferences": [_passage()]}


def _passage() -> Json:
    return {"content": {"text": PASSAGE}, "location": PLACE, "metadata": {"page": 1}}


def _control(call: ToolCall, take: Take) -> Json:
    assert isinstance(call.arguments, dict)
    given = [{"name": name, "type": "string", "value": str(value)} for name, value in call.arguments.items()]
    asked = {"actionGroup": "desk", "function": call.name, "parameters": given}
    return {"invocationId": take.ids.uuid(), "invocationInputs": [{"functionInvocationInput": asked}]}


def read_flow(body: Json) -> Prompt:
    text = str(body["inputs"][0]["content"]["document"])
    return Prompt(operation="flow", model=body["path"].split("/")[2], text=text, input_tokens=weigh(text), body=body)


def flow(take: Take) -> Reply:
    """Two nodes after the input, of which the last one speaks."""
    trace: Json = {"trace": {"nodeInputTrace": {"nodeName": "Prompt_1", "fields": [], "timestamp": 0}}}
    output: Json = {"nodeName": "FlowOutputNode", "nodeType": "FlowOutputNode", "content": {"document": _words(take)}}
    told = [("flowTraceEvent", trace)] if take.body.get("enableTrace") else []
    ended = [("flowOutputEvent", output), ("flowCompletionEvent", {"completionReason": "SUCCESS"})]
    headers = {"x-amz-bedrock-flow-execution-id": take.ids.uuid()}
    return eventstream.stream([eventstream.event(kind, each) for kind, each in (*told, *ended)], headers)


def read_question(body: Json) -> Prompt:
    text = text_of([body.get("input") or body.get("retrievalQuery") or {}])
    config = body.get("retrieveAndGenerateConfiguration") or {}
    model = str((config.get("knowledgeBaseConfiguration") or {}).get("modelArn") or body["path"].split("/")[2])
    return Prompt(operation="retrieval", model=model, text=text, input_tokens=weigh(text), body=body)


def retrieve(take: Take) -> Reply:
    return Reply({"retrievalResults": [{**_passage(), "score": 0.71}, {**_passage(), "score": 0.44}]})


def generate(take: Take) -> Reply:
    text = _words(take)
    return Reply({"sessionId": take.ids.uuid(), "output": {"text": text}, "citations": [_citation(text)]})


def generate_stream(take: Take) -> Reply:
    text = _words(take)
    told = [eventstream.event("output", {"text": piece}) for piece in pieces(text)]
    cited = eventstream.event("citation", _citation(text))
    session = {"x-amzn-bedrock-knowledge-base-session-id": take.ids.uuid()}
    return eventstream.stream([*told, cited], session)


def _words(take: Take) -> str:
    return "".join(part.text for part in take.answer.parts if isinstance(part, Text))


def read_ranking(body: Json) -> Prompt:
    text = text_of([each.get("textQuery") or {} for each in body["queries"]])
    return Prompt(operation="rerank", model="rerank", text=text, input_tokens=weigh(body["sources"]), body=body)


def rank(take: Take) -> Reply:
    found = range(len(take.body["sources"]))
    return Reply({"results": [{"index": at, "relevanceScore": round(0.9 / (at + 1), 4)} for at in found]})


def read_guarded(body: Json) -> Prompt:
    text = text_of([each.get("text") or {} for each in body["content"]])
    return Prompt(operation="guardrail", model=body["path"].split("/")[2], text=text, body=body)


def guard(take: Take) -> Reply:
    """A text that speaks of doctors is not let through."""
    is_bad = "doctor" in take.prompt.text
    action = "BLOCKED" if is_bad else "NONE"
    topic = {"name": "Medical advice", "type": "DENY", "action": action, "detected": is_bad}
    return Reply(
        {
            "usage": {"topicPolicyUnits": 1, "contentPolicyUnits": 0, "wordPolicyUnits": 0},
            "action": "GUARDRAIL_INTERVENED" if is_bad else "NONE",
            "outputs": [{"text": "Ask somebody who knows."}] if is_bad else [],
            "assessments": [{"topicPolicy": {"topics": [topic]}}],
        }
    )


def read_count(body: Json) -> Prompt:
    given = body["input"].get("converse") or {}
    return bedrock_converse.read({**given, "modelId": body["modelId"]})


def count(take: Take) -> Reply:
    return Reply({"inputTokens": take.tally.input})

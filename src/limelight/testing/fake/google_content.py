"""Gemini's `generateContent`, whole and streamed."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import improvise
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt, Tool
from limelight.testing.fake.script import Finish, Part, Refusal, Search, Text, Thought, ToolCall
from limelight.testing.fake.tokens import count, pieces, weigh
from limelight.testing.fake.vendor import Ids, Take, objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REASONS: dict[Finish, str] = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "tool": "STOP",
    "refusal": "STOP",
    "filter": "SAFETY",
}
PER_PICTURE = 258
"""Tokens of a small picture."""
CREATED = "2026-02-25T06:13:20.123456Z"
HOSTED = {"googleSearch", "googleSearchRetrieval"}
THINKING = ("includeThoughts", "include_thoughts", "thinkingBudget", "thinkingLevel", "thinking_level")
SCHEMAS = ("parametersJsonSchema", "parameters_json_schema", "parameters")
"""In both spellings: the SDK itself mixes them, and the real one takes either."""
MODES = {"ANY": "required", "NONE": "none"}
TYPES: dict[Any, str] = dict(enumerate(("string", "number", "integer", "boolean", "array", "object"), 1))
PER_CHUNK = 4
"""Tokens of text in one chunk of a stream."""


def read(body: Json) -> Prompt:
    contents = objects(body.get("contents") or (), "contents")
    if not contents:
        raise BadRequestError("* GenerateContentRequest.contents: contents is not specified\n")
    settings = body.get("generationConfig") or {}
    user = [at for at, content in enumerate(contents) if content.get("role") != "model" and not _results(content)]
    schema = settings.get("responseJsonSchema") or settings.get("responseSchema")
    return Prompt(
        operation="chat",
        model=str(body["model"]),
        text=text_in(contents[user[-1]]) if user else "",
        system=text_in(body.get("systemInstruction") or {}),
        turns=len(user),
        tools=tuple(_tools(body)),
        tool_choice=_tool_choice(body),
        tool_results=tuple(result for content in contents[user[-1] if user else 0 :] for result in _results(content)),
        schema=lowered(schema) if schema else None,
        json_mode=settings.get("responseMimeType") == "application/json",
        reasons=_thinks(settings.get("thinkingConfig") or {}),
        input_tokens=heaviness(contents) + weigh(body.get("systemInstruction")) + weigh(body.get("tools")),
        max_tokens=settings.get("maxOutputTokens"),
        stop=tuple(settings.get("stopSequences") or ()),
        choices=settings.get("candidateCount") or 1,
        stream=bool(body.get("stream")),
        body=body,
    )


def text_in(content: Json) -> str:
    return " ".join(part["text"] for part in content.get("parts") or () if part.get("text"))


def heaviness(contents: Sequence[Json]) -> int:
    return sum(PER_PICTURE if _is_media(part) else weigh(part) for part in _parts(contents))


def _parts(contents: Sequence[Json]) -> Iterator[Json]:
    yield from (part for content in contents for part in content.get("parts") or ())


def _is_media(part: Json) -> bool:
    return "inlineData" in part or "fileData" in part


def _results(content: Json) -> list[str]:
    found = [part["functionResponse"] for part in content.get("parts") or () if "functionResponse" in part]
    return [json.dumps(one.get("response"), ensure_ascii=False) for one in found]


def _tools(body: Json) -> Iterator[Tool]:
    for offered in body.get("tools") or ():
        for item in offered.get("functionDeclarations") or ():
            schema: Json = next((item[key] for key in SCHEMAS if key in item), {})
            yield Tool(str(item.get("name", "")), item.get("description") or "", lowered(schema))
        for kind in sorted(HOSTED & offered.keys()):
            yield Tool(kind, hosted=True)


def _tool_choice(body: Json) -> Any:
    asked = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    names = list(asked.get("allowedFunctionNames") or ())
    if len(names) == 1:
        return next((tool for tool in _tools(body) if tool.name == names[0]), "auto")
    return MODES.get(str(asked.get("mode")), "auto")


def _thinks(config: Json) -> bool:
    return any(config.get(name) for name in THINKING)


def lowered(schema: Any) -> Any:
    """Gemini writes the types of a schema in capitals, and its first SDK as numbers."""
    if isinstance(schema, dict):
        return {key: _type(value) if key == "type" else lowered(value) for key, value in schema.items()}
    return [lowered(item) for item in schema] if isinstance(schema, list) else schema


def _type(value: Any) -> Any:
    if isinstance(value, str):
        return value.lower()
    return TYPES.get(value, value) if isinstance(value, int) else lowered(value)


def reply(take: Take) -> Reply:
    if take.prompt.stream and "alt=sse" not in take.request.query:
        return Reply(json.dumps(list(_chunks(take)), ensure_ascii=False).encode())  # one long array
    if take.prompt.stream:
        return Reply(events=tuple(Event(chunk) for chunk in _chunks(take)))
    body: Json = {"candidates": [_candidate(take, index) for index in range(take.prompt.choices)]}
    return Reply({**_refused(take, body), **_envelope(take, take.tally.output)})


def _candidate(take: Take, index: int) -> Json:
    parts = improvise.choice(take.answer.parts, index)
    whole = [piece for part in parts for piece in _content(part, take.ids)]
    return {**_head(whole, index), **_end(take), **_sources(parts)}


def _head(parts: Sequence[Json], index: int) -> Json:
    return {"content": {"parts": parts, "role": "model"}, **({"index": index} if index else {})}


def _end(take: Take) -> Json:
    return {"finishReason": REASONS[take.answer.ending()]}


def _refused(take: Take, body: Json) -> Json:
    """A prompt that is not let through has no candidates."""
    if take.answer.parts != (Text(""),) or take.answer.ending() != "filter":
        return body
    return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}


def _envelope(take: Take, spoken: int) -> Json:
    usage = {"usageMetadata": _usage(take, spoken)} if take.answer.says_usage else {}
    vertex = {"createTime": CREATED} if "/projects/" in take.request.path else {}
    return {**usage, "modelVersion": take.prompt.model, **vertex, "responseId": take.ids("", 22)}


def _usage(take: Take, output: int) -> Json:
    """Thoughts are counted beside the answer, cached tokens within the prompt."""
    tally = take.tally
    spoken = max(0, output - tally.reasoning)
    pictures = PER_PICTURE * sum(map(_is_media, _parts(take.body.get("contents") or ())))
    told: Json = {
        "promptTokenCount": tally.input,
        **({"candidatesTokenCount": spoken} if spoken else {}),
        "totalTokenCount": tally.input + spoken + tally.reasoning,
        **({"cachedContentTokenCount": tally.cache_read} if tally.cache_read else {}),
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": tally.input - pictures},
            *([{"modality": "IMAGE", "tokenCount": pictures}] if pictures else []),
        ],
    }
    if tally.cache_read:
        told["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": tally.cache_read}]
    if tally.reasoning:
        told["thoughtsTokenCount"] = tally.reasoning
    return told


def _content(part: Part, ids: Ids) -> list[Json]:
    match part:
        case Text(text) | Refusal(text):
            return [{"text": text}]
        case Thought(text):
            return [{"text": text, "thought": True}]
        case ToolCall(name, arguments):
            given = json.loads(arguments) if isinstance(arguments, str) and arguments.startswith("{") else arguments
            args = dict(given) if not isinstance(given, str) else {"text": given}
            return [{"functionCall": {"name": name, "args": args}, "thoughtSignature": signature(ids)}]
        case Search():
            return []  # told beside the text


def signature(ids: Ids) -> str:
    """What a thought is known again by: sealed bytes, in base64."""
    return base64.b64encode(ids("", 45).encode()).decode()


def _sources(parts: Sequence[Part]) -> Json:
    searches = [part for part in parts if isinstance(part, Search)]
    if not searches:
        return {}
    found = [result for search in searches for result in search.results]
    return {
        "groundingMetadata": {
            "webSearchQueries": [search.query for search in searches],
            "groundingChunks": [{"web": {"uri": address, "title": title}} for title, address in found],
            "groundingSupports": [{"segment": {"endIndex": 10}, "groundingChunkIndices": [*range(len(found))]}],
        }
    }


def _chunks(take: Take) -> Iterator[Json]:
    """Each tells the tokens of everything until then."""
    told = _envelope(take, take.tally.output)
    if "promptFeedback" in (refused := _refused(take, {})):
        yield {**refused, **told}
        return
    said = 0
    for index in range(take.prompt.choices):
        parts = improvise.choice(take.answer.parts, index)
        torn = [piece for part in parts for whole in _content(part, take.ids) for piece in _torn(whole)]
        end = {**_end(take), **_sources(parts)}
        ends = bool(torn) and "functionCall" in torn[-1]  # a call is the last word; after a text comes an empty one
        for piece in torn[:-1] if ends else torn:
            said += count(piece.get("text") or "")
            yield {"candidates": [_head([piece], index)], **_until(take, told, said)}
        yield {"candidates": [{**_head([torn[-1] if ends else {"text": ""}], index), **end}], **told}


def _until(take: Take, told: Json, said: int) -> Json:
    if "usageMetadata" not in told:
        return told
    return {**told, "usageMetadata": _usage(take, min(said + take.tally.reasoning, take.tally.output))}


def _torn(part: Json) -> Iterator[Json]:
    words = pieces(part["text"]) if "text" in part else []
    if not words:
        yield part
    for at in range(0, len(words), PER_CHUNK):
        yield {**part, "text": "".join(words[at : at + PER_CHUNK])}

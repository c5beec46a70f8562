"""Bedrock's `invoke_model`: each family of models in its own words."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import anthropic_messages, bedrock_converse, eventstream, openai_chat
from limelight.testing.fake.exchange import Json, Reply
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.script import Refusal, Text
from limelight.testing.fake.tokens import pieces, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limelight.testing.fake.vendor import Take

DIMENSIONS = 256
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
METRICS = "amazon-bedrock-invocationMetrics"


@dataclass(frozen=True, slots=True)
class Family:
    """Models that are spoken to in one way."""

    words: tuple[str, ...]
    """Of which one stands in the model's id."""
    read: Callable[[Json], Prompt]
    answer: Callable[[Take], Json]
    stream: Callable[[Take], Iterator[Json]] | None = None


def read(body: Json) -> Prompt:
    prompt = _family(body["modelId"]).read(body)
    return replace(prompt, stream="stream" in body["path"])


def reply(take: Take) -> Reply:
    family = _family(take.prompt.model)
    if take.prompt.stream and family.stream is not None:
        told = list(family.stream(take))
        told[-1] = {**told[-1], METRICS: _metrics(take)}
        return eventstream.stream(eventstream.chunks(told), {"x-amzn-bedrock-content-type": "application/json"})
    return Reply(family.answer(take), headers=_counted(take))


def _metrics(take: Take) -> Json:
    tally = take.tally
    fresh = max(0, tally.input - tally.cache_read - tally.cache_write)
    counts = {"inputTokenCount": fresh, "outputTokenCount": tally.output}
    return {**counts, "invocationLatency": bedrock_converse.LATENCY_MS, "firstByteLatency": 98}


def _counted(take: Take) -> dict[str, str]:
    """What the headers say: nothing was written where nothing is said."""
    told = _metrics(take)
    headers = {"input-token-count": told["inputTokenCount"], "invocation-latency": told["invocationLatency"]}
    if take.prompt.operation not in ("embedding", "rerank", "image"):
        headers["output-token-count"] = told["outputTokenCount"]
    return {f"x-amzn-bedrock-{name}": str(value) for name, value in headers.items()}


def _family(model: str) -> Family:
    return next((one for one in FAMILIES if any(word in model for word in one.words)), CHATTING)


def _words(take: Take) -> str:
    return "".join(part.text for part in take.answer.parts if isinstance(part, (Text, Refusal)))


def _claude(body: Json) -> Prompt:
    return anthropic_messages.prompt({**body, "model": body["modelId"]})


def _claude_whole(take: Take) -> Json:
    take.prompt = replace(take.prompt, stream=False)
    told: Any = anthropic_messages.reply(take).body
    return {**told, "model": _bare(take.prompt.model)}


def _bare(model: str) -> str:
    """Anthropic's own name for it."""
    return model.rpartition("anthropic.")[2].partition("-v")[0]


def _claude_stream(take: Take) -> Iterator[Json]:
    for event in anthropic_messages.reply(take).events or ():
        told: Any = event.data
        if told["type"] == "message_start":
            yield {**told, "message": {**told["message"], "model": _bare(take.prompt.model)}}
        elif told["type"] != "ping":
            yield told


def _chat(body: Json) -> Prompt:
    return openai_chat.read({**body, "model": body["modelId"]})


def _chat_whole(take: Take) -> Json:
    take.prompt = replace(take.prompt, stream=False)
    told: Any = openai_chat.reply(take).body
    return told  # type: ignore[no-any-return]


def _chat_stream(take: Take) -> Iterator[Json]:
    for event in openai_chat.reply(take).events or ():
        if isinstance(event.data, dict):
            yield event.data


def _prompted(body: Json) -> Prompt:
    config = body.get("textGenerationConfig") or body
    text = body.get("prompt") or body.get("inputText") or body.get("message") or ""
    limits = ("max_gen_len", "max_tokens", "maxTokenCount", "maxTokens", "max_tokens_to_sample")
    return Prompt(
        operation="completion",
        model=body["modelId"],
        text=text,
        input_tokens=weigh(text),
        max_tokens=next((config[name] for name in limits if name in config), None),
        stop=tuple(config.get("stop") or config.get("stop_sequences") or config.get("stopSequences") or ()),
        body=body,
    )


def _llama(take: Take) -> Json:
    tally = take.tally
    counts = {"prompt_token_count": tally.input, "generation_token_count": tally.output}
    return {"generation": _words(take), **counts, "stop_reason": _end(take, "stop", "length")}


def _llama_stream(take: Take) -> Iterator[Json]:
    for at, piece in enumerate(pieces(_words(take)), 1):
        first = take.tally.input if at == 1 else None
        yield {"generation": piece, "prompt_token_count": first, "generation_token_count": at, "stop_reason": None}
    told = {"prompt_token_count": None, "generation_token_count": take.tally.output}
    yield {"generation": "", **told, "stop_reason": _end(take, "stop", "length")}


def _end(take: Take, stop: str, length: str) -> str:
    return length if take.answer.ending() == "length" else stop


def _titan(take: Take) -> Json:
    end = _end(take, "FINISH", "LENGTH")
    result = {"tokenCount": take.tally.output, "outputText": _words(take), "completionReason": end}
    return {"inputTextTokenCount": take.tally.input, "results": [result]}


def _titan_stream(take: Take) -> Iterator[Json]:
    told = {"index": 0, "totalOutputTextTokenCount": None, "completionReason": None, "inputTextTokenCount": None}
    for piece in pieces(_words(take)):
        yield {"outputText": piece, **told}
    counts = {"totalOutputTextTokenCount": take.tally.output, "inputTextTokenCount": take.tally.input}
    yield {"outputText": "", **told, **counts, "completionReason": _end(take, "FINISH", "LENGTH")}


def _mistral(take: Take) -> Json:
    return {"outputs": [{"text": _words(take), "stop_reason": _end(take, "stop", "length")}]}


def _mistral_stream(take: Take) -> Iterator[Json]:
    for piece in pieces(_words(take)):
        yield {"outputs": [{"text": piece, "stop_reason": None}]}
    yield {"outputs": [{"text": "", "stop_reason": _end(take, "stop", "length")}]}


def _command(take: Take) -> Json:
    ids = {"response_id": take.ids.uuid(), "generation_id": take.ids.uuid()}
    return {**ids, "text": _words(take), "finish_reason": _end(take, "COMPLETE", "MAX_TOKENS")}


def _command_stream(take: Take) -> Iterator[Json]:
    for piece in pieces(_words(take)):
        yield {"event_type": "text-generation", "is_finished": False, "text": piece}
    told = _command(take)
    yield {
        "event_type": "stream-end",
        "is_finished": True,
        "finish_reason": told["finish_reason"],
        "response": told,
    }


def _vectors(body: Json) -> Prompt:
    texts = body.get("texts") or [body.get("inputText") or ""]
    return Prompt(operation="embedding", model=body["modelId"], text=texts[-1], input_tokens=weigh(texts), body=body)


def _vector(text: str, dimensions: int) -> list[float]:
    data = hashlib.shake_128(text.encode()).digest(dimensions)
    return [round((byte - 127.5) / 1024, 6) for byte in data]


def _titan_vector(take: Take) -> Json:
    vector = _vector(take.prompt.text, take.body.get("dimensions") or DIMENSIONS)
    return {"embedding": vector, "embeddingsByType": {"float": vector}, "inputTextTokenCount": take.tally.input}


def _cohere_vectors(take: Take) -> Json:
    texts = take.body["texts"]
    about = {"id": take.ids.uuid(), "response_type": "embeddings_floats", "texts": texts}
    return {**about, "embeddings": [_vector(text, DIMENSIONS) for text in texts]}


def _ranked(body: Json) -> Prompt:
    tokens = weigh(body["query"]) + weigh(body["documents"])
    return Prompt(operation="rerank", model=body["modelId"], text=body["query"], input_tokens=tokens, body=body)


def _ranks(take: Take) -> Json:
    found = range(len(take.body["documents"]))
    return {"results": [{"index": at, "relevance_score": round(0.9 / (at + 1), 4)} for at in found]}


def _pictured(body: Json) -> Prompt:
    text = body["textToImageParams"]["text"]
    return Prompt(operation="image", model=body["modelId"], text=text, input_tokens=weigh(text), body=body)


def _picture(take: Take) -> Json:
    count = (take.body.get("imageGenerationConfig") or {}).get("numberOfImages", 1)
    return {"images": [base64.b64encode(base64.b64decode(PIXEL)).decode()] * count, "error": None}


CHATTING = Family((), _chat, _chat_whole, _chat_stream)
"""Whoever took OpenAI's form over: Jamba, DeepSeek, Qwen …"""
FAMILIES = (
    Family(("anthropic.",), _claude, _claude_whole, _claude_stream),
    Family(("embed-text", "embed-image"), _vectors, _titan_vector),
    Family(("cohere.embed",), _vectors, _cohere_vectors),
    Family(("rerank",), _ranked, _ranks),
    Family(("titan-image", "nova-canvas"), _pictured, _picture),
    Family(("nova",), bedrock_converse.read, bedrock_converse.message, bedrock_converse.events),
    Family(("titan",), _prompted, _titan, _titan_stream),
    Family(("llama",), _prompted, _llama, _llama_stream),
    Family(("mistral-7b", "mixtral"), _prompted, _mistral, _mistral_stream),
    Family(("command-r",), _prompted, _command, _command_stream),
)

"""Models that Bedrock serves in a form of their own: Llama, Titan, Mistral, Cohere Command, Jurassic, and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Media, Message, Part, Request, Response, Text, Usage
from limelight.core.wire.media import from_base64
from limelight.core.wire.params import settings, texts
from limelight.core.wire.read import Table, first, listed, number, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RENAMED = {
    "max_gen_len": "max_tokens", "maxTokens": "max_tokens", "maxTokenCount": "max_tokens",
    "max_tokens_to_sample": "max_tokens", "topP": "top_p", "p": "top_p", "k": "top_k", "topK": "top_k",
    "topKReturn": "top_k", "stopSequences": "stop", "stop_sequences": "stop",
    "num_generations": "n", "numResults": "n", "numberOfImages": "n", "samples": "n",
}  # fmt: skip
_CONTENT = frozenset({"prompt", "inputText", "text_prompts", "image", "init_image", "images"})
_CONFIGS = ("textGenerationConfig", "imageGenerationConfig", "textToImageParams")
_PICTURES = ("text_prompts", "taskType", "aspect_ratio", "cfg_scale", "output_format", "mode")
"""Fields that only a request for a picture has."""
_TEXTS = ("generation", "outputText", "text")
"""The field of a chunk, or of a result, that holds its text."""
_ENDS = ("stop_reason", "completionReason", "finish_reason")


def request(body: Table) -> Request:
    flat = {key: value for key, value in body.items() if key not in _CONFIGS}
    for key in _CONFIGS:
        flat.update({name: value for name, value in table(body, key).items() if name != "text"})
    parts = tuple(_asked(body))
    return Request(
        operation="image_generation" if any(key in body for key in _PICTURES) else "text_completion",
        messages=(Message("user", parts),) if parts else (),
        params=settings(flat, _CONTENT, RENAMED),
    )


def _asked(body: Table) -> Iterator[Part]:
    prompt = first(body, "prompt", "inputText")
    words = [*texts(prompt), text(table(body, "textToImageParams"), "text")]
    words += [text(each, "text") for each in tables(body, "text_prompts")]
    yield from (Text(each) for each in words if each)
    for given in (body.get("image"), body.get("init_image"), *listed(body.get("images"))):
        if isinstance(given, str):
            yield from_base64(given, "image")


def response(body: Table) -> Response:
    """However many answers there are, and the tokens where this form counts them."""
    messages = tuple(_message(each) for each in _results(body))
    if pictures := tuple(_pictures(body)):
        messages = (Message("assistant", pictures),)
    return Response(id=text(body, "id") or None, messages=messages, usage=_usage(body))


def _usage(body: Table) -> Usage:
    counts = [count for each in tables(body, "results") if (count := number(each, "tokenCount")) is not None]
    made = first(body, "generation_token_count", "totalOutputTextTokenCount")
    return Usage(
        input=number({"tokens": first(body, "prompt_token_count", "inputTextTokenCount")}, "tokens"),
        output=sum(counts) if counts else number({"tokens": made}, "tokens"),
    )


def _results(body: Table) -> Iterator[Table]:
    if "generation" in body:
        yield body
    for key in ("results", "generations", "outputs"):
        yield from tables(body, key)
    for each in tables(body, "completions"):
        end = text(table(each, "finishReason"), "reason")
        yield {"text": text(table(each, "data"), "text"), "finish_reason": end}


def _message(body: Table) -> Message:
    words = said(body)
    return Message("assistant", (Text(words),) if words else (), finish_reason=_end(body))


def said(body: Table) -> str:
    """The text in a result or in a chunk of one."""
    inner = "".join(text(each, "text") for each in tables(body, "outputs"))
    return inner or next((words for key in _TEXTS if (words := text(body, key))), "")


def _end(body: Table) -> str | None:
    inner = [_end(each) for each in tables(body, "outputs")]
    return next((end for key in _ENDS if (end := text(body, key))), None) or next(filter(None, inner), None)


def _pictures(body: Table) -> Iterator[Media]:
    for each in listed(body.get("images")):
        if isinstance(each, str):
            yield from_base64(each, "image")
    for made in tables(body, "artifacts"):
        yield from_base64(text(made, "base64"), "image")


def fold(chunks: Sequence[Table]) -> Table:
    """The texts of each answer, in order; the last word on everything else."""
    pieces: dict[int, list[str]] = {}
    ends: dict[int, str | None] = {}
    whole: dict[str, Any] = {}
    for chunk in chunks:
        at = number(chunk, "index") or 0
        pieces.setdefault(at, []).append(said(chunk))
        ends[at] = _end(chunk) or ends.get(at)
        whole.update({key: chunk[key] for key in _COUNTS if number(chunk, key) is not None})
    return {
        **whole,
        "outputs": [{"text": "".join(words), "finish_reason": ends[at]} for at, words in sorted(pieces.items())],
    }


_COUNTS = ("inputTextTokenCount", "totalOutputTextTokenCount", "prompt_token_count", "generation_token_count")

"""Cohere: embeddings, rankings, classes, documents, sound, tokens."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.cohere_chat import uuid
from limelight.testing.fake.cohere_v1 import spoken
from limelight.testing.fake.exchange import Json, Reply
from limelight.testing.fake.openai_media import vector
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.tokens import count, pieces, weigh
from limelight.testing.fake.vendor import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing.fake.vendor import Take

DIMENSIONS = {"embed-v4.0": 1536, "embed-english-light-v3.0": 384, "embed-multilingual-light-v3.0": 384}
USUAL_DIMENSIONS = 1024
TOKENS_PER_PICTURE = 258


def read(operation: str, *fields: str) -> Callable[[Json], Prompt]:
    """One of these fields must be there: it is what is asked about."""

    def prompt(body: Json) -> Prompt:
        found = next((body[field] for field in fields if body.get(field)), None)
        if found is None:
            raise BadRequestError(f"invalid request: {fields[0]} must be specified")
        weighed = sum(weigh(body.get(field)) for field in (*fields, "documents"))
        asked = found if isinstance(found, str) else text_of(found)
        return Prompt(operation, str(body.get("model") or "default"), asked, input_tokens=weighed, body=body)

    return prompt


def embed(take: Take) -> Reply:
    """By kind of number where kinds were asked for; only the first API may do without."""
    texts = take.body.get("texts") or []
    pictures = take.body.get("images") or []
    inputs = [*texts, *pictures, *(text_of(each.get("content")) for each in take.body.get("inputs") or ())]
    size = take.body.get("output_dimension") or DIMENSIONS.get(take.prompt.model, USUAL_DIMENSIONS)
    vectors = [vector(str(each), size) for each in inputs]
    kinds = take.body.get("embedding_types")
    billed: Json = {"input_tokens": sum(map(count, texts)) or take.tally.input}
    if pictures:
        billed = {"image_tokens": TOKENS_PER_PICTURE * len(pictures), "images": len(pictures), "input_tokens": 0}
    version = "2" if take.request.path.startswith("/v2") else "1"
    body: Json = {
        "id": uuid(take.ids),
        "texts": texts,
        "embeddings": {kind: [_as(kind, each) for each in vectors] for kind in kinds} if kinds else vectors,
        "response_type": "embeddings_by_type" if kinds else "embeddings_floats",
    }
    if take.answer.says_usage:
        body["meta"] = {"api_version": {"version": version}, "billed_units": billed}
    return Reply(body)


def _as(kind: str, values: list[float]) -> Any:
    match kind:
        case "int8" | "uint8":
            return [round(each * 127) + (128 if kind == "uint8" else 0) for each in values]
        case "binary" | "ubinary":
            return [_packed(values[at : at + 8], signed=kind == "binary") for at in range(0, len(values), 8)]
        case "base64":
            return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
        case _:
            return values


def _packed(eight: list[float], *, signed: bool) -> int:
    """Eight signs in a byte."""
    byte = sum((each > 0) << (7 - at) for at, each in enumerate(eight))
    return byte - 128 if signed else byte


def rerank(take: Take) -> Reply:
    documents = take.body.get("documents") or []
    asked = set(pieces(take.prompt.text.lower()))
    scores = [len(asked & set(pieces(str(each).lower()))) / (len(asked) or 1) for each in documents]
    order = sorted(range(len(documents)), key=lambda at: (-scores[at], at))
    results = [{"index": at, "relevance_score": round(scores[at], 7)} for at in order]
    version = "2" if take.request.path.startswith("/v2") else "1"
    about = {"api_version": {"version": version}, "billed_units": {"search_units": 1}}
    return Reply({"id": uuid(take.ids), "results": results[: take.body.get("top_n") or None], "meta": about})


def classify(take: Take) -> Reply:
    """Whatever class has examples with most words in common."""
    examples = take.body.get("examples") or []
    labels = sorted({str(each.get("label")) for each in examples}) or ["default"]
    return Reply(
        {
            "id": uuid(take.ids),
            "classifications": [_class(take, str(each), examples, labels) for each in take.body["inputs"]],
            "meta": {"api_version": {"version": "1"}, "billed_units": {"classifications": len(take.body["inputs"])}},
        }
    )


def _class(take: Take, words: str, examples: list[Json], labels: list[str]) -> Json:
    said = set(pieces(words.lower()))
    near = {
        label: 1 + sum(len(said & set(pieces(each["text"].lower()))) for each in examples if each["label"] == label)
        for label in labels
    }
    shares = {label: weight / sum(near.values()) for label, weight in near.items()}
    best = max(shares, key=lambda label: shares[label])
    return {
        "classification_type": "single-label",
        "confidence": shares[best],
        "confidences": [shares[best]],
        "id": uuid(take.ids),
        "input": words,
        "labels": {label: {"confidence": share} for label, share in shares.items()},
        "prediction": best,
        "predictions": [best],
    }


def parse(take: Take) -> Reply:
    page = {"type": "markdown", "index": 0, "markdown": {"content": spoken(take), "images": []}}
    about = {"api_version": {"version": "2"}, "billed_units": {"pages": 1}}
    return Reply({"id": uuid(take.ids), "pages": [page], "finish_reason": "COMPLETE", "meta": about})


def transcription(take: Take) -> Reply:
    return Reply({"text": spoken(take)})


def tokenize(take: Take) -> Reply:
    found = pieces(take.prompt.text)
    about = {"api_version": {"version": "1"}}
    return Reply({"tokens": list(range(len(found))), "token_strings": found, "meta": about})


def models(take: Take) -> Reply:
    names = ("command-a-03-2025", "command-r-plus", "embed-v4.0", "rerank-v3.5")
    return Reply({"models": [{"name": name, "endpoints": ["chat"], "finetuned": False} for name in names]})

"""No codec raises, whatever it is given; and what it returns can be written down."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
from typing import TYPE_CHECKING, Any, get_args

import pytest
from anthropic._models import construct_type as construct_anthropic
from anthropic.types import Message as AnthropicMessage
from anthropic.types import RawMessageStreamEvent
from openai._models import construct_type as construct
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from limelight import providers
from limelight.core.dialects import genai
from limelight.core.model import Message, Part, Record, Role
from limelight.core.wire import sse
from limelight.core.wire.read import as_table
from tests.corpus import replay
from tests.fuzz import seeds, seeds_bedrock, seeds_cohere, seeds_google, seeds_mistral
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import Seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from limelight.core.operation import Operation

SEEDS = (
    *seeds.SEEDS,
    *seeds_bedrock.SEEDS,
    *seeds_cohere.SEEDS,
    *seeds_google.SEEDS,
    *seeds_mistral.SEEDS,
)
OPERATIONS = [
    (integration.name, operation) for integration in providers.integrations() for operation in integration.operations
]
CASES = [
    pytest.param(operation, seed, id=f"{seed.integration}-{operation.name}-{seed.api}")
    for seed in SEEDS
    for name, operation in OPERATIONS
    if (name, operation.api) == (seed.integration, seed.api)
]
ROUNDS = [150, pytest.param(1200, marks=pytest.mark.slow)]
"""Per operation and kind of thing it reads, drawn alike: the many begin with the few.  Some 50,000 mutations in all."""
ROLES, PARTS = get_args(Role), get_args(Part)


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize(("operation", "seed"), CASES)
def test_spoiled_json_is_read_for_what_is_left_of_it(operation: Operation, seed: Seed, rounds: int) -> None:
    rng = random.Random(f"{operation.name} {seed.api}")
    for _ in range(rounds):
        for body in seed.requests:
            ask(operation, mutated(body, rng, rng.randint(1, 6)))
        for body in seed.answers:
            answer(operation, mutated(body, rng, rng.randint(1, 6)))
        for stream in seed.streams:
            listen(operation, mutated(stream, rng, rng.randint(1, 6)))


def ask(operation: Operation, body: Any) -> None:
    if isinstance(body, dict):
        request = operation.request(body)
        sound(request.messages)
        written(Record(kind=operation.kind, operation=operation.name, request=request))


def answer(operation: Operation, body: Any) -> None:
    if isinstance(body, dict):
        response = operation.response(body)
        sound(response.messages)
        written(Record(kind=operation.kind, operation=operation.name, response=response))


def listen(operation: Operation, stream: Any) -> None:
    if operation.fold is not None and isinstance(stream, list):
        if operation.is_content is not None:
            assert {operation.is_content(event) for event in stream if isinstance(event, dict)} <= {True, False}
        answer(operation, operation.fold(stream))


def sound(messages: Sequence[Message]) -> None:
    for message in messages:
        assert message.role in ROLES
        assert all(isinstance(part, PARTS) for part in message.parts)


def written(record: Record) -> None:
    """It fits into attributes: no object of anybody's is left in it."""
    for value in genai.write(record).attributes.values():
        assert isinstance(value, (str, int, float, bool, tuple))


LIVE = [
    pytest.param(construct, SEEDS[0], ChatCompletion, ChatCompletionChunk, id="openai"),
    pytest.param(construct_anthropic, SEEDS[8], AnthropicMessage, RawMessageStreamEvent, id="anthropic"),
]


@pytest.mark.parametrize(("build", "seed", "whole", "event"), LIVE)
def test_spoiled_objects_of_the_vendors_are_read_too(
    build: Callable[..., Any], seed: Seed, whole: Any, event: Any
) -> None:
    """The clients build their objects without checking, so what was spoiled on the wire is spoiled in them."""
    operation = next(
        operation for name, operation in OPERATIONS if (name, operation.api) == (seed.integration, seed.api)
    )
    rng, built = random.Random(3), 0
    for _ in range(400):
        with contextlib.suppress(
            RuntimeError, TypeError, ValueError, AttributeError, RecursionError
        ):  # the client's own
            answered = build(type_=whole, value=mutated(seed.answers[0], rng, 4))
            heard = [build(type_=event, value=each) for each in mutated(seed.streams[0], rng, 4)]
            built += 1
        if (body := as_table(answered)) is not None:
            answer(operation, body)
        assert operation.fold is not None
        answer(operation, operation.fold(heard))
    assert built > 200


def test_the_mutator_spoils() -> None:
    """What is not spoiled is no test: most mutations must change the value that is read."""
    seed = SEEDS[0]
    operation = next(
        operation for name, operation in OPERATIONS if (name, operation.api) == (seed.integration, seed.api)
    )
    rng = random.Random(1)
    before = operation.response(seed.answers[0])
    spoiled = [
        operation.response(body) for _ in range(300) if isinstance(body := mutated(seed.answers[0], rng, 4), dict)
    ]
    assert sum(each != before for each in spoiled) > 200


def recorded() -> Iterator[tuple[Operation, Any, Any]]:
    """Requests and answers of the recordings, where they are at hand."""
    apis = {
        "chat.completions": "chat_completions",
        "responses": "responses",
        "messages": "messages",
        "completions": "completions",
        "embeddings": "embeddings",
    }
    by_api = {
        operation.api: operation
        for _, operation in reversed(OPERATIONS)
        if operation.name not in ("count_tokens", "fetch_response")
    }
    with gzip.open(replay.CORPUS / "dev.jsonl.gz", "rt") as lines:
        for record in map(json.loads, lines):
            operation = by_api.get(apis.get(record["api"]))
            if operation is not None and "body" in record["response"]:
                yield operation, record["request"].get("body"), record["response"]["body"]


def replies(body: str) -> list[Any]:
    """A stream's events, or the one answer."""
    if body.lstrip().startswith(("data:", "event:")):
        return [event.data for event in sse.events(body.encode("utf-8", "replace"))]
    try:
        return json.loads(body)
    except ValueError:
        return []


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(not replay.available(), reason="no recordings")
def test_spoiled_recordings_are_read_for_what_is_left_of_them() -> None:
    rng = random.Random(7)
    mutations = 0
    for operation, request, reply in recorded():
        said = replies(reply)
        for _ in range(10):
            ask(operation, mutated(request, rng, rng.randint(1, 8)))
            spoiled = mutated(said, rng, rng.randint(1, 8))
            listen(operation, spoiled) if isinstance(said, list) else answer(operation, spoiled)
            mutations += 2
    assert mutations > 20_000

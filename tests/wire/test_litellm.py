from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from limelight.core.model import Message, Reasoning, Text, Usage
from limelight.core.wire import litellm, openai_chat, openai_media
from limelight.core.wire.read import as_table

ask, answer = litellm.asked(openai_chat.request), litellm.answered(openai_chat.response)
CHOICES = [{"message": {"role": "assistant", "content": "Rain"}, "finish_reason": "stop"}]
COUNTS = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}


def kept(body: dict[str, Any] | None, **private: Any) -> Any:
    """What is kept of an answer with these private fields."""
    kind = (
        type("Answer", (), {"__pydantic_fields__": {}, **private})
        if body is not None
        else type("CustomStreamWrapper", (), private)
    )
    given = kind()
    given.__dict__.update(body or {})
    return litellm.kept(None, given)


@pytest.mark.parametrize(
    ("model", "named", "provider"),
    [
        ("anthropic/claude-sonnet-4-5", None, "anthropic"),
        ("bedrock/converse/anthropic.claude-3", None, "aws.bedrock"),
        ("vertex_ai/gemini-2.5-pro", None, "gcp.vertex_ai"),
        ("openrouter/openai/gpt-4o", None, "openrouter"),
        ("gpt-4o", None, "openai"),
        ("o4-mini", None, "openai"),
        ("claude-haiku-4-5", None, "anthropic"),
        ("command-r", None, "cohere"),
        ("meta-llama/Llama-3", "together_ai", "together"),
        ("meta-llama/Llama-3", None, None),
        ("my-deployment", None, None),
    ],
)
def test_who_is_meant(model: str, named: str | None, provider: str | None) -> None:
    assert ask({"model": model, "custom_llm_provider": named}).provider == provider


def test_what_configures_litellm_is_not_looked_at() -> None:
    given = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.5,
        "api_key": "sk-mine",
        "aws_secret_access_key": "mine",
        "vertex_credentials": "{}",
        "headers": {"authorization": "mine"},
        "fallbacks": [{"model": "b", "api_key": "sk-yours"}],
        "api_base": "https://llm.example",
    }
    read = ask(given)
    assert (read.params, read.messages) == ({"temperature": 0.5}, (Message("user", (Text("Hi"),)),))


def test_who_answered_and_what_it_cost_by_whose_list() -> None:
    hidden = {"custom_llm_provider": "anthropic", "response_cost": 0.002, "cache_hit": None}
    read = answer(kept({"model": "claude", "choices": CHOICES, "usage": COUNTS}, _hidden_params=hidden))
    assert (read.provider, read.model, read.usage) == ("anthropic", "claude", Usage(input=9, output=4))
    assert (read.cost, read.extra) == (0.002, {"cost.source": "litellm"})


def test_what_the_provider_says_it_cost_is_stronger() -> None:
    hidden = {"custom_llm_provider": "openrouter", "response_cost": 0.002}
    read = answer(kept({"choices": CHOICES, "usage": {**COUNTS, "cost": 0.003}}, _hidden_params=hidden))
    assert (read.cost, read.extra) == (0.003, {})


def test_no_cost_is_not_nothing() -> None:
    read = answer(kept({"choices": CHOICES}, _hidden_params={"response_cost": None, "cache_hit": True}))
    assert (read.cost, read.extra) == (None, {"cache.hit": True})


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://api.deepseek.com/v1", "deepseek"),
        ("http://llm.acme.example", "openai"),
        ("http://[", "openai"),
        (None, "openai"),
    ],
)
def test_who_speaks_like_openai_is_known_by_the_address(address: str | None, provider: str) -> None:
    hidden = {"custom_llm_provider": "openai", "api_base": address}
    assert answer(kept({"choices": CHOICES}, _hidden_params=hidden)).provider == provider


def test_a_streams_tokens_are_those_that_a_chunk_reported() -> None:
    chunks: list[Any] = []
    said = kept(None, custom_llm_provider="anthropic", _hidden_params={}, chunks=chunks, received_finish_reason="stop")
    chunks += [{"choices": []}, {"choices": [], "usage": COUNTS}]
    folded = {"choices": CHOICES}
    assert answer({**said, **folded}).usage == Usage(input=9, output=4)
    assert answer({**said, **folded}).provider == "anthropic"


def test_what_litellm_counted_itself_is_a_guess() -> None:
    said = kept(None, custom_llm_provider="ollama", chunks=[{"choices": []}], received_finish_reason="stop")
    read = answer({**said, "choices": CHOICES, "usage": COUNTS})
    assert read.usage == Usage(input=9, output=4, estimated=frozenset({"input", "output"}))
    assert answer({**said, "choices": CHOICES}).usage == Usage()


@pytest.mark.parametrize(("received", "told"), [("stop", "stop"), (None, None)])
def test_an_end_that_nobody_told_is_none(received: str | None, told: str | None) -> None:
    said = kept(None, custom_llm_provider="openai", chunks=[], received_finish_reason=received)
    assert answer({**said, "choices": CHOICES}).messages[0].finish_reason == told


def test_thinking_blocks_are_thoughts() -> None:
    message = {"role": "assistant", "content": "Rain", "thinking_blocks": [{"type": "thinking", "thinking": "hm"}]}
    assert answer({"choices": [{"message": message}]}).messages[0].parts == (Reasoning("hm"), Text("Rain"))


def test_vectors_are_not_kept() -> None:
    given = SimpleNamespace()
    assert litellm.kept(openai_media.embeddings_kept, given)["answer"] is None
    kind = type("Answer", (), {"__pydantic_fields__": {}})
    body = kind()
    body.__dict__["data"] = [{"embedding": [0.1, 0.2]}]
    told = litellm.kept(openai_media.embeddings_kept, body)
    assert as_table(told["answer"]) == {"model": None, "usage": None, "count": 1, "dimensions": 2}
    assert litellm.answered(openai_media.embeddings_response)(told).embeddings == (1, 2)

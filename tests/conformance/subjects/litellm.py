"""The `litellm` package: functions, and what is beneath them."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # nothing is to be downloaded

import litellm
import openai

from tests.conformance.subject import Ask, Subject
from tests.conformance.subjects.openai import QUESTION, WEATHER
from tests.conformance.ways import OPENINGS, WAYS

if TYPE_CHECKING:
    from tests.conformance.subject import Backend, Style

litellm.suppress_debug_info = True
litellm.disable_streaming_logging = True
litellm.disable_aiohttp_transport = True  # its sessions are nobody's to close
USAGE = {"stream_options": {"include_usage": True}}
STREAMED = {
    "gen_ai.response.model": "gpt-4o",
    "limelight.cost.source": "flat",
    "limelight.cost.total": 7.9e-05,
    "limelight.cost.input": 1.3e-05,
    "limelight.cost.output": 6.6e-05,
    "limelight.cost.formula": "13 input × $1.00/M + 0 cached × $0.50/M + 33 output × $2.00/M",
    "limelight.cost.cache_read": 0.0,
    "limelight.response.extra": None,
    "limelight.response.cost": None,
}
"""Of a stream LiteLLM tells neither what it cost nor which model answered."""
TOOL = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}


class Functions:
    """LiteLLM's functions as they are at the moment, with the address that each would take from its environment."""

    def __init__(self, backend: Backend, **options: Any) -> None:
        self._openai = {"api_base": backend.openai_url, "api_key": "any", "timeout": 10.0, **options}  # type: ignore[attr-defined]
        self._anthropic = {**self._openai, "api_base": backend.anthropic_url}  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self._call, getattr(litellm, name))

    def _call(self, function: Any, **arguments: Any) -> Any:
        given = self._anthropic if str(arguments.get("model")).startswith("anthropic/") else self._openai
        return function(**given, **arguments)


def build(backend: Backend, style: Style, **options: Any) -> Any:
    return Functions(backend, **{"max_retries": 0, **options})


def request_id(error: Any) -> str | None:
    headers = getattr(error, "litellm_response_headers", None) or {}
    return headers.get("x-request-id") or headers.get("request-id")


def twin(path: str) -> str:
    return f"a{path}"


ASKS = (
    Ask(
        "chat",
        "completion",
        {"model": "openai/gpt-4o", "messages": QUESTION, "temperature": 0.5, "seed": 7, **USAGE},
        streaming={"stream": True},
        streamed=STREAMED,
    ),
    Ask(
        "chat, with tools",
        "completion",
        {"model": "openai/gpt-4o+tools", "messages": QUESTION, "tools": [TOOL], **USAGE},
        streaming={"stream": True},
    ),
    Ask(
        "chat, with Claude",
        "completion",
        {"model": "anthropic/claude-sonnet-4-5", "messages": QUESTION, "max_tokens": 200},
    ),
    Ask("response", "responses", {"model": "openai/gpt-4o", "input": "What is the weather in Oslo?"}),
    Ask("embeddings", "embedding", {"model": "openai/text-embedding-3-small", "input": ["Oslo", "Bergen"]}),
    # Its error has no headers, where the exchange beneath has them.
    Ask("image", "image_generation", {"model": "openai/gpt-image-1", "prompt": "A fjord"}, steered=False),
)

LITELLM = Subject(
    name="litellm",
    build=build,
    ways=WAYS,
    openings=OPENINGS,
    talks=("chat",),
    asks=ASKS,
    error=openai.APIError,
    broken=openai.APIError,
    stream_types=(litellm.CustomStreamWrapper, litellm.CustomStreamWrapper),
    twin=twin,
    retrying=None,
    request_id=request_id,
    wraps=False,
    volatile=frozenset({"id", "created", "_response_ms"}),
)

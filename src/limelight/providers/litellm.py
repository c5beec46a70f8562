"""LiteLLM: functions and a router that call everybody in OpenAI's words; one call, whatever is beneath."""

from __future__ import annotations

import functools
from dataclasses import replace

from limelight.core.operation import Integration, Operation
from limelight.core.wire import litellm, openai_media, openai_responses, rerank
from limelight.providers import _openai_like

_MAIN = "litellm.main"
_ROUTER = "litellm.router:Router"


def _through(operation: Operation) -> Operation:
    """The same operation, for whom LiteLLM knows."""
    return replace(
        operation,
        request=litellm.asked(operation.request),
        response=litellm.answered(operation.response),
        keep=functools.partial(litellm.kept, operation.keep),
    )


def _functions(name: str, *modules: str) -> tuple[str, ...]:
    """A function, its async twin, and the router's methods of the same names."""
    homes = (*(f"{module}:" for module in (*modules, _MAIN)), f"{_ROUTER}.")
    return tuple(f"{home}{prefix}{name}" for home in homes for prefix in ("", "a"))


LITELLM = Integration(
    name="litellm",
    package="litellm>=1.53",
    covers=frozenset({"*"}),
    owner=lambda router: router,
    operations=(
        _through(_openai_like.chat(*_functions("completion"))),
        _through(_openai_like.completions(*_functions("text_completion"))),
        _through(_openai_like.embeddings(*_functions("embedding"))),
        _through(_openai_like.images(*_functions("image_generation", "litellm.images.main"))),
        _through(_openai_like.images(*_functions("image_edit", "litellm.images.main"))),
        _through(_openai_like.speech(*_functions("speech"))),
        _through(_openai_like.transcriptions(*_functions("transcription"))),
        _through(
            Operation(
                "chat",
                _functions("responses", "litellm.responses.main"),
                openai_responses.request,
                openai_responses.response,
                openai_responses.fold,
                openai_responses.is_content,
                api="responses",
            )
        ),
        _through(
            Operation(
                "rerank",
                _functions("rerank", "litellm.rerank_api.main"),
                rerank.request,
                rerank.response,
                kind="rerank",
                api="rerank",
            )
        ),
        _through(
            Operation(
                "moderation",
                _functions("moderation"),
                openai_media.moderation_request,
                openai_media.moderation_response,
                kind="guardrail",
                api="moderations",
            )
        ),
    ),
)

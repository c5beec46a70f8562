"""What may be said of one client alone: `limelight.wrap(client, capture_input=False, tags=["billing"])`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict

from limelight.core.plain import plain
from limelight.pipeline.pipeline import ForClient, Pipeline
from limelight.sdk.config import ConfigError
from limelight.sdk.policy import masker

if TYPE_CHECKING:
    from collections.abc import Callable


class ClientOptions(TypedDict, total=False):
    """Of `wrap()`, its named forms and the drop-in classes; what is not given is as `init()` has it."""

    capture_content: bool
    """Record prompts and answers."""
    capture_input: bool
    """Record prompts, system texts, tool definitions and the words of errors, which may quote them."""
    capture_output: bool
    """Record answers, and the words of errors."""
    capture_tokens: bool
    """Record how many tokens a call took."""
    capture_cost: bool
    """Put a price on each call. A server may put its own on the tokens it is told of."""
    capture_rate: float
    """Share of traces whose content is recorded, 0 to 1."""
    mask: Any
    """`"secrets"`, `"pii"`, a function of a string, a list of these, or None."""
    tags: Sequence[str]
    """Put on the client's spans, beside those of `init()`."""
    metadata: Mapping[str, Any]
    """Put on the client's spans."""


class Reporting:
    """Where a wrapped client reports: to the instance that it was given to, or to the one that `init()` made last."""

    __slots__ = ("_known", "_of", "_options")

    def __init__(self, of: Callable[[], Pipeline | None], options: Mapping[str, Any]) -> None:
        """`of` gives that instance's pipeline; None while it is off."""
        for name, value in options.items():
            _check(name, value)
        self._of, self._options = of, dict(options)
        if "mask" in options:
            self._options["masker"] = masker(self._options.pop("mask"))
        self._known: tuple[Pipeline, Pipeline | ForClient] | None = None

    def __call__(self) -> Pipeline | ForClient | None:
        pipeline = self._of()
        if pipeline is None:
            return None
        if self._known is None or self._known[0] is not pipeline:
            self._known = (pipeline, self._from(pipeline))
        return self._known[1]

    def _from(self, pipeline: Pipeline) -> Pipeline | ForClient:
        """The pipeline itself when nothing is said of this client alone."""
        if not self._options:
            return pipeline
        changes = dict(self._options)
        if "tags" in changes:
            changes["tags"] = tuple(dict.fromkeys((*pipeline.policy.tags, *changes["tags"])))
        if "metadata" in changes:
            changes["metadata"] = {**pipeline.policy.metadata, **plain(changes["metadata"])}
        return ForClient(pipeline, replace(pipeline.policy, **changes))


def own_options(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What among a constructor's arguments is ours, taken out of them."""
    ours = {"limelight", *ClientOptions.__annotations__}
    return {name: kwargs.pop(name) for name in list(kwargs) if name in ours}


def _check(name: str, value: Any) -> None:
    match name:
        case "capture_rate":
            if type(value) not in (int, float) or not 0 <= value <= 1:
                raise ConfigError(f"`{name}` must be between 0 and 1, got {value!r}")
        case "tags":
            if isinstance(value, str) or not isinstance(value, Sequence):
                raise ConfigError(f"`{name}` takes a list of names, got {value!r}")
        case "metadata":
            if not isinstance(value, Mapping):
                raise ConfigError(f"`{name}` takes a mapping, got {value!r}")
        case "mask":
            return
        case _ if name in ClientOptions.__annotations__:
            if not isinstance(value, bool):
                raise ConfigError(f"`{name}` must be True or False, got {value!r}")
        case _:
            known = ", ".join(sorted(ClientOptions.__annotations__))
            raise ConfigError(f"`{name}` is no option of one client; known are {known}")

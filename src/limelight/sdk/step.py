"""A span of the program's own, and all that can be said about it."""

from __future__ import annotations

from itertools import islice
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, get_args

from opentelemetry.context import Context, attach, get_current

from limelight.core.dialects import keys
from limelight.core.model import Kind, Record
from limelight.core.plain import MAX_ITEMS, plain
from limelight.core.sampling import Start
from limelight.engine.span import Live, Sink, enter, leave
from limelight.engine.stamp import Stamp, stamped
from limelight.pipeline import failures
from limelight.sdk.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "agent": "invoke_agent",
        "workflow": "invoke_workflow",
        "tool": "execute_tool",
        "retrieval": "retrieval",
        "embedding": "embeddings",
        "plan": "plan",
    }
)
KINDS = frozenset(get_args(Kind))
MODELS = frozenset({"llm", "embedding", "rerank"})
"""Kinds of steps that are calls of a model."""
_UNSET = object()


class Step(Live):
    """A span of the program's own: a context manager that records what went in and what came out."""

    def __init__(self, sink: Sink, name: str, *, kind: Kind = "chain", stamp: Stamp | None = None) -> None:
        if kind not in KINDS:
            raise ConfigError(f"`kind` must be one of {', '.join(sorted(KINDS))}, got {kind!r}")
        parent = get_current()
        super().__init__(sink, name, stamped(parent, stamp) if stamp else parent)
        self._kind: Kind = kind
        self.is_call = kind in MODELS
        self._input: Any = None
        self._output: Any = None
        self._metadata: dict[str, Any] = {}
        self._error: BaseException | None = None
        self._entered: tuple[Context | None, Context] | None = None
        self._stamp = Stamp()

    def starts(self) -> Start:
        return Start(self.name, self._kind, OPERATIONS.get(self._kind))

    def record_input(self, value: Any) -> Step:
        """Say what the step was given: anything; it is shown as JSON."""
        self._input = as_it_is(value)
        return self

    def record_output(self, value: Any) -> Step:
        """Say what came out."""
        self._output = as_it_is(value)
        return self

    def set(self, **attributes: Any) -> Step:
        """Add facts of your own; they become searchable metadata."""
        self._metadata.update(attributes)
        return self

    def update(self, *, input: Any = _UNSET, output: Any = _UNSET, metadata: Mapping[str, Any] | None = None) -> Step:  # noqa: A002
        if input is not _UNSET:
            self.record_input(input)
        if output is not _UNSET:
            self.record_output(output)
        return self.set(**(metadata or {}))

    def score(self, name: str, value: float | bool | str, comment: str | None = None) -> Self:
        """Judge the step: a number, yes or no, or a word.  As many scores as you like."""
        is_word = isinstance(value, str)
        said = {
            keys.SCORE_NAME: name,
            keys.SCORE_LABEL if is_word else keys.SCORE_VALUE: value if is_word else float(value),
            keys.SCORE_COMMENT: comment,
        }
        self.add_event(keys.SCORE_EVENT, {key: value for key, value in said.items() if value is not None})
        return self

    def update_trace(
        self,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> Self:
        """Say who the trace is about as soon as that is known: holds for this step and for what it goes on to do."""
        stamp = Stamp(user_id, session_id, tuple(tags), dict(metadata or {}))
        self._stamp = stamp.over(self._stamp)
        if self._entered is not None:  # `leave` puts back what was before, whatever is current then
            attach(stamped(get_current(), stamp))
        return self

    def span(self, name: str, *, kind: Kind = "chain") -> Step:
        """A step inside this one.  It is a child of whatever is current when it is made, which is this step within its block."""
        return Step(self.sink, name, kind=kind)

    def fail(self, error: BaseException) -> Step:
        """Mark the step as failed though the exception goes no further."""
        self._error = error
        return self

    def record(self) -> Record:
        failure = None
        if self._error is not None and not failures.is_cancellation(self._error):
            failure = failures.of_exception(self._error)
        about = self._stamp
        return Record(
            kind=self._kind,
            operation=OPERATIONS.get(self._kind),
            name=self.name if self._kind in {"agent", "tool", "workflow"} else None,
            input=plain(self._input),
            output=plain(self._output),
            session_id=about.session_id,
            user_id=about.user_id,
            tags=about.tags,
            metadata=plain({**about.metadata, **self._metadata}),
            failure=failure,
            outcome="ok" if self._error is None else "error" if failure else "cancelled",
        )

    def release(self) -> None:
        self._input = self._output = self._error = None

    def __enter__(self) -> Self:
        before = get_current()
        self._entered = (enter(self), before)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._entered is not None:
            leave(*self._entered, error=error)
            self._entered = None
        if error is not None:
            self._error = error
        self.end()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def as_it_is(value: Any) -> Any:
    """A container as it is now, since its owner may go on changing it; of a long one no more than is shown."""
    if type(value) is list:
        return value[: MAX_ITEMS + 1]
    if type(value) is dict:
        return value.copy() if len(value) <= MAX_ITEMS else dict(islice(value.items(), MAX_ITEMS + 1))
    return value

"""`limelight.context`: say once who a stretch of the program works for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, attach, get_current

from limelight.engine.stamp import Stamp, stamped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self


class context:  # noqa: N801 - reads as a statement
    """Stamp every span beneath with who and what it is about.  `with` and `async with`; inner words win."""

    def __init__(
        self,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self._stamp = Stamp(user_id, session_id, tuple(tags), dict(metadata or {}))
        self._before: list[Context] = []

    def __enter__(self) -> Self:
        self._before.append(get_current())
        attach(stamped(self._before[-1], self._stamp))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        attach(self._before.pop())

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

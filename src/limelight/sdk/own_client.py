"""`@llm_instrumented`: a client of the user's own, traced by the same engine as those of the vendors."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from opentelemetry.context import get_current

from limelight.core import names
from limelight.core.operation import Integration, Operation
from limelight.core.wire import shapes
from limelight.engine.call import Call
from limelight.engine.guard import unfailing
from limelight.engine.invoke import drive
from limelight.engine.patch import is_part, is_suppressed, noted
from limelight.engine.span import innermost
from limelight.sdk.generation import OPERATIONS, operation_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.core.model import Response
    from limelight.core.wire.read import Table
    from limelight.engine.span import Sink

P = ParamSpec("P")
R = TypeVar("R")


def instrumented(
    sink: Callable[[], Sink], provider: str, operation: str, tokens_from_response: bool
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    known = operation_named(operation)
    response = shapes.response if tokens_from_response else _without_tokens
    told = Operation(known, (), shapes.request, response, shapes.fold, kind=OPERATIONS[known])
    about = Integration(names.provider(provider), "", (told,), covers=frozenset({"*"}))

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        return drive(function, functools.partial(_begin, sink, about, told, inspect.signature(function)))

    return decorate


def _without_tokens(body: Table) -> Response:
    return shapes.response({key: value for key, value in body.items() if key != "usage"})


@unfailing("starting a call")
def _begin(
    sink: Callable[[], Sink],
    about: Integration,
    told: Operation,
    signature: inspect.Signature,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Call | None:
    context = get_current()
    if is_suppressed(context) or is_part(about, innermost(context)):
        return None
    bound = signature.bind_partial(*args, **kwargs).arguments
    given = {name: value for name, value in bound.items() if name not in {"self", "cls"}}
    return Call(sink(), about, told, None, noted(given), context)

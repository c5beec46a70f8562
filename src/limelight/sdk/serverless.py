"""AWS Lambda freezes a process between invocations: what is done is sent before the next one is asked for."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from limelight.engine.guard import guarded
from limelight.engine.targets import replace, when_imported

if TYPE_CHECKING:
    from collections.abc import Callable

_CLIENT = "awslambdaric.lambda_runtime_client"
TARGETS = tuple(
    f"{_CLIENT}:{owner}.wait_next_invocation" for owner in ("LambdaRuntimeClient", "BaseLambdaRuntimeClient")
)
"""Where the runtime says that it is through with an invocation.  The caller has his answer by then, and Lambda freezes
nothing before it has heard this."""


def between_invocations(settle: Callable[[], object]) -> None:
    """Call `settle` at the end of each invocation."""
    for target in TARGETS:
        when_imported(target, functools.partial(_patch, target, settle))


def _patch(target: str, settle: Callable[[], object]) -> None:
    with guarded(f"patching {target}"):
        replace(target, functools.partial(_settling, settle))


def _settling(settle: Callable[[], object], original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wait(*args: Any, **kwargs: Any) -> Any:
        with guarded("flushing at the end of an invocation"):
            settle()
        return original(*args, **kwargs)

    return wait

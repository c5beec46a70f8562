"""Ask the provider for more than the caller did, if he has allowed it, and keep the answer from him."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.engine.guard import unfailing

if TYPE_CHECKING:
    from limelight.core.operation import Injection
    from limelight.engine.call import Call


@unfailing("asking for more")
def inject(injection: Injection, call: Call, kwargs: dict[str, Any]) -> None:
    """Change what is about to be sent; our notes keep what the caller asked for."""
    if call.sink.injects and (more := injection.ask(kwargs)):
        kwargs.update(more)
        call.takes = unfailing("keeping an answer from its caller")(injection.take)

"""What looking at a request costs its sender, in ns: `python -m tests.transport.cost`, on a machine that has nothing else to do."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import requests
from opentelemetry.context import get_current

from limelight.engine.call import Call
from limelight.engine.doors import DOORS
from limelight.engine.span import enter, leave
from limelight.engine.transport import Transport
from limelight.providers._transport import TRANSPORT
from limelight.sdk.switches import switch
from limelight.testing import capture

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://api.example.com/v1/orders"


def least_ns(function: Callable[[], Any], times: int = 2_000, rounds: int = 300) -> float:
    """The fastest round counts: whatever else runs can only add."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter_ns()
        for _ in range(times):
            function()
        found.append((time.perf_counter_ns() - began) / times)
    return min(found)


def main() -> None:
    answer = httpx.Response(200, headers={"x-request-id": "r"}, json={})

    def sent(self: Any, request: Any) -> Any:
        return answer

    with capture("transport") as spans:
        transport = switch("transport")
        assert isinstance(transport, Transport)
        doors = {door.library: transport.watch(door, sent) for door in DOORS}
        asked = {
            "httpx GET": ("httpx", httpx.Request("GET", URL)),
            "httpx POST": ("httpx", httpx.Request("POST", URL, content=b"{}")),
            "requests POST": ("requests", requests.Request("POST", URL, data=b"{}").prepare()),
        }
        bare = least_ns(lambda: sent(None, None))
        for name, (library, request) in asked.items():
            added = least_ns(lambda library=library, request=request: doors[library](None, request)) - bare  # type: ignore[misc]
            sys.stdout.write(f"{name}, none of ours: {added:.0f}\n")
        call = Call(spans.pipeline, TRANSPORT, TRANSPORT.operations[0], URL, {}, get_current())
        entered = enter(call)

        def beneath() -> None:
            call.exchanges = ()
            doors["httpx"](None, asked["httpx POST"][1])

        sys.stdout.write(f"beneath a call of ours: {least_ns(beneath) - bare:.0f}\n")
        leave(entered, call.parent)
        call.drop()


if __name__ == "__main__":
    main()

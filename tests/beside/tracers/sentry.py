"""Sentry, with its integrations of both clients."""

from __future__ import annotations

from typing import Any

import sentry_sdk
from sentry_sdk.transport import Transport

from tests.beside import recorded

_kept: list[Any] = []


class Keeping(Transport):
    def capture_envelope(self, envelope: Any) -> None:
        _kept.extend(item.get_transaction_event() for item in envelope.items if item.type == "transaction")


def start() -> None:
    from sentry_sdk.integrations.anthropic import AnthropicIntegration
    from sentry_sdk.integrations.openai import OpenAIIntegration

    sentry_sdk.init(
        dsn="http://any@127.0.0.1:9/1",
        traces_sample_rate=1.0,
        transport=Keeping,
        send_default_pii=True,
        integrations=[OpenAIIntegration(), AnthropicIntegration()],
    )


def around() -> Any:
    return sentry_sdk.start_transaction(name="request", op="test")


def told() -> list[dict[str, Any]]:
    sentry_sdk.flush()
    return [
        {
            "name": span.get("description"),
            "parent": names(event).get(span["parent_span_id"], "a stranger"),
            "op": span["op"],
            "status": span.get("status"),
            "attributes": recorded.plain(span.get("data", {})),
            "tags": recorded.plain(span.get("tags", {})),
        }
        for event in _kept
        for span in sorted(event["spans"], key=lambda one: (one["start_timestamp"], one["timestamp"]))
    ]


def names(event: Any) -> dict[str, str]:
    spans = {span["span_id"]: span.get("description") or "" for span in event["spans"]}
    return {**spans, event["contexts"]["trace"]["span_id"]: event["transaction"]}

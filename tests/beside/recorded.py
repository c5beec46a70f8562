"""What another tracer has recorded, without what differs from one run to the next."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_CHANGING = re.compile(
    r"time|duration|latency|elapsed|\bpid\b|thread|process|stack|code\.|host|runtime|random|_dd\.", re.IGNORECASE
)
_ID = re.compile(r"\b[0-9a-f]{16,64}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d{18,20}\b|0x[0-9a-f]+")


def plain(value: Any) -> Any:
    """A value as text that is the same in every run."""
    if isinstance(value, float):
        return "<a number>"
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in sorted(value.items()) if not _CHANGING.search(str(key))}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return re.sub(r"\d+\.\d{3,}|\d+\.\d+s\b", "<a number>", _ID.sub("<an id>", text))


def otel(spans: Iterable[Any]) -> list[dict[str, Any]]:
    """Spans of OpenTelemetry's SDK, each with the name of its parent."""
    found = list(spans)
    names = {span.context.span_id: span.name for span in found}
    return [
        {
            "name": span.name,
            "parent": names.get(span.parent.span_id, "a stranger") if span.parent else None,
            "kind": str(span.kind),
            "status": str(span.status.status_code),
            "scope": span.instrumentation_scope.name,
            "attributes": plain(dict(span.attributes or {})),
            "events": [[event.name, plain(dict(event.attributes or {}))] for event in span.events],
        }
        for span in sorted(found, key=lambda one: (one.start_time, one.end_time))
    ]

"""What the receiver has seen since it started: the numbers behind the Health page."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from limelight.server.api import answers
from limelight.server.ingest.body import Reason
from limelight.server.ingest.digest import Digest
from limelight.server.summary import BILLED

MAX_CLIENTS = 200
MAX_UNPRICED = 1000
MAX_SHOWN = 100


class Counters:
    def __init__(self) -> None:
        self.started = time.time()
        self.requests = self.spans = self.accepted = 0
        self.rejected: Counter[str] = Counter()
        self.last_rejected: answers.Rejection | None = None
        self.last_span_ms: float | None = None
        self.dialects: Counter[str] = Counter()
        self.clients: dict[tuple[str, str, str], float] = {}
        self.unpriced: Counter[tuple[str | None, str]] = Counter()

    def accept(self, digests: Sequence[Digest]) -> None:
        self.accepted += len(digests)
        self.last_span_ms = time.time() * 1000
        for one in digests:
            summary = one.summary
            self.dialects[one.dialect] += 1
            client = (*one.client, summary.service or "")
            if client in self.clients or len(self.clients) < MAX_CLIENTS:
                self.clients[client] = self.last_span_ms
            if summary.kind in BILLED and summary.model and summary.usage is not None and summary.cost is None:
                self._unpriced(summary.provider, summary.model)

    def _unpriced(self, provider: str | None, model: str) -> None:
        if (provider, model) in self.unpriced or len(self.unpriced) < MAX_UNPRICED:
            self.unpriced[provider, model] += 1

    def reject(self, reason: Reason, message: str, times: int = 1) -> None:
        self.rejected[reason] += times
        self.last_rejected = answers.Rejection(at_ms=time.time() * 1000, reason=message)

    def received(self) -> answers.Received:
        return answers.Received(
            requests=self.requests,
            spans=self.spans,
            accepted=self.accepted,
            rejected=dict(self.rejected),
            last_rejected=self.last_rejected,
            last_span_ms=self.last_span_ms,
        )

    def senders(self) -> list[answers.Client]:
        return [
            answers.Client(sdk=sdk, version=version or None, service=service or None, last_ms=last)
            for (sdk, version, service), last in self.clients.items()
        ]

    def without_price(self) -> list[answers.Unpriced]:
        most = self.unpriced.most_common(MAX_SHOWN)
        return [answers.Unpriced(provider=provider, model=model, spans=n) for (provider, model), n in most]

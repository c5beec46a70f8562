"""What a test's calls were and what they cost, for people."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from limelight.core.dialects import keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from limelight.testing.capture import Captured

MODELS = frozenset({"llm", "embedding", "rerank"})


def calls(spans: Sequence[Captured]) -> list[Captured]:
    """The calls of models among them."""
    return [span for span in spans if span.attributes.get(keys.KIND) in MODELS]


def tree(spans: Sequence[Captured]) -> str:
    """One line a span, children beneath their parent, in the order in which they began."""
    known = {span.span.context.span_id for span in spans}
    children: dict[int | None, list[Captured]] = {}
    for span in sorted(spans, key=lambda one: (one.span.start_ns, one.span.end_ns)):
        parent = span.span.parent.span_id if span.span.parent is not None else None
        children.setdefault(parent if parent in known else None, []).append(span)

    def lines(parent: int | None, depth: int) -> Iterator[str]:
        for span in children.get(parent, []):
            yield "  " * depth + _line(span)
            yield from lines(span.span.context.span_id, depth + 1)

    return "\n".join(lines(None, 0))


def _line(span: Captured) -> str:
    said = span.attributes
    tokens = [said.get(keys.USAGE["input"]), said.get(keys.USAGE["output"])]
    cost, error = said.get(keys.COST["total"]), said.get(keys.ERROR_TYPE)
    about = [
        f"{span.duration_s * 1000:,.0f} ms",
        f"{tokens[0] or 0:,} → {tokens[1] or 0:,} tokens" if any(tokens) else "",
        f"${cost:.6f}" if cost is not None else "",
        f"{error}: {span.error}" if error else "",
    ]
    return f"{span.name} [{said.get(keys.KIND)}] {' · '.join(filter(None, about))}"


@dataclass(frozen=True, slots=True)
class Budget:
    """What the calls of a test may take, all together."""

    cost: float | None = None
    """US dollars."""
    tokens: int | None = None
    """Input and output."""
    llm_calls: int | None = None
    ttft: float | None = None
    """Seconds to the first chunk, of each streamed call."""

    def exceeded(self, spans: Sequence[Captured]) -> list[str]:
        """Each limit that was not kept, in words; and each that cannot be held against anything."""
        made = calls(spans)
        return [problem for item in fields(self) if (problem := getattr(self, f"_{item.name}")(made))]

    def _llm_calls(self, made: Sequence[Captured]) -> str | None:
        return None if self.llm_calls is None else _over("calls of models", len(made), self.llm_calls)

    def _tokens(self, made: Sequence[Captured]) -> str | None:
        if self.tokens is None:
            return None
        known = [span.attributes.get(keys.USAGE[name]) for span in made for name in ("input", "output")]
        return _over("tokens", sum(count or 0 for count in known), self.tokens)

    def _cost(self, made: Sequence[Captured]) -> str | None:
        if self.cost is None:
            return None
        known = [span.attributes.get(keys.COST["total"]) for span in made]
        if None in known:
            models = {
                span.attributes.get(keys.REQUEST_MODEL) for span, cost in zip(made, known, strict=True) if cost is None
            }
            return f"the cost is unknown: no price for {', '.join(sorted(map(str, models)))}"
        return _over("dollars", sum(cost or 0 for cost in known), self.cost)

    def _ttft(self, made: Sequence[Captured]) -> str | None:
        if self.ttft is None:
            return None
        known = [first for span in made if (first := span.attributes.get(keys.FIRST_CHUNK)) is not None]
        return _over("seconds to the first chunk", max(known, default=0.0), self.ttft)


def _over(what: str, spent: float, allowed: float) -> str | None:
    return f"{spent:,.6g} {what}, where {allowed:,.6g} are allowed" if spent > allowed else None

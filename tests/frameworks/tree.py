"""A trace as text: one line a span, children beneath their parent, in the order in which they began."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing import Capture
    from limelight.testing.capture import Captured


def tree(spans: Capture) -> list[str]:
    found = sorted(spans.all(), key=lambda one: (one.span.start_ns, one.span.end_ns))
    known = {one.span.context.span_id for one in found}
    children: dict[int | None, list[Captured]] = {}
    for one in found:
        parent = one.span.parent.span_id if one.span.parent and one.span.parent.span_id in known else None
        children.setdefault(parent, []).append(one)

    def lines(parent: int | None, depth: int) -> Iterator[str]:
        for one in children.get(parent, []):
            said = one.attributes
            ending = said.get("error.type") or (said.get("limelight.outcome") if "limelight.outcome" in said else None)
            yield f"{'  ' * depth}{one.name} [{said['limelight.kind']}]{f' {ending}' if ending else ''}"
            yield from lines(one.span.context.span_id, depth + 1)

    return list(lines(None, 0))

"""Recorded traffic through the real clients: what was said is what the span says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.corpus import replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIELDS, PERFECT = 0.995, 0.98
WHOLE = [
    pytest.param(name, variant, id=f"{name}-{variant.name}")
    for name in ("newest", "oldest")
    for variant in replay.VARIANTS
]
BETWEEN = [
    pytest.param(name, variant, id=f"{name}-{variant.name}")
    for name in ("second-majors", "first-majors")
    for variant in replay.VARIANTS
    if variant.name in ("sync", "async-helper")
]

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not replay.available(), reason=f"no recordings in {replay.CORPUS}"),
]


@pytest.mark.parametrize(("generation", "variant"), [*WHOLE, *BETWEEN])
def test_a_span_says_what_was_recorded(
    generation: str, variant: replay.Variant, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    verdict = replay.replay(replay.environment(generation), variant, tmp_path)
    if verdict.fields_share < FIELDS and verdict.is_late:
        verdict = replay.replay(replay.environment(generation), variant, tmp_path)
    record_property("corpus", (generation, variant.name, verdict))
    assert verdict.calls > 80
    assert verdict.wire_changed == ()
    assert verdict.worse_off == ()
    assert verdict.fields_share >= FIELDS, verdict.missed
    assert verdict.perfect_share >= PERFECT, verdict.missed

"""Recorded traffic through the real clients: what was said is what the span says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.corpus import results
from tests.corpus.environments import NEWEST, environment
from tests.corpus.replay import CORPUS, VARIANTS, available, replay
from tests.corpus.verdicts import together

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.corpus.verdicts import Verdict

FIELDS, PERFECT = 0.995, 0.98
ASKED = {
    NEWEST: tuple(VARIANTS),
    "oldest": ("sync", "async", "async-raw", "sync-helper", "async-helper", "sync-abandon"),
    "second-majors": ("sync", "async-helper"),
    "first-majors": ("async", "sync-helper"),
}
"""The newest and the oldest in every way that tells something new; between them, what has changed most often."""

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not available(), reason=f"no recordings in {CORPUS}"),
]


@pytest.mark.parametrize(
    ("generation", "variant"), [(generation, variant) for generation, names in ASKED.items() for variant in names]
)
def test_a_span_says_what_was_recorded(
    generation: str, variant: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    verdicts = replay(environment(generation), VARIANTS[variant], tmp_path)
    results.keep(generation, variant, verdicts)
    record_property("corpus", (generation, variant, verdicts))
    whole = together(verdicts.values())
    assert whole.calls > 80
    assert whole.wire_changed == []
    assert whole.worse_off == []
    assert whole.twice == 0
    assert whole.fields_share >= FIELDS
    assert whole.perfect_share >= PERFECT
    short = {provider: verdict.unexplained for provider, verdict in verdicts.items() if falls_short(verdict)}
    assert short == {}


def falls_short(verdict: Verdict) -> bool:
    """Of few calls one is much: a provider may miss what is written down with its reason."""
    short = verdict.fields_share < FIELDS or verdict.perfect_share < PERFECT
    return short and bool(verdict.unexplained)

"""Write docs/conformance.md from what `make conformance` last found: `python -m tools.conformance`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from tests.corpus import results
from tests.corpus.environments import GENERATIONS, pinned
from tests.corpus.verdicts import SET_ASIDE, Verdict, known, together
from tools.reference import table

PAGE = Path(__file__).parent.parent / "docs" / "conformance.md"

Runs = Mapping[tuple[str, str], Mapping[str, Verdict]]


def main() -> int:
    runs = results.kept()
    if not runs:
        print("nothing to write: `make conformance` has found no recordings here", file=sys.stderr)
        return 1
    PAGE.write_text(page(runs), encoding="utf-8")
    return 0


def page(runs: Runs) -> str:
    text = TEXT.format(day=date.today().isoformat(), aside=", ".join(f"`{name}`" for name in sorted(SET_ASIDE)))
    sections = {
        "Every run": table(
            ("clients", "calls made", "calls", "fields as recorded", "perfect calls", "twice", "changed"),
            list(whole(runs)),
        ),
        "Every provider, newest clients": table(
            ("provider", "calls", "fields as recorded", "perfect calls", "not perfect"), list(providers(runs))
        ),
        "What is missing, and why": table(("why", "fields", "calls"), list(reasons(runs))) or "Nothing.\n",
        "Clients": table(("generation", "libraries"), [(name, libraries(name)) for name in GENERATIONS]),
    }
    return text + "".join(f"\n## {title}\n\n{body}" for title, body in sections.items())


def whole(runs: Runs) -> Iterator[tuple[str, ...]]:
    """One row per run, the generations in order."""
    for generation, variant in sorted(runs, key=lambda run: (GENERATIONS.index(run[0]), run[1])):
        all_ = together(runs[generation, variant].values())
        yield (
            generation,
            variant,
            f"{all_.calls:,}",
            f"{all_.fields_share:.2%}",
            f"{all_.perfect_share:.2%}",
            str(all_.twice),
            str(len(all_.wire_changed) + len(all_.worse_off)),
        )


def providers(runs: Runs) -> Iterator[tuple[str, ...]]:
    """Over all the runs with the newest clients."""
    newest = [run for (generation, _), run in runs.items() if generation == GENERATIONS[0]]
    for name in sorted({name for run in newest for name in run}):
        one = together(run[name] for run in newest if name in run)
        yield (
            name,
            f"{one.calls:,}",
            f"{one.fields_share:.2%}",
            f"{one.perfect_share:.2%}",
            str(one.calls - one.perfect),
        )


def reasons(runs: Runs) -> Iterator[tuple[str, ...]]:
    """What is written down, then what nobody has explained yet; only what did miss."""
    missed = gone(runs)
    for reason in known():
        calls = [call for call in reason["calls"] if missed.get(call, set()) & set(reason["fields"])]
        if calls:
            yield reason["why"], _code(reason["fields"]), _code(calls)
    left: dict[tuple[str, ...], set[str]] = {}
    for run in runs.values():
        for call, fields in together(run.values()).unexplained.items():
            if set(fields) - SET_ASIDE:
                left.setdefault(tuple(sorted(set(fields) - SET_ASIDE)), set()).add(call)
    for fields, calls_left in sorted(left.items()):
        yield "*not explained yet*", _code(fields), _code(sorted(calls_left))


def gone(runs: Runs) -> dict[str, set[str]]:
    """Call -> fields, of every run together."""
    missed: dict[str, set[str]] = {}
    for run in runs.values():
        for call, fields in together(run.values()).missed.items():
            missed.setdefault(call, set()).update(fields)
    return missed


def libraries(generation: str) -> str:
    return ", ".join(f"`{name}` {version}" for name, version in pinned(generation).items())


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


TEXT = """# Recorded calls

Written by `make conformance-docs` on {day}, from the last `make conformance`; do not edit.

3,283 recorded exchanges with some thirty providers are made again through the real client libraries, once without Limelight and
once with it. *Fields* are what a span should say and a recording holds: model, parameters, messages, roles, system, tools, answer,
tool calls, reasoning, tokens of each kind, finish reasons, errors, ids, times. A call is *perfect* when none is missing or wrong ({aside}
set aside: the clock of a busy machine, and what not every convention has). *Twice*: calls that a backend would count more than
once. *Changed*: requests or results that were not the same as without Limelight.

The recordings are third-party data and no part of this repository; `LIMELIGHT_CORPUS` names their folder. How a call is made:
`raw` by `with_raw_response`, `helper` by the libraries' own stream helpers, `abandon` leaves a stream after three events.
"""


if __name__ == "__main__":
    sys.exit(main())

"""The figures of a run as tables: scaled to the reference speed, beside the best peer and the goals."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench import goals
from bench.overhead import environments
from bench.overhead.measure import ALONE, MEASURED, Figures, Soak
from bench.table import number, table, times

OURS = "limelight"
NAMES = {
    "bare": "A/A: the bare client twice",
    "otel_span": "a bare OpenTelemetry span, 10 attributes",
    "limelight": "**Limelight**",
    "limelight_no_mask": "Limelight, `mask=None`",
    "limelight_pii": 'Limelight, `mask="pii"`',
    "llm_tracekit": "llm-tracekit",
    "langsmith": "LangSmith",
    "brokle": "Brokle",
    "genai_openai": "opentelemetry-…-genai-openai",
    "openinference": "OpenInference",
}
NOT_PEERS = frozenset({"bare", "otel_span", "limelight", "limelight_no_mask", "limelight_pii"})


@dataclass
class Run:
    """Everything that one run of `bench/overhead` found."""

    figures: dict[str, Figures] = field(default_factory=dict)
    soaks: dict[str, Soak] = field(default_factory=dict)
    soak_calls: int = 0
    startup: dict[str, dict[str, float]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def scale(self) -> float:
        """From this machine's speed to the reference: by the bare call of case a, over all processes."""
        return goals.REFERENCE_US / statistics.median(
            one.cases["a"].bare_us("between") for one in self.figures.values()
        )


def report(run: Run) -> str:
    parts = [
        _speed(run),
        "### Added CPU between call and return, µs (median)",
        _added(run),
        "Cases: " + " · ".join(f"**{case}** {title}" for case, title in MEASURED.items()) + ".",
        _notes(run),
        "### The caller's thread alone, and all CPU of a call with the background included, µs",
        _threads(run),
        _under_load(run),
    ]
    if run.soaks:
        parts += [f"### {run.soak_calls:,} calls of a, back to back on one core", _soaks(run)]
    if run.startup:
        parts += ["### Import and set-up, CPU ms of fresh processes", _startup(run)]
    if run.left_out:
        parts += ["Left out, for they do not run here: " + "; ".join(f"{n} ({w})" for n, w in run.left_out.items())]
    return "\n\n".join(part for part in parts if part)


def _speed(run: Run) -> str:
    return (
        f"Bare call of case a here: {goals.REFERENCE_US / run.scale:,.0f} µs; all µs below are scaled by "
        f"{run.scale:.2f} to the reference of {goals.REFERENCE_US:.0f} µs."
    )


def _name(contender: str) -> str:
    version = environments.version(contender).rpartition(" ")[2]
    return f"{NAMES[contender]} {version}".strip()


def _captures(figures: Figures, case: str) -> bool:
    """Did a whole block of calls arrive, with what was asked and what was answered?"""
    seen = figures.seen.get(case, {})
    return bool(seen and seen["spans"] >= seen["calls"] and seen["asked"] and (seen["answered"] or case == "f"))


def _added(run: Run) -> str:
    values = {
        name: {case: pairs.added_us("between") * run.scale for case, pairs in one.cases.items()}
        for name, one in run.figures.items()
    }
    rows = [
        [_name(name), *(_cell(run.figures[name], name, case, values[name].get(case)) for case in MEASURED)]
        for name in run.figures
    ]
    ours, best = values[OURS], best_peer(run, values)
    rows += [
        ["best peer that captures it", *(number(best.get(case)) for case in MEASURED)],
        ["**Limelight ÷ best peer**", *(times(ours[case], best.get(case)) for case in MEASURED)],
        ["goal", *(number(goals.ADDED_US[case]) for case in MEASURED)],
        ["**Limelight ÷ goal**", *(times(ours[case], goals.ADDED_US[case]) for case in MEASURED)],
    ]
    return table(["", *MEASURED], rows)


def _cell(figures: Figures, name: str, case: str, value: float | None) -> str:
    if value is None or name in ("bare", "otel_span") or _captures(figures, case):
        return number(value)
    return f"({number(value)})"


def best_peer(run: Run, values: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """In each column, the least that a peer costs which really reports the call with its content."""
    return {
        case: min(found)
        for case in MEASURED
        if (
            found := [
                values[name][case]
                for name, one in run.figures.items()
                if name not in NOT_PEERS and case in values[name] and _captures(one, case)
            ]
        )
    }


def _notes(run: Run) -> str:
    missing = {
        name: [case for case in MEASURED if case in one.seen and not _captures(one, case)]
        for name, one in run.figures.items()
        if name not in ("bare", "otel_span")
    }
    said = [f"{NAMES[name]} {', '.join(cases)}" for name, cases in missing.items() if cases]
    return (
        "In brackets, and not counted as a peer: no span, or one without the content (" + "; ".join(said) + ")."
        if said
        else ""
    )


def _threads(run: Run) -> str:
    rows = []
    for name, one in run.figures.items():
        alone = [
            number(_scaled(one.alone[case].added_us("own"), run), 1) if case in one.alone else "–" for case in ALONE
        ]
        inside = [
            number(_scaled(one.cases[case].added_us("own"), run)) if case in one.cases else "–" for case in ("a", "c")
        ]
        total = [
            number(_scaled(one.cases[case].added_us("total"), run)) if case in one.cases else "–"
            for case in ("a", "b", "c")
        ]
        rows.append([_name(name), *alone, *inside, *total])
    goal = [number(goals.ALONE_US[case]) for case in ALONE]
    rows.append(["goal", *goal, "", "", number(goals.TOTAL_US["a"]), "", number(goals.TOTAL_US["c"])])
    head = ["", *(f"alone {case}" for case in ALONE), "within the call a", "c", "all CPU a", "b", "c"]
    return table(head, rows) + (
        "\n\n*Alone*: the vendor's method replaced by one that returns a ready answer, so that only the tracer's own work "
        "is left.  *Within the call*: the thread's CPU clock in the real call, cold caches and turns at the interpreter's lock included."
    )


def _under_load(run: Run) -> str:
    """What the slowest calls notice of the background, where it has most to do."""
    pairs = run.figures["limelight_pii"].cases["b_new"] if "limelight_pii" in run.figures else None
    if pairs is None:
        return ""
    on, off = (
        statistics.median(block["p99"] for block in blocks) / 1e3 * run.scale for blocks in (pairs.on, pairs.off)
    )
    return (
        f'With `mask="pii"` and 60 KB in which every message is new, the 99th percentile of the caller\'s CPU between call and '
        f"return is {on:,.0f} µs, {on / off:.2f}× the bare client's (goal: ≤ 2×); median added {pairs.added_us('between') * run.scale:,.0f} µs."
    )


def _scaled(value: float, run: Run) -> float:
    return value * run.scale


def _soaks(run: Run) -> str:
    bare = 1e6 / goals.REFERENCE_US
    rows = [
        [
            _name(name),
            number(one.median_added_us * run.scale),
            number(one.p99_added_us * run.scale),
            number(one.p99_added_cpu_us * run.scale),
            number(one.total_added_us * run.scale),
            number(one.pace * bare),
            f"{one.delivered:.1%}" if name not in ("bare",) else "–",
            number(one.rss_mb, 1),
        ]
        for name, one in run.soaks.items()
    ]
    rows.append(
        [
            "goal",
            "",
            f"≤ {goals.SOAK_P99_US:.0f}",
            "",
            f"≤ {goals.TOTAL_US['a']:.0f}",
            f"≥ {goals.SOAK_CALLS_S:,.0f}",
            "100 %",
            f"≤ {goals.SOAK_RSS_MB:.0f}",
        ]
    )
    head = [
        "",
        "added median µs",
        "p99 µs",
        "the same, CPU",
        "all CPU µs a call",
        f"calls/s (bare {bare:,.0f})",
        "delivered",
        "RSS growth MB",
    ]
    return table(head, rows)


def _startup(run: Run) -> str:
    rows = [[name, number(one["ms"] * run.scale, 1), number(one["modules"])] for name, one in run.startup.items()]
    return table(["", "CPU ms", "modules loaded"], rows)


def as_json(run: Run) -> dict[str, object]:
    """Unscaled, per round: enough to compute every figure again."""
    return {
        "scale": run.scale,
        "cases": {
            name: {case: {"off": pairs.off, "on": pairs.on} for case, pairs in one.cases.items()}
            for name, one in run.figures.items()
        },
        "alone": {
            name: {case: {"off": pairs.off, "on": pairs.on} for case, pairs in one.alone.items()}
            for name, one in run.figures.items()
        },
        "seen": {name: one.seen for name, one in run.figures.items()},
        "soaks": {name: vars(one) for name, one in run.soaks.items()},
        "startup": run.startup,
        "left_out": run.left_out,
    }


def failures(run: Run) -> Sequence[str]:
    """The columns in which a peer costs the caller less than Limelight."""
    values = {
        name: {case: pairs.added_us("between") for case, pairs in one.cases.items()}
        for name, one in run.figures.items()
    }
    best = best_peer(run, values)
    return [case for case in MEASURED if case in best and values[OURS][case] > best[case]]

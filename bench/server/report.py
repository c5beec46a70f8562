"""The server's figures beside their goals."""

from __future__ import annotations

from bench import goals
from bench.server.run import KILLS, Run
from bench.server.traces import DAYS, SPANS_A_TRACE, TEXT_CHARS
from bench.table import number, table, times


def report(run: Run) -> str:
    resent = "each call resending its history" if run.history else "every text new"
    return "\n\n".join(
        [
            f"Traces of {SPANS_A_TRACE} spans over {DAYS} days, about {TEXT_CHARS / 1000:.0f} KB of text a span, {resent}.",
            "### The process",
            _process(run),
            "Largest of what is installed: " + ", ".join(f"{name} {size:.1f} MB" for name, size in run.largest) + ".",
            "### Queries, CPU ms of the server a request (in brackets: wall clock of the client)",
            _queries(run),
        ]
    )


def _process(run: Run) -> str:
    acknowledged, lost = run.killed
    rows = [
        [
            "start to the first answered request, s",
            number(run.start_s, 2),
            f"≤ {goals.START_S}",
            times(run.start_s, goals.START_S),
        ],
        ["memory when idle, MB", number(run.idle_mb), f"≤ {goals.IDLE_MB:.0f}", times(run.idle_mb, goals.IDLE_MB)],
        [
            "installed size of `limelight[server]`, MB",
            number(run.installed_mb, 1),
            f"≤ {goals.INSTALLED_MB:.0f}",
            times(run.installed_mb, goals.INSTALLED_MB),
        ],
        [f"acknowledged spans lost in {KILLS} × kill −9 (of {acknowledged:,})", number(lost), "0", ""],
    ]
    for size in run.sizes:
        one, label = size.ingest, f"{size.spans:,} spans: "
        stored = one.spans / one.searchable_s
        rows += [
            [
                label + "stored and searchable, spans/s",
                number(stored),
                f"≥ {goals.INGEST_SPANS_S:,.0f}",
                times(stored, goals.INGEST_SPANS_S),
            ],
            [label + "acknowledged, spans/s", number(one.spans / one.sent_s), "", ""],
            [label + "CPU of the server, µs a span", number(one.cpu_us), "", ""],
            [
                label + "memory while ingesting, peak, MB",
                number(one.peak_mb),
                f"≤ {goals.INGEST_MB:.0f}",
                times(one.peak_mb, goals.INGEST_MB),
            ],
            [
                label + "bytes a span on disk",
                number(one.bytes_per_span),
                f"≤ {goals.BYTES_PER_SPAN:,.0f}",
                times(one.bytes_per_span, goals.BYTES_PER_SPAN),
            ],
            [
                label + "start on this store, s",
                number(size.restart_s, 2),
                f"≤ {goals.START_S}",
                times(size.restart_s, goals.START_S),
            ],
        ]
    return table(["", "measured", "goal", "÷ goal"], rows)


def _queries(run: Run) -> str:
    rows = []
    for name, goal in goals.QUERY_MS.items():
        cells = []
        for size in run.sizes:
            one = next(query for query in size.queries if query.name == name)
            cells += [f"{one.cpu_ms:.1f} ({one.wall_ms:.1f})", times(one.cpu_ms, goal), number(one.found)]
        rows.append([name, *cells, f"≤ {goal:.0f}"])
    head = ["", *(text for size in run.sizes for text in (f"{size.spans:,} spans", "÷ goal", "rows")), "goal"]
    return table(head, rows)


def as_json(run: Run) -> dict[str, object]:
    return {**vars(run), "sizes": [size.as_json() for size in run.sizes]}

"""The table at the end of a corpus run."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    shown = [value for report in reports for name, value in report.user_properties if name == "corpus"]
    if not shown:
        return
    terminalreporter.section("recorded calls")
    terminalreporter.line(
        f"{'clients':14} {'calls made':14} {'calls':>6} {'fields':>9} {'perfect':>9} {'wire':>5} {'result':>7}"
    )
    for generation, variant, verdict in shown:
        terminalreporter.line(
            f"{generation:14} {variant:14} {verdict.calls:6} {verdict.fields_share:9.3%} {verdict.perfect_share:9.2%}"
            f" {len(verdict.wire_changed):5} {len(verdict.worse_off):7}"
        )
    missed: dict[str, set[str]] = {}
    for _, _, verdict in shown:
        for call, fields in verdict.missed.items():
            missed.setdefault(call, set()).update(fields)
    for call in sorted(missed):
        terminalreporter.line(f"  not as recorded: {call}: {', '.join(sorted(missed[call]))}")

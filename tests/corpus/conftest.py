"""The tables at the end of a corpus run: every run, and every provider that is not perfect in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.corpus.verdicts import together

if TYPE_CHECKING:
    from tests.corpus.verdicts import Verdict

HEAD = f"{'clients':14} {'calls made':14} {'provider':18} {'calls':>6} {'fields':>9} {'perfect':>9} {'wire':>5} {'result':>7}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    shown = [value for report in reports for name, value in report.user_properties if name == "corpus"]
    if not shown:
        return
    terminalreporter.section("recorded calls")
    terminalreporter.line(HEAD)
    missed: dict[str, set[str]] = {}
    for generation, variant, verdicts in shown:
        whole = together(verdicts.values())
        terminalreporter.line(row(generation, variant, "all", whole))
        for provider, verdict in sorted(verdicts.items()):
            if verdict.perfect < verdict.calls or verdict.wire_changed or verdict.worse_off:
                terminalreporter.line(row("", "", provider, verdict))
        for call, fields in whole.unexplained.items():
            missed.setdefault(call, set()).update(fields)
    for call in sorted(missed):
        terminalreporter.line(f"  not as recorded, unexplained: {call}: {', '.join(sorted(missed[call]))}")


def row(generation: str, variant: str, provider: str, verdict: Verdict) -> str:
    return (
        f"{generation:14} {variant:14} {provider:18} {verdict.calls:6} {verdict.fields_share:9.3%}"
        f" {verdict.perfect_share:9.2%} {len(verdict.wire_changed):5} {len(verdict.worse_off):7}"
    )

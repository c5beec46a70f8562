"""How a trace looks on a terminal: a panel of what it came to, and its steps."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import JustifyMethod, OverflowMethod, RenderableType

    from limelight.sdk.console import Step, Sum, Trace

MAX_ROWS = 40
"""Steps shown of a trace; when it has more, those that failed and those on top come first."""
MAX_ERRORS = 5
MAX_WIDTH = 120
NARROW = 70
"""Below so many columns a step shows its time and how it went, and no figures."""
MIN_STEP, MIN_STATUS = 26, 10
MAX_DEPTH = 12
STYLES = {"ok": "green", "error": "red", "incomplete": "yellow", "cancelled": "yellow", "unfinished": "yellow"}
SIGNS = {"unknown": "–", "dot": " · ", "to": " → ", "more": "…", "rule": "─", "last": "└ ", "next": "├ ", "pass": "│ "}
PLAIN = {
    "unknown": "-",
    "dot": ", ",
    "to": " > ",
    "more": "...",
    "rule": "-",
    "last": "`- ",
    "next": "|- ",
    "pass": "|  ",
}


def console(wanted: Any) -> Console:
    """Standard error, unless standard output or a console of the program's own is asked for."""
    if isinstance(wanted, Console):
        return wanted
    return Console(stderr=wanted != "stdout", force_jupyter=False)


class Panels:
    """Prints a trace in one piece, so that nothing comes between its lines."""

    def __init__(self, console: Console, project: str | None, environment: str | None) -> None:
        self._console = console
        self._where = [word for word in (project, environment) if word]

    def __call__(self, trace: Trace) -> None:
        page = Page(trace, self._console, self._where)
        self._console.print(page.whole(), highlight=False, soft_wrap=False)


class Page:
    """One trace in the signs that one terminal has."""

    def __init__(self, trace: Trace, console: Console, where: Sequence[str]) -> None:
        self._trace = trace
        self._where = where
        self._encoding = console.encoding
        self._is_plain = not console.encoding.lower().startswith("utf") or console.legacy_windows
        self._signs = PLAIN if self._is_plain else SIGNS
        self._width = min(console.width, MAX_WIDTH)
        self._overflow: OverflowMethod = "crop" if self._is_plain else "ellipsis"
        self._rows = list(tree(trace))
        self._first = self._rows[0][0] if self._rows else None
        self._digits = len(str(len(self._rows)))

    def whole(self) -> RenderableType:
        parts: list[RenderableType] = [Text(""), self._panel(), Padding(self._steps(), (0, 0, 0, 1))]
        for number, error in self._errors():
            number_said = (f"{number:>{self._digits + 2}}  ", "dim")
            parts.append(Text.assemble(number_said, (error, "red"), no_wrap=True, overflow=self._overflow))
        return Group(*parts)

    def _panel(self) -> Panel:
        outcome = self._outcome()
        style = STYLES[outcome]
        facts = Table.grid(padding=(0, 2), expand=True)
        facts.add_column(style="dim", no_wrap=True, width=7)
        facts.add_column(overflow="ellipsis", no_wrap=True, ratio=1)
        for name, said in self._facts():
            facts.add_row(name, said)
        return Panel(
            facts,
            title=self._title(outcome, style),
            title_align="left",
            border_style=style,
            box=box.ASCII if self._is_plain else box.ROUNDED,
            width=self._width,
            padding=(0, 1),
        )

    def _outcome(self) -> str:
        if not self._trace.has_ended:
            return "unfinished"
        return self._first.outcome if self._first is not None else "ok"

    def _title(self, outcome: str, style: str) -> Text:
        """What it is on the left, how it went on the right, and the border between them."""
        said = outcome.upper()
        if outcome == "ok" and self._trace.failed:
            said = f"OK, {count(self._trace.failed, 'failed step')}"
        name = self._clean(self._first.name if self._first else "")
        room = max(self._width - len(said) - 8, 8)
        left = Text.assemble(("Limelight", "bold"), f"{self._signs['dot']}{name}", style="default not dim")
        if self._trace.is_late:
            left.append(" (later)")
        left.truncate(room - 2, overflow=self._overflow)
        rule = self._signs["rule"] * max(room - left.cell_len, 1)
        return Text.assemble(left, (f" {rule} ", style), (said, f"bold {style}"))

    def _facts(self) -> Iterator[tuple[str, Text | str]]:
        trace, dot = self._trace, self._signs["dot"]
        yield "Trace", Text(f"{trace.id:032x}", style="cyan")
        if prompt := next((step.prompt for step, _ in self._rows if step.is_call and step.prompt), None):
            yield "Prompt", self._line(prompt)
        elif self._first is not None and self._first.prompt:
            yield "Input", self._line(self._first.prompt)
        if trace.models:
            yield "Model", self._line(", ".join(trace.models))
        if self._where:
            yield "Project", self._line(dot.join(self._where))
        yield "Latency", Text(self._latency(), style="bold")
        if trace.calls:
            yield "Tokens", self._tokens()
            yield "Cost", Text(self._sum(trace.cost, money), style="bold")
            yield "Calls", self._calls()
        yield "Steps", f"{trace.count:,}"

    def _latency(self) -> str:
        steps = self._trace.steps
        if not steps:
            return self._signs["unknown"]
        took = duration(max(step.end_ns for step in steps) - min(step.start_ns for step in steps))
        waited = [step.first_s for step, _ in self._rows if step.is_call]
        if waited and waited[0] is not None:
            took += f" (first token after {duration(int(waited[0] * 1e9))})"
        return took

    def _tokens(self) -> str:
        trace = self._trace
        cached = f" ({trace.cached:,} cached)" if trace.cached else ""
        parts = [self._sum(trace.input, whole, " in") + cached]
        if trace.output.known or trace.output.unknown:
            parts.append(self._sum(trace.output, whole, " out"))
        return self._signs["dot"].join(parts)

    def _sum(self, figure: Sum, shown: Callable[[float], str], unit: str = "") -> str:
        """A guess has a `~`; of how many calls the figure is unknown is said, and not counted as nothing."""
        if not figure.known:
            return self._signs["unknown"] + unit
        said = ("~" if figure.is_guess else "") + shown(figure.total) + unit
        return f"{said} + {figure.unknown:,} unknown" if figure.unknown else said

    def _calls(self) -> str:
        retries = self._trace.retries
        return f"{self._trace.calls:,}{self._signs['dot']}" + (
            count(retries, "retry", "retries") if retries else "no retry"
        )

    def _steps(self) -> Table:
        shown = chosen(self._rows)
        rows = [self._row(number, *row) for number, row in enumerate(self._rows, 1) if number in shown]
        names = ["#", "Step", "Time", "Tokens", "Cost", "Status"]
        if self._trace.calls == 0 or self._width < NARROW:
            names = [name for name in names if name not in {"Tokens", "Cost"}]
        table = Table(box=None, padding=(0, 1), header_style="dim", show_edge=False)
        widths = {name: max([len(name), *(row[name].cell_len for row in rows)]) for name in names}
        room = self._width - 1 - sum(width + 2 for name, width in widths.items() if name not in {"Step", "Status"}) - 2
        step = max(widths["Step"], MIN_STEP)
        status = min(widths["Status"], max(room - step - 2, MIN_STATUS))
        widths |= {"Status": status, "Step": max(min(step, room - status - 2), 8)}
        for name in names:
            justify: JustifyMethod = "left" if name in {"Step", "Status"} else "right"
            style = "dim" if name == "#" else ""
            table.add_column(
                name, justify=justify, style=style, width=widths[name], no_wrap=True, overflow=self._overflow
            )
        for row in rows:
            table.add_row(*(row[name] for name in names))
        if left := self._trace.count - len(shown):
            table.add_row("", Text(f"{self._signs['more']} {count(left, 'more step')}", style="dim"))
        return table

    def _row(self, number: int, step: Step, lead: str) -> dict[str, Text]:
        return {
            "#": Text(str(number)),
            "Step": Text.assemble((self._guides(lead), "dim"), self._clean(step.name)),
            "Time": Text(duration(step.end_ns - step.start_ns)),
            "Tokens": Text(self._counts(step) if step.is_call else ""),
            "Cost": Text(self._price(step) if step.is_call else ""),
            "Status": self._status(step),
        }

    def _guides(self, lead: str) -> str:
        return "".join(
            self._signs[{"L": "last", "N": "next", "P": "pass"}[sign]] if sign != " " else "  " for sign in lead
        )

    def _counts(self, step: Step) -> str:
        sides = zip(("input", "output"), step.tokens, strict=True)
        said = [
            self._signs["unknown"] if tokens is None else ("~" if side in step.estimated else "") + whole(tokens)
            for side, tokens in sides
        ]
        return self._signs["to"].join(said if step.has_output else said[:1])

    def _price(self, step: Step) -> str:
        if step.cost is None:
            return self._signs["unknown"]
        return ("~" if step.provenance in ("estimated", "partial") else "") + money(step.cost)

    def _status(self, step: Step) -> Text:
        said = Text(step.outcome, style=STYLES.get(step.outcome, ""))
        if step.retries:
            causes = ", ".join("no answer" if status is None else str(status) for status in step.retries)
            said.append(f"  {count(len(step.retries), 'retry', 'retries')}: {causes}", "yellow")
        return said

    def _errors(self) -> Iterator[tuple[int, str]]:
        """What the failed steps said; an exception that went through several of them, where it came from."""
        found = {self._clean(step.error): number for number, (step, _) in enumerate(self._rows, 1) if step.error}
        for error, number in itertools.islice(found.items(), MAX_ERRORS):
            yield number, error

    def _line(self, text: str) -> Text:
        return Text(self._clean(text), no_wrap=True, overflow=self._overflow)

    def _clean(self, text: str) -> str:
        """On one line, nothing in it that moves a cursor or turns a text around, and no sign that the terminal lacks."""
        kept = "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or _is_harmless(sign))
        one_line = " ".join(kept.split())
        return one_line.encode(self._encoding, "replace").decode(self._encoding) if self._is_plain else one_line


def _is_harmless(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category not in {"Cc", "Cs", "Co", "Cn"} and (category != "Cf" or sign == "\u200d")


def tree(trace: Trace) -> Iterator[tuple[Step, str]]:
    """Every step below its parent, in the order they began, with a sign for each level: Last, Next, Pass or blank."""
    ids = {step.id for step in trace.steps}
    top = trace.first.id if trace.first is not None else None
    below: dict[int | None, list[Step]] = {}
    for step in sorted(trace.steps, key=lambda step: step.start_ns):
        above = None if step is trace.first else step.parent if step.parent in ids else top
        below.setdefault(above, []).append(step)
    waiting = [(step, "") for step in reversed(below.get(None, []))]
    while waiting:
        step, lead = waiting.pop()
        yield step, lead
        inside = lead.replace("L", " ").replace("N", "P") if len(lead) < MAX_DEPTH else lead[:-1]
        children = reversed(below.get(step.id, []))
        waiting.extend((child, inside + ("N" if place else "L")) for place, child in enumerate(children))


def chosen(rows: Sequence[tuple[Step, str]]) -> set[int]:
    """The numbers of the rows that are shown, from 1."""
    ranked = sorted(enumerate(rows, 1), key=lambda row: (row[1][0].outcome != "error", len(row[1][1]), row[0]))
    return {number for number, _ in ranked[:MAX_ROWS]}


def count(number: int, what: str, several: str | None = None) -> str:
    return f"{number:,} {what if number == 1 else several or what + 's'}"


def whole(number: float) -> str:
    return f"{round(number):,}"


def money(dollars: float) -> str:
    """With as many digits as tell it from nothing."""
    if dollars == 0 or dollars >= 1:
        return f"${dollars:,.2f}"
    return f"${dollars:.{max(4, 1 - math.floor(math.log10(dollars)))}f}"


def duration(ns: int) -> str:
    seconds = max(ns, 0) / 1e9
    if seconds < 0.9995:
        return f"{seconds * 1e3:.0f} ms" if seconds >= 0.01 else f"{max(seconds * 1e3, 0.1):.1f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02} s"

"""How a trace looks: every sign of it, on wide and narrow terminals and on those with few letters."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from limelight.sdk.console import MAX_STEPS, Step, Trace
from limelight.sdk.console_view import MAX_ROWS, Panels, chosen, duration, money, tree

S = 10**9
TRACE = 0x4BF92F3577B34DA6A3CE929D0E0E4736
PLAIN = Step(
    id=1, parent=None, name="step", start_ns=0, end_ns=S, is_call=False, has_output=False, model=None, outcome="ok",
    tokens=(None, None), cached=None, estimated=frozenset(), cost=None, provenance="unknown", retries=(),
    first_s=None, error=None, prompt=None,
)  # fmt: skip
CALL = replace(
    PLAIN, id=2, name="chat gpt-4o", is_call=True, has_output=True, model="gpt-4o", tokens=(1204, 87), cached=1024,
    cost=0.0042, provenance="priced", prompt="What is the capital of France?", end_ns=int(1.24 * S), first_s=0.31,
)  # fmt: skip


def step(number: int, parent: int | None, like: Step = PLAIN, **changes: Any) -> Step:
    return replace(like, id=number, parent=parent, **changes)


def trace(*steps: Step, is_open: bool = False) -> Trace:
    """Of these steps, the first of which ends last."""
    found = Trace(TRACE)
    for each in (*steps[1:], steps[0]):
        found.add(each)
    if not is_open:
        found.end(steps[0])
    return found


def shown(
    what: Trace, width: int = 80, encoding: str = "utf-8", where: tuple[str | None, str | None] = (None, None)
) -> str:
    """What is printed, lines without the blanks at their end."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    Panels(Console(file=file, width=width, legacy_windows=False), *where)(what)
    file.flush()
    return "\n".join(line.rstrip() for line in raw.getvalue().decode(encoding).split("\n"))


AGENT = trace(
    step(1, None, name="researcher", end_ns=4 * S),
    step(2, 1, CALL, start_ns=1, retries=(429, None)),
    step(3, 1, name="execute_tool search", start_ns=2 * S, end_ns=int(2.05 * S)),
    step(4, 1, name="draft", start_ns=3 * S, end_ns=4 * S),
    step(5, 4, CALL, start_ns=3 * S, end_ns=int(3.9 * S), tokens=(17, 93), estimated=frozenset({"input", "output"}), cost=0.00097, provenance="estimated", cached=None),
    step(6, 1, CALL, start_ns=int(3.5 * S), end_ns=int(3.58 * S), name="chat house", model="house", tokens=(None, None), cost=None, provenance="unknown", cached=None),
    step(7, 1, start_ns=int(3.6 * S), end_ns=int(3.61 * S), name="execute_tool save", outcome="error", error="ValueError: the disk is full"),
)  # fmt: skip


def test_one_call() -> None:
    assert (
        shown(trace(CALL), where=("customer-support", "production"))
        == """
╭─ Limelight · chat gpt-4o ─────────────────────────────────────────────── OK ─╮
│ Trace    4bf92f3577b34da6a3ce929d0e0e4736                                    │
│ Prompt   What is the capital of France?                                      │
│ Model    gpt-4o                                                              │
│ Project  customer-support · production                                       │
│ Latency  1.24 s (first token after 310 ms)                                   │
│ Tokens   1,204 in (1,024 cached) · 87 out                                    │
│ Cost     $0.0042                                                             │
│ Calls    1 · no retry                                                        │
│ Steps    1                                                                   │
╰──────────────────────────────────────────────────────────────────────────────╯
  #  Step                          Time      Tokens     Cost  Status
  1  chat gpt-4o                 1.24 s  1,204 → 87  $0.0042  ok
"""
    )


def test_an_agent_with_guesses_unknown_figures_retries_and_a_failure() -> None:
    assert (
        shown(AGENT)
        == """
╭─ Limelight · researcher ───────────────────────────────── OK, 1 failed step ─╮
│ Trace    4bf92f3577b34da6a3ce929d0e0e4736                                    │
│ Prompt   What is the capital of France?                                      │
│ Model    gpt-4o, house                                                       │
│ Latency  4.00 s (first token after 310 ms)                                   │
│ Tokens   ~1,221 in + 1 unknown (1,024 cached) · ~180 out + 1 unknown         │
│ Cost     ~$0.0052 + 1 unknown                                                │
│ Calls    3 · 2 retries                                                       │
│ Steps    7                                                                   │
╰──────────────────────────────────────────────────────────────────────────────╯
  #  Step                          Time      Tokens       Cost  Status
  1  researcher                  4.00 s                         ok
  2  ├ chat gpt-4o               1.24 s  1,204 → 87    $0.0042  ok  2 retries:…
  3  ├ execute_tool search        50 ms                         ok
  4  ├ draft                     1.00 s                         ok
  5  │ └ chat gpt-4o             900 ms   ~17 → ~93  ~$0.00097  ok
  6  ├ chat house                 80 ms       – → –          –  ok
  7  └ execute_tool save          10 ms                         error
  7  ValueError: the disk is full
"""
    )


def test_the_page_about_it_shows_what_is_printed() -> None:
    page = (Path(__file__).parents[2] / "docs/console.md").read_text(encoding="utf-8")
    assert f"<!-- printed -->\n\n```text{shown(AGENT, where=('customer-support', None))}```\n\n<!-- end -->" in page


def test_few_columns() -> None:
    assert (
        shown(AGENT, width=50)
        == """
╭─ Limelight · researcher ─── OK, 1 failed step ─╮
│ Trace    4bf92f3577b34da6a3ce929d0e0e4736      │
│ Prompt   What is the capital of France?        │
│ Model    gpt-4o, house                         │
│ Latency  4.00 s (first token after 310 ms)     │
│ Tokens   ~1,221 in + 1 unknown (1,024 cached)… │
│ Cost     ~$0.0052 + 1 unknown                  │
│ Calls    3 · 2 retries                         │
│ Steps    7                                     │
╰────────────────────────────────────────────────╯
  #  Step                        Time  Status
  1  researcher                4.00 s  ok
  2  ├ chat gpt-4o             1.24 s  ok  2 ret…
  3  ├ execute_tool search      50 ms  ok
  4  ├ draft                   1.00 s  ok
  5  │ └ chat gpt-4o           900 ms  ok
  6  ├ chat house               80 ms  ok
  7  └ execute_tool save        10 ms  error
  7  ValueError: the disk is full
"""
    )


def test_few_letters() -> None:
    assert (
        shown(AGENT, encoding="ascii")
        == """
+- Limelight, researcher ---------------------------------- OK, 1 failed step -+
| Trace    4bf92f3577b34da6a3ce929d0e0e4736                                    |
| Prompt   What is the capital of France?                                      |
| Model    gpt-4o, house                                                       |
| Latency  4.00 s (first token after 310 ms)                                   |
| Tokens   ~1,221 in + 1 unknown (1,024 cached), ~180 out + 1 unknown          |
| Cost     ~$0.0052 + 1 unknown                                                |
| Calls    3, 2 retries                                                        |
| Steps    7                                                                   |
+------------------------------------------------------------------------------+
  #  Step                          Time      Tokens       Cost  Status
  1  researcher                  4.00 s                         ok
  2  |- chat gpt-4o              1.24 s  1,204 > 87    $0.0042  ok  2 retries:
  3  |- execute_tool search       50 ms                         ok
  4  |- draft                    1.00 s                         ok
  5  |  `- chat gpt-4o           900 ms   ~17 > ~93  ~$0.00097  ok
  6  |- chat house                80 ms       - > -          -  ok
  7  `- execute_tool save         10 ms                         error
  7  ValueError: the disk is full
"""
    )


def test_what_was_left_open_says_so() -> None:
    assert (
        shown(trace(PLAIN, step(2, 1, name="inner"), is_open=True))
        == """
╭─ Limelight · step ────────────────────────────────────────────── UNFINISHED ─╮
│ Trace    4bf92f3577b34da6a3ce929d0e0e4736                                    │
│ Latency  1.00 s                                                              │
│ Steps    2                                                                   │
╰──────────────────────────────────────────────────────────────────────────────╯
  #  Step                          Time  Status
  1  step                        1.00 s  ok
  2  └ inner                     1.00 s  ok
"""
    )


@pytest.mark.parametrize("width", [1, 8, 20, 37, 69, 70, 71, 100, 500])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(len(line) for line in shown(AGENT, width).split("\n")) <= width


def test_what_was_said_moves_no_cursor_and_paints_nothing() -> None:
    evil = "a\x1b[2J\x1b]0;title\x07\u202eb\r\n\tc [red]d[/red] :smile: \ud800"
    text = shown(trace(replace(CALL, prompt=evil, name=evil, model=evil, error=evil, outcome="error")))
    assert "Prompt   a[2J]0;titleb c [red]d[/red] :smile:" in text
    assert not any(sign in text for sign in "\x1b\x07\r\u202e\ud800")


def test_a_trace_of_thousands_shows_what_failed_and_what_is_on_top() -> None:
    rows = [step(number, 1, name=f"row {number}", start_ns=number) for number in range(2, MAX_STEPS + 500)]
    rows[1000] = replace(rows[1000], outcome="error", error="KeyError: 'x'", parent=500)
    text = shown(trace(step(1, None, name="import"), *rows))
    assert "Steps    2,499" in text
    assert "row 1002" in text
    assert "… 2,459 more steps" in text
    assert len(text.split("\n")) < MAX_ROWS + 20


def test_a_step_whose_parent_is_not_there_stands_below_the_first() -> None:
    found = trace(step(1, None, name="top"), step(3, 99, start_ns=2), step(4, 3, start_ns=3), step(2, 1, start_ns=1))
    assert [(each.id, lead) for each, lead in tree(found)] == [(1, ""), (2, "N"), (3, "L"), (4, " L")]


def test_deep_steps_are_not_pushed_off_the_screen() -> None:
    found = trace(step(1, None), *(step(number, number - 1, start_ns=number) for number in range(2, 100)))
    rows = list(tree(found))
    assert [each.id for each, _ in rows] == list(range(1, 100))
    assert max(len(lead) for _, lead in rows) <= 13
    assert len(chosen(rows)) == MAX_ROWS


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        (0, "$0.00"),
        (1234.5, "$1,234.50"),
        (0.25, "$0.2500"),
        (0.0042, "$0.0042"),
        (0.000123, "$0.00012"),
        (3e-8, "$0.000000030"),
    ],
)
def test_money_is_never_rounded_to_nothing(dollars: float, said: str) -> None:
    assert money(dollars) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0.1 ms"), (0.0042, "4.2 ms"), (0.31, "310 ms"), (0.9999, "1.00 s"), (61, "1 min 01 s")]
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(int(seconds * 1e9)) == said

"""When a trace is shown: once, whole, when it has ended; and what happens to those that never do."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest
from opentelemetry.context import attach, get_current
from opentelemetry.sdk.trace import TracerProvider
from rich.console import Console

import limelight
from limelight.engine import guard, probe
from limelight.sdk import console as gathering
from limelight.sdk.config import Config, ConfigError
from limelight.testing import Capture
from limelight.testing.fake import fail, say

if TYPE_CHECKING:
    from limelight.testing import FakeProvider

FLAT = {"name": "flat", "bundled": False, "prices": {"*": {"*": {"input": 1.0, "output": 2.0}}}}


class Screen:
    """A `Limelight` whose console is read here."""

    def __init__(self, **settings: Any) -> None:
        self.file = io.StringIO()
        self.console = Console(file=self.file, width=100, legacy_windows=False)
        self.lime = Capture(console=self.console, prices=FLAT, **settings)

    def text(self) -> str:
        assert self.lime.flush()
        return self.file.getvalue()


@pytest.fixture
def screen(watched: None) -> Iterator[Screen]:
    screen = Screen()
    yield screen
    screen.lime.shutdown()


def test_a_trace_is_shown_when_it_has_ended_and_only_once(screen: Screen) -> None:
    with screen.lime.span("outer"):
        with screen.lime.span("inner"):
            pass
        assert screen.text() == ""
    assert screen.text().count("Limelight · outer") == 1
    assert "└ inner" in screen.text()


def test_what_a_client_does_is_shown(watched: None, fake: FakeProvider) -> None:
    openai = pytest.importorskip("openai")
    screen = Screen(project="support")
    fake.script(fail(429, retry_after=0.01), say("Paris"))
    with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
        screen.lime.wrap(client)
        asked = [{"role": "user", "content": "Where is my key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD?"}]
        usage = client.chat.completions.create(model="gpt-4o", messages=asked).usage
    text = screen.text()
    screen.lime.shutdown()
    limelight.uninstrument()
    assert re.search(r"Prompt +Where is my key \[REDACTED:\w+\]\?", text)
    assert f"{usage.prompt_tokens} in · {usage.completion_tokens} out" in text
    assert f"{usage.prompt_tokens} → {usage.completion_tokens}" in text
    assert "1 · 1 retry" in text
    assert "ok  1 retry: 429" in text
    assert re.search(r"Project +support ", text)
    assert "sk-proj" not in text


def test_nothing_that_was_said_is_shown_where_content_is_not_captured(watched: None) -> None:
    screen = Screen(capture_content=False)
    with screen.lime.llm_call(provider="openai", model="own") as call:
        call.set_input_content("secret question")
        call.set_error(ValueError("secret reason"))
    text = screen.text()
    screen.lime.shutdown()
    assert "ERROR" in text
    assert "ValueError" in text
    assert "secret" not in text


def test_what_ends_after_its_trace_is_shown_by_itself(screen: Screen) -> None:
    outer = screen.lime.span("outer")
    with outer:
        late = screen.lime.span("late")
    with late, screen.lime.span("below"):
        assert screen.text().count("Limelight") == 1
    text = screen.text()
    assert text.count("Limelight · outer") == 1
    assert text.count("Limelight · late (later)") == 1
    assert text.index("└ below") > text.index("late (later)")


def test_what_never_ends_is_shown_at_the_end(screen: Screen) -> None:
    forever = screen.lime.span("forever")
    forever.__enter__()
    with screen.lime.span("inner"):
        pass
    assert screen.text() == ""
    screen.lime.shutdown()
    assert "UNFINISHED" in screen.file.getvalue()
    assert "inner" in screen.file.getvalue()
    forever.__exit__(None, None, None)


def test_traces_under_way_are_bounded(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MAX_TRACES", 3)
    outside = get_current()
    for number in range(5):
        screen.lime.span(f"open {number}").__enter__()
        screen.lime.span(f"inner {number}").end()
        attach(outside)  # and go on, without ending it
    text = screen.text()
    assert [f"inner {number}" in text for number in range(5)] == [True, True, False, False, False]
    assert text.count("UNFINISHED") == 2


def test_traces_side_by_side_do_not_mix(screen: Screen) -> None:
    start = threading.Barrier(4)

    def work(name: str) -> None:
        start.wait()
        with screen.lime.span(name):
            for number in range(20):
                with screen.lime.span(f"{name} {number}"):
                    pass

    threads = [threading.Thread(target=work, args=(f"trace{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = [part for part in re.split(r"(?=╭)", screen.text()) if part.strip()]
    assert len(shown) == 4
    for part in shown:
        assert len(set(re.findall(r"trace\d", part))) == 1
        assert "Steps    21" in part


def test_a_span_of_somebody_else_around_is_no_reason_to_wait(screen: Screen) -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("theirs")
    with tracer.start_as_current_span("request"):
        with screen.lime.span("ours"):
            pass
        assert "Limelight · ours" in screen.text()


def test_what_is_not_sampled_is_not_shown(watched: None) -> None:
    screen = Screen(sample_rate=0.0)
    with screen.lime.span("outer"):
        pass
    assert screen.text() == ""
    screen.lime.shutdown()


def test_a_screen_that_fails_costs_no_span(watched: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "errors", errors := Counter())
    screen = Screen()
    screen.file.close()
    with screen.lime.span("outer"):
        pass
    assert screen.lime.flush()
    assert sum(errors.values()) == 1
    screen.lime.shutdown()


@pytest.mark.parametrize("wrong", ["yes", 2, "stderr!"])
def test_a_wrong_setting_is_an_error_at_once(wrong: Any) -> None:
    with pytest.raises(ConfigError, match="`console` must be True, False, 'stdout' or a `rich"):
        Config.load(console=wrong)


@pytest.mark.parametrize(("raw", "wanted"), [("1", True), ("false", False), ("stdout", "stdout")])
def test_the_variable(raw: str, wanted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMELIGHT_CONSOLE", raw)
    assert Config.load().console == wanted


PROGRAM = """
    import limelight
    limelight.init(instrument=False)
    with limelight.span("héllo"):
        pass
"""


def run(tmp_path: Path, program: str = PROGRAM, **env: str) -> subprocess.CompletedProcess[bytes]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OTEL_", "LIMELIGHT_", "PYTHON", "COLUMNS", "NO_COLOR", "FORCE_COLOR"))
    }
    kept = {**inherited, "LIMELIGHT_ENDPOINT": "http://127.0.0.1:9", "LIMELIGHT_SPOOL": "off", **env}
    code = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)]
    return subprocess.run(code, env=kept, check=False, capture_output=True, timeout=30, cwd=tmp_path)


@pytest.mark.parametrize(
    ("env", "stream", "has", "has_not"),
    [
        ({"LIMELIGHT_CONSOLE": "1"}, "stderr", "╭─ Limelight · héllo ─", "\x1b["),
        ({"LIMELIGHT_CONSOLE": "stdout"}, "stdout", "╭─ Limelight · héllo ─", "\x1b["),
        ({"LIMELIGHT_CONSOLE": "1", "FORCE_COLOR": "1"}, "stderr", "\x1b[32m", "unfinished"),
        ({"LIMELIGHT_CONSOLE": "1", "FORCE_COLOR": "1", "NO_COLOR": "1"}, "stderr", "Limelight", "\x1b[32m"),
        ({"LIMELIGHT_CONSOLE": "1", "PYTHONIOENCODING": "ascii"}, "stderr", "+- Limelight, h?llo -", "\\u"),
        ({"LIMELIGHT_CONSOLE": "1", "PYTHONIOENCODING": "cp1252"}, "stderr", "+- Limelight, h\ufffdllo -", "\\u"),
        ({"LIMELIGHT_CONSOLE": "1", "COLUMNS": "40"}, "stderr", "─ OK ─╮", " " * 40),
        ({}, "stderr", "", "Limelight ·"),
    ],
)
def test_of_a_program(env: dict[str, str], stream: str, has: str, has_not: str, tmp_path: Path) -> None:
    done = run(tmp_path, **{"PYTHONIOENCODING": "utf-8", **env})
    assert done.returncode == 0
    said = {"stdout": done.stdout, "stderr": done.stderr}
    text = said.pop(stream).decode("utf-8", "replace")
    assert has in text
    assert has_not not in text
    assert b"Limelight" not in next(iter(said.values()))


def test_without_rich_it_says_what_to_install(tmp_path: Path) -> None:
    hidden = """
        import importlib.util, sys
        found = importlib.util.find_spec
        importlib.util.find_spec = lambda name, package=None: None if name == "rich" else found(name, package)
        import limelight
        try:
            limelight.init(instrument=False, console=True)
        except limelight.ConfigError as problem:
            print(problem)
        limelight.init(instrument=False)
        assert "rich" not in sys.modules
    """
    done = run(tmp_path, hidden)
    assert done.returncode == 0, done.stderr
    assert b"pip install 'limelight[console]'" in done.stdout


def test_rich_is_loaded_when_there_is_something_to_show(tmp_path: Path) -> None:
    program = """
        import sys, limelight
        limelight.init(instrument=False, console=True)
        assert "rich" not in sys.modules
    """
    assert run(tmp_path, program).returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_shows_its_own_and_not_its_parents(screen: Screen) -> None:
    with screen.lime.span("outer"):
        with screen.lime.span("inner"):
            pass
        assert screen.text() == ""
        if (child := os.fork()) == 0:
            screen.lime.shutdown()
            os._exit(len(screen.file.getvalue()) > 0)
        assert os.waitpid(child, 0)[1] == 0
    assert screen.text().count("inner") == 1


@pytest.mark.parametrize("is_timed", [False, True])
def test_what_happens_inside_of_a_call_is_beneath_it(
    screen: Screen, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch, is_timed: bool
) -> None:
    monkeypatch.setattr(probe, "armed", is_timed)

    def sign(request: httpx2.Request) -> None:
        with screen.lime.span("sign"):
            pass

    screen.lime.instrument("openai")
    with (
        httpx2.Client(event_hooks={"request": [sign]}) as http,
        openai.OpenAI(base_url=fake.openai_url, api_key="any", http_client=http) as client,
    ):
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])
    assert screen.text().count("Limelight ·") == 1
    screen.lime.uninstrument()

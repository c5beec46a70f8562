"""`limelight run`: programs that know nothing of Limelight, traced."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from limelight import launch
from limelight.testing import FakeProvider
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = """
import os, sys
from openai import OpenAI
client = OpenAI(base_url=os.environ["FAKE"], api_key="x")
answer = client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}])
print(sys.argv[1:], bool(answer.choices))
"""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as one:
        yield one


@pytest.fixture
def app(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text(APP)
    return path


def run(
    *words: str | Path, cwd: Path, collector: Collector | None = None, **around: str
) -> subprocess.CompletedProcess[str]:
    spool = str(cwd / "spool")
    given = {"LIMELIGHT_ENDPOINT": collector.url, "LIMELIGHT_SPOOL": spool} if collector else {"LIMELIGHT_SPOOL": spool}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LIMELIGHT_", "OTEL_"))}
    command = [sys.executable, "-m", "limelight.cli", "run", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env={**clean, **given, **around})


@pytest.mark.parametrize("how", ["script", "module", "command"])
def test_a_program_is_traced_as_it_is(how: str, app: Path, collector: Collector) -> None:
    words = {"script": [app], "module": ["-m", "app"], "command": [sys.executable, app]}[how]
    with FakeProvider() as fake:
        found = run(*words, "--port", "7", cwd=app.parent, collector=collector, FAKE=fake.openai_url)
    assert found.stderr == ""
    assert found.stdout == "['--port', '7'] True\n"
    assert [span.name for span in collector.spans] == ["chat gpt-4o-mini"]


def test_what_the_program_starts_is_traced_too(app: Path, collector: Collector) -> None:
    parent = app.with_name("parent.py")
    parent.write_text("import subprocess, sys\nsys.exit(subprocess.call([sys.executable, 'app.py']))\n")
    with FakeProvider() as fake:
        found = run(parent, cwd=app.parent, collector=collector, FAKE=fake.openai_url)
    assert found.returncode == 0, found.stderr
    assert len(collector.spans) == 1


def test_options_are_for_the_program_they_stand_before(app: Path, collector: Collector) -> None:
    with FakeProvider() as fake:
        words = ("--endpoint", collector.url, "--service-name", "parlour", app, "--endpoint", "mine")
        found = run(*words, cwd=app.parent, FAKE=fake.openai_url)
    assert found.stdout == "['--endpoint', 'mine'] True\n"
    (request,) = collector.requests
    about = {pair.key: pair.value.string_value for pair in request.resource_spans[0].resource.attributes}
    assert about["service.name"] == "parlour"


def test_another_sitecustomize_is_not_kept_from_running(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('theirs')")
    (tmp_path / "show.py").write_text("import sitecustomize, sys\nprint(sitecustomize.__file__, len(sys.path))")
    found = run("show.py", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert found.stdout.splitlines()[0] == "theirs"
    assert "startup" not in found.stdout


def test_the_exit_status_is_the_programs(tmp_path: Path) -> None:
    (tmp_path / "fails.py").write_text("raise SystemExit(7)")
    assert run("fails.py", cwd=tmp_path).returncode == 7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "what?"),
        (("nosuch.py",), "there is no `nosuch.py`"),
        (("no-such-command",), "neither a Python file nor a command"),
        (("--endpoint", "nonsense", "app.py"), "`endpoint` must be an address"),
    ],
)
def test_what_cannot_be_started_is_said_at_once(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    found = run(*words, cwd=tmp_path)
    assert (found.returncode, found.stdout) == (2, "")
    assert said in found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_a_wrong_setting_of_a_child_is_said_and_harms_nothing(app: Path) -> None:
    child = app.with_name("child.py")
    child.write_text(
        "import os, subprocess, sys\n"
        "os.environ['LIMELIGHT_SAMPLE_RATE'] = '7'\n"
        "sys.exit(subprocess.call([sys.executable, '-c', 'print(1)']))\n"
    )
    found = run(child, cwd=app.parent)
    assert (found.returncode, found.stdout) == (0, "1\n")
    assert found.stderr == "limelight: this program is not traced: `sample_rate` must be between 0 and 1, got 7.0\n"


def test_the_path_is_added_to_once() -> None:
    once = launch.environment({"PYTHONPATH": "/mine"}, {})
    assert launch.environment(once, {}) == once
    assert once["PYTHONPATH"] == os.pathsep.join([str(launch.STARTUP), "/mine"])

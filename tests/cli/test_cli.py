"""The command line as a shell sees it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import limelight
from limelight import cli

COMMANDS = ["serve", "demo", "run", "doctor", "version"]


def run(*words: str, **options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "limelight.cli", *words], capture_output=True, text=True, **options)


def test_version_is_said_in_both_ways() -> None:
    assert run("version").stdout == f"{limelight.__version__}\n"
    assert run("--version").stdout == f"limelight {limelight.__version__}\n"


def test_the_installed_command_is_the_same_one() -> None:
    command = Path(sys.executable).parent / "limelight"
    assert subprocess.run([command, "version"], capture_output=True, text=True).stdout == run("version").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_a_command_does(command: str) -> None:
    assert getattr(cli, command).__doc__ in " ".join(run(command, "--help").stdout.split())


def test_without_a_command_the_choice_is_shown() -> None:
    found = run()
    assert found.returncode == 2
    assert found.stderr == run("--help").stdout
    assert all(command in found.stderr for command in COMMANDS)


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_cannot_be_is_refused(port: str) -> None:
    found = run("serve", f"--port={port}")
    assert found.returncode == 2
    assert f"--port: a port is a number between 0 and 65535, got {port}\n" in found.stderr


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_an_address_of_another_machine_is_said_to_be_the_trouble(command: str, tmp_path: Path) -> None:
    """192.0.2.1 belongs to documentation, and to no network."""
    found = run(command, "--host=192.0.2.1", "--port=0", "--data", str(tmp_path))
    assert found.returncode == 1
    assert "cannot listen on 192.0.2.1:0" in found.stderr
    assert found.stderr.endswith("choose another address with `--host`\n")


@pytest.mark.parametrize(("command", "extra"), [("serve", "limelight[server]"), ("demo", "limelight[all]")])
def test_a_missing_extra_is_named_with_the_command_that_installs_it(command: str, extra: str, tmp_path: Path) -> None:
    """An interpreter that refuses to find the server's packages stands for one that never had them."""
    refuse = (
        "import sys, limelight.cli\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in limelight.cli._EXTRAS:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        f"sys.exit(limelight.cli.main([{command!r}, '--port=0', '--data', {str(tmp_path)!r}]))\n"
    )
    found = subprocess.run([sys.executable, "-c", refuse], capture_output=True, text=True)
    assert found.returncode == 1, found.stderr
    assert f"pip install '{extra}'" in found.stderr
    assert "Traceback" not in found.stderr

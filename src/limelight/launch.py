"""`limelight run`: start a program that is traced without a line of code in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from limelight.sdk.config import Config, ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STARTUP = Path(__file__).parent / "startup"
"""Holds a `sitecustomize`, which Python runs at its start wherever it stands on the path."""


def launch(words: Sequence[str], settings: Mapping[str, str]) -> int:
    """Become the program; only where that cannot be, or on Windows, does this return its exit status.

    Args:
        words: A script, `-m` and a module, or an installed command, with its arguments.
        settings: Of `limelight.Config`, for the program and whatever Python it starts.
    """
    try:
        Config.load(**settings)
        program = command(words)
    except (ConfigError, FileNotFoundError) as wrong:
        sys.stderr.write(f"limelight run: {wrong}\n")
        return 2
    around = environment(os.environ, settings)  # noqa: TID251 - handed on, not read
    if os.name != "nt":  # where `exec` would end the terminal's hold on the program
        os.execve(program[0], program, around)
    return subprocess.call(program, env=around)


def command(words: Sequence[str]) -> list[str]:
    """What the operating system is to start."""
    name = words[0]
    if name == "-m" or name.endswith((".py", ".pyz")) or Path(name).is_dir():
        if name != "-m" and not Path(name).exists():
            raise FileNotFoundError(f"there is no `{name}`")
        return [sys.executable, *words]
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"`{name}` is neither a Python file nor a command that can be found")
    return [found, *words[1:]]


def environment(around: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """The program's environment: ours, the settings, and our folder first on Python's path."""
    path = [str(STARTUP), *filter(None, around.get("PYTHONPATH", "").split(os.pathsep))]
    given = {f"LIMELIGHT_{name.upper()}": value for name, value in settings.items()}
    return {**around, **given, "PYTHONPATH": os.pathsep.join(dict.fromkeys(path))}

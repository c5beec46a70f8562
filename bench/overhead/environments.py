"""A virtual environment for each contender, outside the tree: made once, made anew when its list changes."""

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
LISTS = pathlib.Path(__file__).parent / "peers"


def cache() -> pathlib.Path:
    given = os.environ.get("LIMELIGHT_BENCH_VENVS")
    return pathlib.Path(given) if given else pathlib.Path.home() / ".cache" / "limelight-bench"


def python(contender: str) -> str:
    """The interpreter of a contender's environment; installs it when it is not there."""
    wanted = LISTS / f"{contender}.txt"
    if not wanted.exists():
        wanted = LISTS / "reference.txt"
    mark = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()[:10]
    home = cache() / f"{wanted.stem}-{mark}"
    interpreter = home / "bin" / "python"
    if not (home / ".done").exists():
        print(f"installing {wanted.stem} into {home} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        install = [
            str(interpreter),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            str(wanted),
        ]
        subprocess.run(install, check=True)
        (home / ".done").touch()
    return str(interpreter)


def environment() -> dict[str, str]:
    """What a contender's process sees: this bench, and Limelight from the sources."""
    source = os.environ.get("LIMELIGHT_BENCH_SOURCE", str(ROOT / "src"))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "LIMELIGHT_", "PYTHON"))}
    return {**kept, "PYTHONPATH": f"{ROOT}{os.pathsep}{source}"}


def version(contender: str) -> str:
    """`name version` of what a contender is, for the report."""
    wanted = LISTS / f"{contender}.txt"
    if not wanted.exists():
        return ""
    pins = [line for line in wanted.read_text().splitlines() if "==" in line and not line.startswith(("openai=", "#"))]
    return pins[0].replace("==", " ")

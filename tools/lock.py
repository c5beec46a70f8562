"""Write constraints.txt: the versions that a clean environment resolves to.

One environment per interpreter given (by default the one that runs this).  Where interpreters disagree the
line carries a marker, so one file serves every supported Python.  Versions only: where packages are
downloaded from is each machine's own business.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = """\
# Exact versions of the development environment.  Written by `make lock`; do not edit.
# Resolved with Python {pythons}.
"""


def main(interpreters: list[str]) -> None:
    """Resolve with each interpreter and merge, the oldest Python first."""
    resolved = dict(sorted(resolve(interpreter) for interpreter in interpreters or [sys.executable]))
    pythons = ", ".join(f"{major}.{minor}" for major, minor in resolved)
    lines = merge(resolved)
    (ROOT / "constraints.txt").write_text(HEADER.format(pythons=pythons) + "\n".join(lines) + "\n")


def resolve(interpreter: str) -> tuple[tuple[int, int], dict[str, str]]:
    """Install everything into a throw-away environment; its Python version and {package: version}."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([interpreter, "-m", "venv", folder], check=True)
        python = f"{folder}/bin/python"
        install = [python, "-m", "pip", "install", "--quiet", "--upgrade"]
        subprocess.run([*install, "pip"], check=True)
        subprocess.run([*install, "--editable", f"{ROOT}[all,dev]"], check=True)
        frozen = output(python, "-m", "pip", "freeze", "--exclude-editable", "--exclude", "pip")
        version = output(python, "-c", "import sys; print(*sys.version_info[:2])").split()
    pins = dict(line.split("==") for line in frozen.splitlines() if "==" in line)
    return (int(version[0]), int(version[1])), pins


def merge(resolved: dict[tuple[int, int], dict[str, str]]) -> list[str]:
    """One line per package, or one per version with the range of Pythons it holds for."""
    pythons = list(resolved)
    versions: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, pins in enumerate(resolved.values()):
        for name, version in pins.items():
            versions[name.lower()][version].append(index)
    return [
        f"{name}=={version}" + ("" if len(found) == 1 else marker(pythons, indexes))
        for name, found in sorted(versions.items())
        for version, indexes in found.items()
    ]


def marker(pythons: list[tuple[int, int]], indexes: list[int]) -> str:
    """The first range reaches down, the last one up: Pythons that were not tried take their neighbour's."""
    bounds = []
    if indexes[0] > 0:
        bounds.append("python_version >= '{}.{}'".format(*pythons[indexes[0]]))
    if indexes[-1] < len(pythons) - 1:
        bounds.append("python_version < '{}.{}'".format(*pythons[indexes[-1] + 1]))
    return " ; " + " and ".join(bounds)


def output(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main(sys.argv[1:])

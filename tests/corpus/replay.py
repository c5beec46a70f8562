"""Make recorded calls again through the real client libraries, with Limelight and without, and compare.

The recordings, the server that replays them and the scorer are not ours: `LIMELIGHT_CORPUS` names their
folder.  The client libraries stand in environments outside this tree, one for each generation.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("LIMELIGHT_CORPUS") or ROOT.parent / "shared" / "corpus")
VENVS = Path(os.environ.get("LIMELIGHT_CORPUS_VENV") or Path(tempfile.gettempdir()) / "limelight-corpus-venvs")
PROVIDERS = "openai,azure,anthropic"
SET_ASIDE = frozenset({"duration", "ttft", "single", "response_id"})
"""Not asked of a perfect call: the clock of a busy machine, and what not every convention has."""

GENERATIONS = {
    "newest": ROOT / "constraints.txt",
    "second-majors": ROOT / "tests" / "clients" / "second-majors.txt",
    "first-majors": ROOT / "tests" / "clients" / "first-majors.txt",
    "oldest": ROOT / "tests" / "clients" / "oldest.txt",
}
"""Versions of the client libraries, pinned for all our tests."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Variant:
    """How the calls are made: `drive.py`'s options."""

    name: str
    options: tuple[str, ...]

    @property
    def first_delay_ms(self) -> str:
        """How late the first byte comes.  Where calls are few, a busy machine must not outweigh them."""
        return "20" if self.name.endswith(("helper", "abandon")) else "5"

    @property
    def suffix(self) -> str:
        """What `drive.py` puts into its file's name."""
        mode, *rest = self.name.split("-")
        return ".".join([mode, *rest])


VARIANTS = tuple(
    Variant(f"{mode}-{way}" if way else mode, ("--mode", mode, *options))
    for mode in ("sync", "async")
    for way, options in (
        ("", ()),
        ("raw", ("--via", "raw")),
        ("helper", ("--via", "helper")),
        ("abandon", ("--abandon", "3")),
    )
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one run has shown.  Only calls that the client library alone can make are counted."""

    calls: int
    right: int
    asked: int
    perfect: int
    wire_changed: tuple[str, ...]
    """Ids of the calls whose request was another one under Limelight."""
    worse_off: tuple[str, ...]
    """Ids of the calls whose caller got something else."""
    missed: dict[str, tuple[str, ...]]
    """Call -> fields that were not as recorded."""

    @property
    def is_late(self) -> bool:
        """Did some call miss on the clock?  Then the machine was busy, or we are slow: once more tells."""
        return any("duration" in fields for fields in self.missed.values())

    @property
    def fields_share(self) -> float:
        return self.right / max(self.asked, 1)

    @property
    def perfect_share(self) -> float:
        return self.perfect / max(self.calls, 1)


def available() -> bool:
    return (CORPUS / "drive.py").is_file()


def environment(generation: str) -> Path:
    """The Python of an environment with this generation's clients, made on first use and kept."""
    pins = GENERATIONS[generation]
    versions = [line for line in pins.read_text().splitlines() if line.partition("==")[0] in _WANTED]
    wanted = sorted({*versions, *(name for name in _WANTED if not any(v.startswith(f"{name}==") for v in versions))})
    mark = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:12]
    home = VENVS / f"{generation}-{mark}"
    python = home / "bin" / "python"
    if not (home / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *_PIP, *wanted], check=True)
        (home / ".installed").touch()
    return python


_WANTED = ("openai", "anthropic", "wrapt", "opentelemetry-sdk", "opentelemetry-api", "httpx", "jiter", "pydantic")
_PIP = ("--disable-pip-version-check", "--no-warn-script-location")


def replay(python: Path, variant: Variant, out: Path) -> Verdict:
    """Both runs, then what they differ in and what ours has seen."""
    base = _drive(python, variant, out, "none")
    ours = _drive(python, variant, out, "limelight", "--setup", "setups:limelight")
    return _judge(base, ours)


def _drive(python: Path, variant: Variant, out: Path, name: str, *setup: str) -> dict[str, Row]:
    sink = "memory" if setup else "none"
    command = [str(python), "drive.py", "--name", name, "--sink", sink, *setup, *variant.options]
    command += [
        "--corpus",
        "dev.jsonl.gz",
        "--only",
        PROVIDERS,
        "--out",
        str(out),
        "--first-delay-ms",
        variant.first_delay_ms,
    ]
    own = {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1", "LIMELIGHT_SPOOL": "off"}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "LIMELIGHT_", "COV_"))}
    subprocess.run(command, cwd=CORPUS, env={**inherited, **own}, check=True, stdout=subprocess.DEVNULL)
    lines = (out / f"{name}.{variant.suffix}.jsonl").read_text().splitlines()
    rows = map(json.loads, lines)
    return {row["id"]: row for row in rows if "score" in row}


def _judge(base: dict[str, Row], ours: dict[str, Row]) -> Verdict:
    pairs = [(base[key], row) for key, row in ours.items() if key in base and base[key]["client_ok"]]
    missed = {row["id"]: gone for _, row in pairs if (gone := _missed(row))}
    return Verdict(
        calls=len(pairs),
        right=sum(score for _, row in pairs for score in row["score"].values() if score is not None),
        asked=sum(score is not None for _, row in pairs for score in row["score"].values()),
        perfect=sum(not set(missed.get(row["id"], ())) - SET_ASIDE for _, row in pairs),
        wire_changed=tuple(row["id"] for before, row in pairs if _wire(before) != _wire(row)),
        worse_off=tuple(row["id"] for _, row in pairs if not row["client_ok"]),
        missed=missed,
    )


def _missed(row: Row) -> tuple[str, ...]:
    return tuple(field for field, score in row["score"].items() if score == 0)


def _wire(row: Row) -> list[tuple[Any, ...]]:
    return [(sent["match"], tuple(sent["diff"] or ())) for sent in row.get("wire") or []]

"""Make recorded calls again through the real client libraries, with Limelight and without, and compare.

The recordings, the server that replays them and the scorer are not ours: `LIMELIGHT_CORPUS` names their
folder.  The client libraries stand in environments outside this tree, one for each generation.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.corpus.environments import ROOT
from tests.corpus.verdicts import Row, Verdict, judged, late

CORPUS = Path(os.environ.get("LIMELIGHT_CORPUS") or ROOT.parent / "shared" / "corpus")
ONLY = os.environ.get("LIMELIGHT_CORPUS_ONLY", "")
"""Providers, to ask less: `openai,google:generateContent`."""
OWN_WAYS = "google,vertex,bedrock,bedrock_agent,cohere,ollama,mistral"
"""Providers whose client libraries have neither raw responses nor stream helpers that the driver knows."""


@dataclass(frozen=True, slots=True)
class Variant:
    """How the calls are made: `drive.py`'s options."""

    name: str
    options: tuple[str, ...]

    @property
    def is_special(self) -> bool:
        """By a way that only the clients of Stainless's make have."""
        return self.name.endswith(("raw", "helper"))

    @property
    def first_delay_ms(self) -> str:
        """How late the first byte comes.  Where calls are few, a busy machine must not outweigh them."""
        return "20" if self.name.endswith(("helper", "abandon")) else "5"

    @property
    def suffix(self) -> str:
        """What `drive.py` puts into its file's name."""
        mode, *rest = self.name.split("-")
        return ".".join([mode, *rest])


VARIANTS = {
    variant.name: variant
    for mode in ("sync", "async")
    for way, options in (
        ("", ()),
        ("raw", ("--via", "raw")),
        ("helper", ("--via", "helper")),
        ("abandon", ("--abandon", "3")),
    )
    for variant in [Variant(f"{mode}-{way}" if way else mode, ("--mode", mode, *options))]
}


def available() -> bool:
    return (CORPUS / "drive.py").is_file()


def replay(python: Path, variant: Variant, out: Path) -> dict[str, Verdict]:
    """Both runs, side by side, then what they differ in and what ours has seen: by provider."""
    ours = _started(python, variant, out, "limelight")
    base = _read(_started(python, variant, out, "none"), variant, out, "none")
    seen = _read(ours, variant, out, "limelight")
    if missed := late(seen):
        seen |= _again(python, variant, out, missed)
    return judged(base, seen)


def _again(python: Path, variant: Variant, out: Path, ids: list[str]) -> dict[str, Row]:
    """The same calls once more, alone on the machine."""
    listed = out / "again.txt"
    listed.write_text("\n".join(ids))
    return _read(_started(python, variant, out, "again", "--ids", str(listed)), variant, out, "again")


def _started(python: Path, variant: Variant, out: Path, name: str, *further: str) -> subprocess.Popen[bytes]:
    traced = () if name == "none" else ("--setup", "setups:limelight")
    only = _asked(variant)
    command = [str(python), "drive.py", "--name", name, "--sink", "memory" if traced else "none", *traced]
    command += [*variant.options, *further, *(("--only", only) if only else ())]
    command += ["--corpus", "dev.jsonl.gz", "--out", str(out), "--first-delay-ms", variant.first_delay_ms]
    own = {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1", "LIMELIGHT_SPOOL": "off"}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "LIMELIGHT_", "COV_"))}
    return subprocess.Popen(command, cwd=CORPUS, env={**inherited, **own}, stdout=subprocess.DEVNULL)


def _asked(variant: Variant) -> str:
    if ONLY or not variant.is_special:
        return ONLY
    return ",".join(sorted(_providers() - set(OWN_WAYS.split(","))))


def _providers() -> set[str]:
    """Everybody of whom there are recordings."""
    with gzip.open(CORPUS / "dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {json.loads(line)["provider"] for line in lines}


def _read(running: subprocess.Popen[bytes], variant: Variant, out: Path, name: str) -> dict[str, Row]:
    if running.wait():
        raise subprocess.CalledProcessError(running.returncode, running.args)
    lines = (out / f"{name}.{variant.suffix}.jsonl").read_text().splitlines()
    return {row["id"]: row for row in map(json.loads, lines) if "score" in row}

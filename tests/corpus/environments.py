"""The environments that the recorded calls are made in: the client libraries of one generation each."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENVS = Path(os.environ.get("LIMELIGHT_CORPUS_VENV") or Path(tempfile.gettempdir()) / "limelight-corpus-venvs")
LANES = ROOT / "tests" / "clients"
NEWEST = "newest"
GENERATIONS = (NEWEST, "second-majors", "first-majors", "oldest")
"""Files of pins in `tests/clients`; the newest are those in `constraints.txt`."""
CLIENTS = (
    "openai",
    "anthropic",
    "google-genai",
    "cohere",
    "boto3",
    "mistralai",
    "groq",
    "together",
    "ollama",
)
"""Client libraries that the recordings can be replayed with; an older generation has those that its file pins."""
BENEATH = ("wrapt", "opentelemetry-sdk", "opentelemetry-api", "httpx", "jiter", "pydantic", "pyyaml")
_PIP = ("--disable-pip-version-check", "--no-warn-script-location", "--quiet")


def environment(generation: str) -> Path:
    """The Python of an environment with this generation's clients, made on first use and kept."""
    own, newest = _pins(_file(generation)), _pins(_file(NEWEST))
    beneath = {name: own.get(name) or newest.get(name, "") for name in BENEATH}
    wanted = [f"{name}=={version}" if version else name for name, version in {**pinned(generation), **beneath}.items()]
    mark = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:12]
    home = VENVS / f"{generation}-{mark}"
    python = home / "bin" / "python"
    if not (home / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        bounds = ("--constraint", str(_file(generation)))
        subprocess.run([str(python), "-m", "pip", "install", *_PIP, *bounds, *wanted], check=True)
        (home / ".installed").touch()
    return python


def pinned(generation: str) -> dict[str, str]:
    """The client libraries of this generation and their versions; without one, the newest that pip finds."""
    own = _pins(_file(generation))
    return {name: own.get(name, "") for name in CLIENTS if generation == NEWEST or name in own}


def _file(generation: str) -> Path:
    return ROOT / "constraints.txt" if generation == NEWEST else LANES / f"{generation}.txt"


def _pins(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return {name: version for name, _, version in (line.partition(";")[0].strip().partition("==") for line in lines)}

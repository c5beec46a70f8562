"""Programs of their own, which call the fake provider and come to a bad end; and backends that are no good."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import textwrap
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from limelight.testing import FakeProvider

CALL = """
    import openai, os, signal, sys, threading, time
    client = openai.OpenAI(max_retries=0)
    def call(**more):
        asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], **more}
        return client.chat.completions.create(**asked)
    def say(word):
        print(word, flush=True)
"""


def written(body: str, begin: str = "import limelight; limelight.init()") -> list[str]:
    """The command that runs a program: it is traced, has `call()`, and then does as `body` says."""
    return [sys.executable, "-c", f"{begin}\n{textwrap.dedent(CALL)}\n{textwrap.dedent(body)}"]


def environment(fake: FakeProvider, endpoint: str, tmp_path: Path, **variables: str) -> dict[str, str]:
    """Nothing of ours but what is said here; what would be kept for a user is kept in `tmp_path`."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LIMELIGHT_", "OTEL_", "COV"))},
        **fake.environment,
        "LIMELIGHT_ENDPOINT": endpoint,
        "LIMELIGHT_SPOOL": str(tmp_path / "spool"),
        "XDG_STATE_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
        **variables,
    }


def program(
    body: str, fake: FakeProvider, endpoint: str, tmp_path: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    settings = environment(fake, endpoint, tmp_path, **variables)
    return subprocess.run(written(body), env=settings, capture_output=True, text=True, timeout=30, check=False)


@contextlib.contextmanager
def running(
    body: str, fake: FakeProvider, endpoint: str, tmp_path: Path, **variables: str
) -> Iterator[subprocess.Popen[str]]:
    """Start a program that shall be interrupted; at the end of the block it is gone."""
    settings = environment(fake, endpoint, tmp_path, **variables)
    with subprocess.Popen(
        written(body), env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def heard(process: subprocess.Popen[str], word: str) -> None:
    """Wait until the program has said this."""
    out: IO[str] | None = process.stdout
    assert out is not None
    for line in out:
        if line.strip() == word:
            return
    raise AssertionError(f"it ended without saying {word!r}: {process.stderr and process.stderr.read()}")


@contextlib.contextmanager
def refusing() -> Iterator[str]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"

"""Where and with what a run was made, for the head of its report."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import platform
import subprocess
from importlib import metadata


def described() -> str:
    today = dt.datetime.now(dt.timezone.utc).date().isoformat()
    return (
        f"{today} · {_processor()}, {os.cpu_count()} cores · {platform.system()} {platform.release()} · "
        f"Python {platform.python_version()} · Limelight {metadata.version('limelight')} ({_commit()}) · "
        f"load when it began {os.getloadavg()[0]:.1f}"
    )


def _processor() -> str:
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "no commit"

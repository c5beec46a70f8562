"""The server's settings: argument, then environment, then default."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    host: str = "127.0.0.1"
    port: int = 4318
    data: Path
    """Folder of the database.  `LIMELIGHT_DATA`."""

    @classmethod
    def load(cls, *, host: str, port: int, data: Path | None) -> Settings:
        named = os.environ.get("LIMELIGHT_DATA")
        return cls(host=host, port=port, data=data or (Path(named) if named else _data_folder()))


def _data_folder() -> Path:
    """Where this platform keeps a program's data."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "limelight"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "limelight"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "limelight"

"""Refuse to build a wheel or an sdist that lacks the dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = "src/limelight/server/static/index.html"


class RequireDashboard(BuildHookInterface):  # type: ignore[type-arg]
    """An editable install may come before `make ui`; a release may not."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable" and not (Path(self.root) / PAGE).is_file():
            raise SystemExit(f"{PAGE} is missing: run `make ui` first, it builds the dashboard.")

"""What the last runs have shown, kept beside the tree for `docs/conformance.md` to be written from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.corpus.environments import ROOT
from tests.corpus.verdicts import Verdict, restored, stored

HOME = ROOT / ".conformance"


def keep(generation: str, variant: str, verdicts: Mapping[str, Verdict]) -> None:
    HOME.mkdir(exist_ok=True)
    (HOME / f"{generation}.{variant}.json").write_text(json.dumps(stored(verdicts), indent=1))


def kept() -> dict[tuple[str, str], dict[str, Verdict]]:
    """(generation, variant) -> provider -> verdict."""
    found: dict[tuple[str, str], Any] = {}
    for path in sorted(HOME.glob("*.json")):
        generation, variant = path.stem.split(".")
        found[generation, variant] = restored(json.loads(path.read_text()))
    return found

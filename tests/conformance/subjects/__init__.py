"""One file for each client library, found by iteration."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from tests.conformance.subject import Subject

MISSING: dict[str, str] = {}
"""Subjects that this environment cannot have: the module that is not installed."""


def _subjects() -> Iterator[Subject]:
    for name in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        try:
            module = import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as missing:
            if missing.name is None or missing.name.startswith("tests."):
                raise
            MISSING[name] = missing.name
        else:
            yield from (value for value in vars(module).values() if isinstance(value, Subject))


SUBJECTS: tuple[Subject, ...] = tuple(_subjects())

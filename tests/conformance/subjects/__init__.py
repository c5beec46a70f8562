"""One file for each client library, found by iteration."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from tests.conformance.subject import Subject

SUBJECTS: tuple[Subject, ...] = tuple(
    value
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__))
    for value in vars(import_module(f"{__name__}.{module}")).values()
    if isinstance(value, Subject)
)

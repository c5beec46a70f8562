"""Frameworks that tell us what they do: one file each, found by iteration."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from limelight.engine.observer import Observer


def observers() -> tuple[Observer, ...]:
    """One for each framework; made anew, since each holds who is interested."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return tuple(import_module(f"{__name__}.{name}").observer() for name in found)

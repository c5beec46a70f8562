"""The client libraries that Limelight knows: one file each, and whatever other packages add."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from limelight.core.operation import Integration

GROUP = "limelight.integrations"
"""The entry point group under which another distribution may offer an `Integration`."""


def integrations() -> tuple[Integration, ...]:
    """Our own: every `Integration` that stands in a module of this package."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Integration))


def plugins() -> tuple[EntryPoint, ...]:
    """Other people's, not loaded yet: loading one runs their code, so whoever does it stands guard."""
    return tuple(entry_points(group=GROUP))

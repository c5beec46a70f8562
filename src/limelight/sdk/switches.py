"""The integrations this process knows, and whether each is on."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from limelight.core.operation import Integration
from limelight.engine.guard import guarded
from limelight.engine.patch import Switch
from limelight.engine.transport import Transport
from limelight.frameworks import observers
from limelight.providers import integrations, plugins
from limelight.providers._transport import ENDPOINTS, TRANSPORT
from limelight.sdk.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable


@functools.cache
def _known() -> dict[str, Switch]:
    known: dict[str, Switch] = {}
    beneath = Transport(TRANSPORT, ENDPOINTS)
    for integration in integrations():
        known[integration.name] = Switch(integration, beneath)
    for entry in plugins():
        with guarded(f"loading the integration {entry.name}"):
            loaded = entry.load()
            if isinstance(loaded, Integration):
                known.setdefault(loaded.name, Switch(loaded, beneath))
    for observing in observers():
        known.setdefault(observing.integration.name, observing)
    return {**known, beneath.integration.name: beneath}


def names() -> tuple[str, ...]:
    return tuple(_known())


def switches() -> Iterable[Switch]:
    return _known().values()


def packages(excluded: Iterable[str]) -> frozenset[str]:
    """The top packages of these integrations."""
    return frozenset(
        target.partition(":")[0].partition(".")[0]
        for name in excluded
        if name in _known()
        for operation in _known()[name].integration.operations
        for target in operation.targets
    )


def switch(name: str) -> Switch:
    if name not in _known():
        raise ConfigError(f"`{name}` is no library Limelight knows; known are {', '.join(sorted(_known()))}")
    return _known()[name]


def switch_for(client: Any) -> Switch:
    """The integration whose package this client's class, or one it inherits from, comes from."""
    roots = {_package(kind.__module__) for kind in type(client).__mro__}
    for one in switches():
        if (
            any(
                _package(target.partition(":")[0]) in roots
                for operation in one.integration.operations
                for target in operation.targets
            )
            and one.integration.owner(client) is not None
        ):
            return one
    raise ConfigError(
        f"`wrap()` takes a client of {', '.join(sorted(_known()))}, got {type(client).__module__}.{type(client).__qualname__}"
    )


def _package(module: str) -> str:
    """The package a module belongs to: its first name, but below `google`, which many share, the second too."""
    parts = module.split(".")
    return ".".join(parts[:2] if parts[0] == "google" else parts[:1])

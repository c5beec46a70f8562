"""The places that are patched: found by name, now or when they are imported, and put back."""

from __future__ import annotations

import functools
import sys
import types
from importlib import metadata
from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from collections.abc import Callable


def unsupported(package: str) -> str | None:
    """Say why this distribution cannot be traced: not installed, or too old."""
    if not package:  # nobody's in particular
        return None
    name, _, oldest = package.partition(">=")
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"`{name}` is not installed"
    if oldest and _parts(version) < _parts(oldest):
        return f"`{name}` {version} is older than {oldest}, the oldest version that is traced"
    return None


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


_waiting: dict[str, list[Callable[[], None]]] = {}


def when_imported(target: str, then: Callable[[], None]) -> None:
    """Run `then` once the target's module is imported: now, if it is.  Imports nothing itself."""
    module = target.partition(":")[0]
    if module in sys.modules and not getattr(getattr(sys.modules[module], "__spec__", None), "_initializing", False):
        then()
    elif module in _waiting:
        _waiting[module].append(then)
    else:
        _waiting[module] = [then]
        wrapt.register_post_import_hook(lambda _: [step() for step in _waiting.pop(module, [])], module)


def replace(target: str, step: Callable[[Any], Any]) -> Callable[[], None] | None:
    """Put what `step` makes of it in a target's place, and give what undoes that; None where there is none."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner: Any = sys.modules[module]
    for part in owners:
        owner = getattr(owner, part, None)
    original = vars(owner).get(name) if owner is not None else None
    if original is None:
        return None
    setattr(owner, name, ours := step(_of_class(original) if owners else original))
    if not owners:
        _rename(name, original, ours)

    def undo() -> None:
        if vars(owner).get(name) is ours:  # somebody who patched over us keeps us; we then let every call through
            setattr(owner, name, original)
        if not owners:
            _rename(name, ours, original)

    return undo


def _of_class(original: Any) -> Any:
    """A method that another tracer has wrapped, as a function of its instance: it wants to be bound before it is called."""
    if type(original) in _PLAIN or not hasattr(original, "__wrapped__"):
        return original

    @functools.wraps(original)
    def bound(self: Any, *args: Any, **kwargs: Any) -> Any:
        return original.__get__(self, type(self))(*args, **kwargs)

    return bound


_PLAIN = frozenset({types.FunctionType, property, staticmethod, classmethod})


def _rename(name: str, before: Any, after: Any) -> None:
    """Let a name that `from module import function` has copied into other modules follow the function."""
    modules: list[Any] = list(sys.modules.values())
    for module in modules:
        if isinstance(module, types.ModuleType) and (names := vars(module)).get(name) is before:
            names[name] = after

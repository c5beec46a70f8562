"""The places that are patched: found by name, now or when they are imported, and put back."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
import types
from importlib import metadata
from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def unsupported(package: str) -> str | None:
    """Say why this distribution cannot be traced: not installed, or too old."""
    if not package:  # nobody's in particular
        return None
    name, _, oldest = package.partition(">=")
    try:
        version = _version(name)
    except metadata.PackageNotFoundError:
        return f"`{name}` is not installed"
    if oldest and _parts(version) < _parts(oldest):
        return f"`{name}` {version} is older than {oldest}, the oldest version that is traced"
    return None


_version = functools.lru_cache(128)(metadata.version)
"""Of a distribution that is there; one that is not may still come."""


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
        _follow(name, original, ours)

    def undo() -> None:
        if vars(owner).get(name) is ours:  # somebody who patched over us keeps us; we then let every call through
            setattr(owner, name, original)
        if not owners:
            _follow(name, ours, original)

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


_moved: list[tuple[str, Any, Any]] = []
_batches = 0
_lock = threading.Lock()


@contextlib.contextmanager
def one_pass() -> Iterator[None]:
    """Within, names copied from many modules follow at the end: programs have thousands of modules to look through."""
    global _batches
    with _lock:
        _batches += 1
    try:
        yield
    finally:
        with _lock:
            _batches -= 1
        if not _batches:
            _rename()


def _follow(name: str, before: Any, after: Any) -> None:
    """Let a name that `from module import function` has copied into other modules follow the function."""
    _moved.append((name, before, after))
    if not _batches:
        _rename()


def _rename() -> None:
    with _lock:
        moved = _moved[:]
        _moved.clear()
    names = {name for name, _, _ in moved}
    modules: list[Any] = list(sys.modules.values()) if moved else []
    for module in modules:
        if not isinstance(module, types.ModuleType) or (held := vars(module)).keys().isdisjoint(names):
            continue
        for name, before, after in moved:
            if held.get(name) is before:
                held[name] = after

"""What a setting may be: a wrong one is told of by `init()`, and not when a span is lost for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

from limelight.core.dialects import Name
from limelight.core.sampling import is_share, reason, rules
from limelight.sdk.destination import Destination

DEFAULT_ENDPOINT = "http://127.0.0.1:4318"


class ConfigError(ValueError):
    """A setting that cannot be: says which one, the rule, and what was given."""


def checked(name: str, value: Any) -> Any:
    """The setting as `Config` holds it."""
    if name in _LISTS and isinstance(value, str):
        raise ConfigError(f"`{name}` takes a list of names, got the string {value!r}: write [{value!r}]")
    if name in _RULES and not _RULES[name][0](value):
        raise ConfigError(f"`{name}` must be {_RULES[name][1]}, got {_shown(name, value)}")
    match name:
        case "sample_rate" | "keep" if not isinstance(value, (int, float)):
            return _sampling(name, value)
        case "dialect" if value is not None:
            return dialects(value)
        case "exporter" if value is not None:
            return tuple(map(_exporter, value if isinstance(value, (list, tuple)) else (value,)))
        case _ if name in _LISTS and not isinstance(value, bool):
            return tuple(value)
        case "spool" if value is not None:
            return "off" if value is False else os.fspath(value)
        case _:
            return value


def dialects(value: Any) -> tuple[Name, ...]:
    """Names of dialects, checked."""
    named = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, (list, tuple)) else ()
    if not named or any(name not in get_args(Name) for name in named):
        raise ConfigError(f"`dialect` must be one or several of {', '.join(get_args(Name))}, got {value!r}")
    return tuple(dict.fromkeys(named))


def _sampling(name: str, value: Any) -> Any:
    try:
        if name == "sample_rate":
            return rules(value)
        given = (value,) if isinstance(value, str) else tuple(value)
        return given if [reason(each) for each in given] else ()
    except (TypeError, ValueError) as problem:
        raise ConfigError(f"`{name}` takes {problem}") from None


def _exporter(value: Any) -> Any:
    if isinstance(value, str):
        from limelight.exporters import preset

        return preset(value)
    if isinstance(value, Destination) or callable(getattr(value, "export", None)):
        return value
    raise ConfigError(
        f"`exporter` must be a backend of `limelight.exporters`, its name, or a `SpanExporter`, got {value!r}"
    )


def is_address(value: Any) -> bool:
    try:
        url = urlsplit(value)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except (TypeError, ValueError, AttributeError):
        return False


def _is_line(value: Any) -> bool:
    """May it stand in a header?"""
    return isinstance(value, str) and value.isprintable() and all(ord(sign) < 256 for sign in value)


def _are_headers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_line(key) and key and _is_line(said) for key, said in value.items())


def _are_names(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(name, str) for name in value)


def _is_folder(value: Any) -> bool:
    is_path = isinstance(value, str) or (isinstance(value, os.PathLike) and isinstance(os.fspath(value), str))
    return value is None or value is False or (is_path and "\0" not in os.fspath(value))


def _shown(name: str, value: Any) -> str:
    """Keys are not told, however wrong."""
    return f"a {type(value).__name__}" if name in {"api_key", "headers"} else repr(value)


_LISTS = frozenset({"instrument", "exclude", "tags"})
_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "endpoint": (is_address, f"an address such as {DEFAULT_ENDPOINT}"),
    "api_key": (lambda value: value is None or _is_line(value), "one line of printable characters"),
    "headers": (_are_headers, "a mapping of names to values, each one line of printable characters"),
    "instrument": (lambda value: isinstance(value, bool) or _are_names(value), "True, False or a list of names"),
    "exclude": (_are_names, "a list of names"),
    "tags": (_are_names, "a list of names"),
    "keep": (
        lambda value: isinstance(value, (str, list, tuple, set, frozenset)),
        "a list such as ['error', 'slow:30']",
    ),
    "capture_rate": (is_share, "between 0 and 1"),
    "sample_rate": (lambda value: not isinstance(value, (int, float)) or is_share(value), "between 0 and 1"),
    "include_usage": (lambda value: value in (None, "inject"), "'inject' or None"),
    "prices": (
        lambda value: value is None or isinstance(value, (str, os.PathLike, Mapping)),
        "a file or a mapping",
    ),
    "spool": (_is_folder, "a folder or 'off'"),
    "tracer_provider": (lambda value: value is None or hasattr(value, "get_tracer"), "a `TracerProvider`"),
    "console": (
        lambda value: value in (True, False, "stdout") or hasattr(value, "print"),
        "True, False, 'stdout' or a `rich.console.Console`",
    ),
    "meter_provider": (
        lambda value: value in (None, "global") or hasattr(value, "get_meter"),
        "a `MeterProvider` or 'global'",
    ),
    "metrics": (lambda value: isinstance(value, bool | None), "True, False or None"),
    "enabled": (lambda value: isinstance(value, bool), "True or False"),
    "capture_content": (lambda value: isinstance(value, bool), "True or False"),
}

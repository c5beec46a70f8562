"""Spoil JSON the way providers, proxies and users do: wrong types, holes, doubles, depth, and worse."""

from __future__ import annotations

import decimal
import random
from collections.abc import Callable
from typing import Any


class Hostile:
    """Raises whatever is asked of it."""

    def _raise(self, *_: object) -> Any:
        raise RuntimeError("hostile")

    __bool__ = __eq__ = __len__ = __iter__ = __str__ = __repr__ = __int__ = __getitem__ = __contains__ = _raise
    __hash__ = object.__hash__


def _deep() -> Any:
    value: Any = "end"
    for _ in range(3000):
        value = [value]
    return value


def _cycle() -> Any:
    value: dict[str, Any] = {"type": "text", "text": "round"}
    value["content"] = value["message"] = value["delta"] = value["items"] = [value, value]
    return value


JUNK: tuple[Callable[[], Any], ...] = (
    lambda: None,
    lambda: "",
    lambda: "text",
    lambda: "\ud800",
    lambda: "[" * 5000,
    lambda: '{"a": ' * 500,
    lambda: 0,
    lambda: -1,
    lambda: True,
    lambda: 3.7,
    lambda: float("nan"),
    lambda: float("-inf"),
    lambda: 10**400,
    list,
    dict,
    lambda: [None, 3, [], {}],
    lambda: {"type": "text", "text": 3},
    lambda: {3: "number for a key", None: "and none"},
    lambda: b"\xff\x00",
    lambda: {1, 2},
    lambda: decimal.Decimal("0.1"),
    lambda: dict,
    lambda: (value for value in "abc"),
    Hostile,
    object,
    _deep,
    _cycle,
)


def mutated(value: Any, rng: random.Random, blows: int) -> Any:
    """A copy with `blows` things wrong in it."""
    whole = [_copy(value)]
    for _ in range(blows):
        _strike(whole, rng)
    return whole[0]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _strike(whole: list[Any], rng: random.Random) -> None:
    """Walk down a random way, and spoil the place where it ends."""
    holder: Any = whole
    key: Any = 0
    for _ in range(12):
        inside = holder[key]
        if not isinstance(inside, (dict, list)) or not inside or rng.random() < 0.12:
            break
        holder, key = inside, rng.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
    _spoil(holder, key, rng)


def _spoil(holder: Any, key: Any, rng: random.Random) -> None:
    match rng.randrange(7):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, holder[key])
        case 2:
            holder[key] = [holder[key]]
        case 3:
            holder[key] = {"value": holder[key]}
        case 4 if isinstance(holder[key], str):
            holder[key] = holder[key][: rng.randrange(len(holder[key]) + 1)]
        case 5 if isinstance(holder, list):
            rng.shuffle(holder)
        case _:
            holder[key] = rng.choice(JUNK)()

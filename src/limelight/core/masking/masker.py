"""The choke point: strings, JSON, records and attributes go in, and come out without secrets."""

from __future__ import annotations

import dataclasses
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from limelight.core.masking.fields import headers, named, secret_kind
from limelight.core.masking.keys import keys
from limelight.core.masking.places import private_keys, urls
from limelight.core.masking.spans import Finder, found, merged
from limelight.core.model import JSON, NOTHING, Cost, Media, Message, Record, Text, Timing, Usage

Level: TypeAlias = Literal["secrets", "pii"]
Mask: TypeAlias = Callable[[str], str]
"""A function of the user's own.  What it raises is not caught here: the caller drops the content then."""
Judge: TypeAlias = Callable[[str, str], str | None]
"""(key, value beneath it) -> what the value is."""
_T = TypeVar("_T")

SECRETS: tuple[Finder, ...] = (keys, named, headers, urls, private_keys)
SHORTEST = 6
"""No finder sees anything in fewer characters."""
MAX_SMALL, MAX_COUNT = 999_999, 99_999_999_999
"""No telephone number is smaller, and no card number."""
MAX_ROUNDS = 4
"""What was glued to a secret stands free once that is gone, and is looked at again."""
MAX_DEPTH = 100
ENTRY_BYTES = 200
"""What remembering a text costs beside the text."""
CACHE_BYTES = 4 * 1024 * 1024
"""Remembered texts are half of this at least and this at most."""


class Masker:
    """Masks by level (`secrets`, `pii` which includes it), by the user's functions, or by a list of both.

    Functions run after the levels, in the order given, and once for equal texts.
    """

    __slots__ = ("_bytes", "_finders", "_judges", "_masks", "_old", "_young", "counts", "dropped", "seen")

    def __init__(self, levels: Level | Mask | Sequence[Level | Mask] = "secrets") -> None:
        given = [levels] if isinstance(levels, str) or callable(levels) else list(levels)
        for level in given:
            if not callable(level) and level not in get_args(Level):
                raise ValueError(f"`mask` must be `secrets`, `pii`, a function, or a list of these, got {level!r}")
        self._finders, self._judges = _finders({level for level in given if isinstance(level, str)})
        self._masks = tuple(level for level in given if callable(level))
        self.seen = 0
        """Texts looked at."""
        self.counts: Counter[str] = Counter()
        """What was masked, by kind."""
        self.dropped = 0
        """What its callers threw away because masking it had failed; they count it here."""
        self._young: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._old: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._bytes = 0

    def stats(self) -> dict[str, Any]:
        """Texts looked at, what was masked in them by kind, and what was thrown away because masking failed: JSON."""
        return {"seen": self.seen, "masked": dict(self.counts), "dropped": self.dropped}

    def text(self, text: str) -> str:
        """The text with `[REDACTED:kind]` for all that was found."""
        self.seen += 1
        if len(text) < SHORTEST and not self._masks:
            return text
        masked, kinds = self._remembered(text)
        if not kinds:
            return text  # the same object, which tells `record` that nothing changed
        self.counts.update(kinds)
        return masked

    def value(self, value: JSON, depth: int = 0) -> JSON:
        """JSON-like data; a string under a key such as `api_key` is masked whatever it looks like."""
        if isinstance(value, str):  # nearly all of it
            return self.text(value)
        match value:
            case Mapping():
                return {self._key(key): self._under(key, item, depth) for key, item in value.items()}
            case list() | tuple():
                if depth > MAX_DEPTH:
                    return self._redacted("too_deep")
                items = [self.value(item, depth + 1) for item in value]
                return tuple(items) if isinstance(value, tuple) else items
            case bytes():
                return self._bytes_masked(value)
            case int() if value > MAX_COUNT:
                return self._number("", value)
            case _:
                return value

    def record(self, record: Record) -> Record:
        """Every string in a record, whatever field it stands in; base64 of media excepted."""
        return self._dataclass(record)

    def attributes(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Attributes of a span or an event, anybody's: keys and values."""
        return {self._key(key): self._under(key, value, 0) for key, value in attributes.items()}

    def _key(self, key: Any) -> Any:
        return self.text(key) if isinstance(key, str) and len(key) >= SHORTEST else key

    def _under(self, key: Any, value: Any, depth: int) -> Any:
        """A value, judged also by the key it stands under."""
        if depth > MAX_DEPTH:
            return self._redacted("too_deep")
        if not isinstance(key, str):
            return self.value(value, depth + 1)
        if type(value) is str:
            if kind := self._judged(key, value):
                self.seen += 1
                return self._redacted(kind)
            return self.text(value)
        if isinstance(value, (list, tuple)):
            items = [self._under(key, item, depth + 1) for item in value]
            return tuple(items) if isinstance(value, tuple) else items
        if type(value) is int and value > MAX_SMALL:
            return self._number(key, value)
        return self.value(value, depth + 1)

    def _number(self, key: str, value: int) -> JSON:
        """Somebody's number need not be in quotes."""
        kind = self._judged(key, str(value))
        return self._redacted(kind) if kind else value

    def _judged(self, key: str, value: str) -> str | None:
        """What it is by what it is called."""
        for judge in self._judges:
            if kind := judge(key, value):
                return kind
        return None

    def _redacted(self, kind: str) -> str:
        self.counts[kind] += 1
        return f"[REDACTED:{kind}]"

    def _bytes_masked(self, value: bytes) -> bytes:
        return self.text(value.decode("latin-1")).encode("latin-1", "replace")

    def _dataclass(self, value: _T) -> _T:
        changed = None
        for name in _fields(type(value)):
            before = getattr(value, name)
            if not before or type(before) in _WORDLESS or before is NOTHING:
                continue
            after = self._any(before)
            if after is not before:
                changed = {**(changed or {}), name: after}
        return dataclasses.replace(value, **changed) if changed else value  # type: ignore[type-var]

    def _any(self, value: Any) -> Any:
        """Keeps an unchanged value itself, so that a record without secrets is not built anew."""
        kind = type(value)
        if kind is str:
            if (known := self._young.get(value)) is not None and not known[1]:
                self.seen += 1
                return value
            return value if value.startswith("data:") and ";base64," in value[:100] else self.text(value)
        if kind is tuple:
            return self._tuple(value) if value else value
        if kind in _WORDLESS or (kind is Message and self._is_clean(value)):
            return value
        if kind in _FIELDS or hasattr(kind, "__dataclass_fields__"):
            return self._dataclass(value)
        if isinstance(value, (Mapping, list)):
            masked = self.value(value) if value else value
            return value if masked == value else masked
        return self.value(value)

    def _is_clean(self, message: Message) -> bool:
        """Is it one text that was looked at before, like nearly every message of a history?"""
        if len(message.parts) != 1 or message.name or message.finish_reason:
            return False
        (part,) = message.parts
        if type(part) is not Text or part.citations:
            return False
        self.seen += 1
        known = self._young.get(part.content)
        return known is not None and not known[1]

    def _tuple(self, value: tuple[Any, ...]) -> tuple[Any, ...]:
        items = [self._any(item) for item in value]
        return value if all(map(operator.is_, items, value)) else tuple(items)

    def _remembered(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Two generations of texts that were masked before: agents send their history again and again.

        Threads may share it: the worst that a race costs is a text masked twice.
        """
        known = self._young.get(text)
        if known is None:
            known = self._old.get(text) or self._mask(text)
            size = ENTRY_BYTES + text.__sizeof__() + (0 if known[0] is text else known[0].__sizeof__())
            self._bytes += size
            if self._bytes > CACHE_BYTES // 2:
                self._old, self._young, self._bytes = self._young, {}, size
            if size <= CACHE_BYTES // 2:
                self._young[text] = known
        return known

    def _mask(self, text: str) -> tuple[str, tuple[str, ...]]:
        masked, kinds = text, list[str]()
        rounds, spans = 1, merged(found(masked, self._finders))
        while spans and rounds <= MAX_ROUNDS:
            masked = _replaced(masked, spans)
            kinds += [kind for _, _, kind in spans]
            rounds, spans = rounds + 1, merged(found(masked, self._finders))
        for mask in self._masks:
            before, masked = masked, mask(masked)
            if not isinstance(masked, str):
                raise TypeError(f"a `mask` function must return a string, got {type(masked).__name__}")
            kinds += ["custom"] if masked != before else []
        return masked, tuple(kinds)


def _finders(levels: set[str]) -> tuple[tuple[Finder, ...], tuple[Judge, ...]]:
    if "pii" not in levels:
        return (SECRETS, (secret_kind,)) if levels else ((), ())
    from limelight.core.masking.personal import PERSONAL, personal_kind  # brings `ipaddress`, which few need

    return SECRETS + PERSONAL, (secret_kind, personal_kind)


def _replaced(text: str, spans: list[tuple[int, int, str]]) -> str:
    pieces, last = [], 0
    for start, end, kind in spans:
        pieces += [text[last:start], f"[REDACTED:{kind}]"]
        last = end
    return "".join([*pieces, text[last:]])


_WORDLESS = frozenset({type(None), bool, int, float, Usage, Timing, Cost})
"""Types that hold numbers only, or our own words: most fields of most records."""
_OWN_WORDS: Mapping[type, Sequence[str]] = {Media: ("content",), Record: ("kind", "outcome"), Message: ("role",)}
"""Fields that need no look: base64, and words from our own lists."""
_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields(kind: type) -> tuple[str, ...]:
    """The fields to look at."""
    found = _FIELDS.get(kind)
    if found is None:
        skipped = _OWN_WORDS.get(kind, ())
        found = _FIELDS[kind] = tuple(field.name for field in dataclasses.fields(kind) if field.name not in skipped)
    return found

"""Is what stands after `password=` a password, or code, a placeholder, a word about passwords?"""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"(?:[*x.•_#?\s-]+|[<{\[(}\]),;].*|\$[{(].*|\$[A-Z_]+|%\w*%?|(?:your|my|the|some|enter|insert)[-_ ].*|.*(?:your[-_ ]|placeholder|change[-_ ]?me|redacted).*"
    r"|none|null|nil|true|false|undefined|str|string|int|integer|number|bool|boolean|bytes|text|secret(?:str)?|any|object"
    r"|optional.*|required.*|password|passwd|token|api[-_]?key|key|env|hidden|file|header|bearer|basic)\Z",
    re.IGNORECASE | re.DOTALL,
)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:(?:\.|->|::)[A-Za-z_]\w*)*\Z")
_WORDS = re.compile(r"[a-z]+(?:[_.\- ][a-z]+)*\Z", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_SYMBOL = re.compile(r"[^\w\s.,:;/-]")
MAX_PASSWORD = 4_096
MAX_WORDS = 5
"""A pass phrase has no more; a sentence about passwords has."""


def is_password(value: str, *, quoted: bool) -> bool:
    """People choose passwords, so almost anything may be one; without quotes it must not look like code."""
    if not 3 <= len(value) <= MAX_PASSWORD or value.count(" ") >= MAX_WORDS or _PLACEHOLDER.match(value):
        return False
    return quoted or not _IDENTIFIER.match(value) or _is_mixed(value)


def is_key(value: str) -> bool:
    """Machines make keys and tokens: one long word with digits, or letters in no order."""
    if len(value) < 8 or any(space in value for space in " \n\t"):
        return False
    if len(value) > MAX_PASSWORD:
        return True
    if _PLACEHOLDER.match(value):
        return False
    return bool(_DIGIT.search(value)) or not _WORDS.match(value) or (len(value) >= 24 and value.isalpha())


def is_token(value: str) -> bool:
    """`token` is also the word for a piece of a prompt: only a long one with digits is a secret."""
    return len(value) >= 12 and _DIGIT.search(value) is not None and not value.isdigit() and is_key(value)


def _is_mixed(value: str) -> bool:
    """Does it hold a digit or a sign within one word, as chosen passwords do and names in code rarely?"""
    return "." not in value and bool(_DIGIT.search(value) or _SYMBOL.search(value))

"""Secrets that are known by the name beside them: `password=…`, `"api_key": "…"`, `Authorization: …`, cookies."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterator

from limelight.core.masking.plausible import is_key, is_password, is_token
from limelight.core.masking.spans import Span, positions

_NAMES = (b"pass", b"pwd", b"secret", b"token", b"key", b"credential")
_KEY_WORDS = (
    b"api", b"access", b"secret", b"private", b"account", b"subscription", b"auth", b"encryption", b"signing", b"master",
    b"service", b"client", b"admin", b"license", b"session", b"deploy", b"webhook", b"consumer", b"storage",
)  # fmt: skip
"""Words that make a key a secret one: a `cache_key` is none."""
MAX_VALUE = 4096
"""So much of a value in quotes is looked at; if that is secret, so is the rest."""
MAX_LOOK = 256
"""Of a value without."""
_FIELD = re.compile(
    r"(?P<name>pass(?:word|wd|phrase|code)s?|(?<=[_-])pass|pwd|secrets?|tokens?|keys?|credentials?)"
    r"(?:[_-]?(?:access|key|token|value|secret|id|base64|string|hash|\d{1,3})){0,3}"
    r"(?:\\{0,6}[\"'`]?\]?[ \t]{0,8}(?P<sep>:\s{0,4}[A-Za-z_][\w.|\[\]]{0,40}\s{0,4}=(?!=)|=>|:=|={1,3}|:)\s{0,8}|(?P<tag>>)|(?P<cli>[ ]))"
    r"(?:[fbruFBRU]{0,2}(?P<quote>\\{0,6}[\"'`]))?",
    re.IGNORECASE,
)
_COUNT = re.compile(
    rb"tokens?(?:_[a-z]{1,16}){0,2}\\{0,6}[\"']?\s?[:=]\s{0,4}(?:[0-9]{1,11}(?![\w.-])|[{\[]|null)|tokens?[ .,;]"
)
"""Tokens of a model, which are counted."""
_BARE = re.compile(rf"[^\s\"'`,;&<>(){{}}\[\]\\|]{{3,{MAX_LOOK}}}")
_BARE_REST = re.compile(r"[^\s\"'`,;&<>(){}\[\]\\|]{0,16384}")
_SCHEME = r"(?:bearer|basic|token|apikey|api-key|key|negotiate|sharedkey)\s{1,4}"
_SIGNED = r"(?:aws4-hmac-sha256\s[^\n\"]{6,4096}|digest\s[^\n]{6,4096})"
_HEADER = re.compile(
    r"authorization\\{0,6}[\"'`]?\]?[ \t]{0,8}[:=]\s{0,8}\[?(?:\\{0,6}[\"'`])?"
    rf"(?P<value>{_SIGNED}|{_SCHEME}[^\s\"'`\\,]{{6,16384}}|[^\s\"'`\\,]{{8,16384}})",
    re.IGNORECASE,
)
_AUTHORIZED = re.compile(rf"(?:{_SIGNED}|(?:{_SCHEME})?(?P<word>\S{{6,16384}})\Z)", re.IGNORECASE)
_COOKIE = re.compile(
    r"cookies?\\{0,6}[\"'`]?[ \t]{0,8}[:=]\s{0,8}\[?(?:\\{0,6}[\"'`])?(?P<value>[\w.-]{1,64}=[^\n\"'`\\]{4,4096})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"bearer\s{1,4}(?P<value>[A-Za-z0-9._~+/-]{12,16384}={0,2})", re.IGNORECASE)
_BASIC = re.compile(r"basic\s{1,4}(?P<value>[A-Za-z0-9+/]{4,2048}={0,2})", re.IGNORECASE)
_SIGNATURE = re.compile(r"(?<=[?&])sig=(?P<value>[A-Za-z0-9%+/_=-]{16,512})", re.IGNORECASE)

_SECRET_NAMES = (
    "apikey", "accesskey", "secretkey", "privatekey", "accountkey", "subscriptionkey", "authkey", "encryptionkey", "signingkey",
    "masterkey", "sharedaccesskey", "accesstoken", "refreshtoken", "idtoken", "authtoken", "sessiontoken", "bearertoken",
    "bottoken", "clientsecret", "secretaccesskey", "appsecret", "signingsecret", "webhooksecret", "connectionstring",
)  # fmt: skip
_PASSWORD_NAMES = ("password", "passwd", "pwd", "passphrase", "passcode")
_HEADER_NAMES = ("authorization", "cookie", "setcookie", "xauth")
_SQUEEZE = str.maketrans("", "", "_- ")


def named(text: str, window: bytes, start: int) -> Iterator[Span]:
    """Values after a name that makes them secret."""
    for name in _NAMES:
        done = 0
        for at in positions(window, name):
            if start + at < done or (name == b"key" and not _is_secret_key(window, at)):
                continue
            if name == b"token" and _COUNT.match(window, at):
                continue
            if span := _after_name(text, start + at):
                done = span[1]
                yield span


def headers(text: str, window: bytes, start: int) -> Iterator[Span]:
    """`Authorization`, bearer and basic tokens, cookies, signed URLs."""
    for literal, pattern, kind, holds in _HEADERS:
        done = 0
        for at in positions(window, literal):
            match = pattern.match(text, start + at) if start + at >= done else None
            if match and holds(match["value"]):
                done = match.end()
                yield *match.span("value"), kind


def secret_kind(key: str, value: str) -> str | None:
    """What `value` is, judged by the key it is stored under in a table; None: nothing secret."""
    match _promised(key[-MAX_NAME:]):
        case "password":
            return "password" if is_password(value, quoted=True) else None
        case "key":
            return "credential" if is_key(value) else None
        case "token":
            return "credential" if is_token(value) else None
        case "header":
            return "authorization" if _is_authorization(value) or _COOKIE.match("cookie:" + value) else None
        case _:
            return None


MAX_NAME = 64


@functools.lru_cache(1024)
def _promised(key: str) -> str | None:
    """What a key says of its value.  Tables have the same keys again and again."""
    name = key.rsplit(".", 1)[-1].translate(_SQUEEZE).lower()
    if name.endswith(_PASSWORD_NAMES):
        return "password"
    if name.endswith(_SECRET_NAMES) or name in ("secret", "credentials", "credential"):
        return "key"
    if name.endswith("token"):
        return "token"
    return "header" if name.endswith(_HEADER_NAMES) else None


def _is_secret_key(window: bytes, at: int) -> bool:
    before = window[max(0, at - 14) : at]
    return before.rstrip(b"_- .").endswith(_KEY_WORDS) or before[-1:] in (b"?", b"&")


def _after_name(text: str, at: int) -> Span | None:
    match = _FIELD.match(text, at)
    if not match or (match["cli"] and not _is_option(text, at)):
        return None
    start, quote = match.end(), match["quote"]
    end = _closing(text, start, quote) if quote else _bare_end(text, start)
    kind = _kind(match["name"].lower(), text[start:end], quoted=bool(quote))
    if kind and end - start >= (MAX_VALUE if quote else MAX_LOOK):
        end = _rest_end(text, end)
    return (start, end, kind) if kind else None


def _kind(name: str, value: str, *, quoted: bool) -> str | None:
    if name.startswith(("pass", "pwd")):
        return "password" if is_password(value, quoted=quoted) else None
    if name.startswith("token"):
        return "credential" if is_token(value) else None
    return "credential" if is_key(value) and (quoted or any(map(str.isdigit, value))) else None


def _is_option(text: str, at: int) -> bool:
    """Does the name belong to `--some-option` of a command line?"""
    dashes = text.rfind("--", max(0, at - 24), at)
    return (dashes >= 0 and text[dashes:at].replace("-", "").replace("_", "").isalnum()) or text[at - 2 : at] == "--"


def _closing(text: str, start: int, quote: str) -> int:
    """Where a quoted value ends: at its quote, else at the line's end."""
    end = text.find(quote, start, start + MAX_VALUE)
    for _ in range(8):
        if end < 0 or len(quote) > 1 or text[end - 1] != "\\" or end == start:
            break
        end = text.find(quote, end + 1, start + MAX_VALUE)
    if end < 0:
        end = text.find("\n", start, start + MAX_VALUE)
    return end if end >= 0 else min(len(text), start + MAX_VALUE)


def _bare_end(text: str, start: int) -> int:
    """Where a value without quotes ends; at its start where it is a call or a name in code."""
    match = _BARE.match(text, start)
    if not match:
        return start
    end = match.end()
    while text[end - 1] in ".:!?" and end > start:
        end -= 1
    value, after = text[start:end], text[end : end + 1]
    is_argument = after in (",", ")") and value.isidentifier() and not any(map(str.isdigit, value))
    return start if after in ("(", "[") or is_argument else end


def _rest_end(text: str, end: int) -> int:
    rest = _BARE_REST.match(text, end)
    return rest.end() if rest else end


def _is_authorization(value: str) -> bool:
    match = _AUTHORIZED.match(value)
    return match is not None and (match["word"] is None or is_key(match["word"]))


def _is_bearer(value: str) -> bool:
    return is_token(value) or (len(value) >= 24 and is_key(value))


def _is_basic(value: str) -> bool:
    """Base64 of `user:password`, not a word that follows «basic»."""
    try:
        plain = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in plain and plain.isascii() and plain.decode("ascii").isprintable()


def _always(value: str) -> bool:
    return bool(value)


_HEADERS = (
    (b"authorization", _HEADER, "authorization", _is_authorization),
    (b"bearer", _BEARER, "bearer_token", _is_bearer),
    (b"basic", _BASIC, "basic_auth", _is_basic),
    (b"cookie", _COOKIE, "cookie", _always),
    (b"sig=", _SIGNATURE, "signature", _always),
)

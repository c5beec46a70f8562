"""Secrets in URLs, and private keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from limelight.core.masking.plausible import is_password, is_token
from limelight.core.masking.spans import Span, positions

_USERINFO = re.compile(r"://(?P<user>[^\s/@:\"'`<>\\?#]{0,256})(?::(?P<password>[^\s/\"'`<>\\?#]{1,512}))?@")
_WEBHOOK = re.compile(
    r"://(?:hooks\.slack\.com/(?:services|workflows|triggers)/|(?:\w{1,12}\.)?discord(?:app)?\.com/api/webhooks/"
    r"|[\w.-]{1,99}\.webhook\.office\.com/webhookb2/)(?P<path>[\w./@-]{8,512})",
    re.IGNORECASE,
)
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", re.IGNORECASE)
_PEM_BODY = re.compile(r"(?:[A-Za-z0-9+/=\s:,.-]|\\{1,8}[nr]){0,32768}")
MAX_PEM = 32_768


def urls(text: str, window: bytes, start: int) -> Iterator[Span]:
    """Passwords and tokens before the host, and paths that are a key in themselves."""
    for at in positions(window, b"://"):
        if match := _USERINFO.match(text, start + at):
            password = match["password"]
            if password is not None and is_password(password, quoted=True):
                yield *match.span("password"), "url_password"
            elif password is None and is_token(match["user"]):
                yield *match.span("user"), "url_password"
        if b"webhook" in window[at : at + 120] or window.startswith(b"hooks.slack", at + 3):
            webhook = _WEBHOOK.match(text, start + at)
            if webhook:
                yield *webhook.span("path"), "webhook"


def private_keys(text: str, window: bytes, start: int) -> Iterator[Span]:
    """PEM blocks, whole or cut off, with real or escaped line ends."""
    done = 0
    for at in positions(window, b"-----begin "):
        match = _PEM.match(text, start + at) if start + at >= done else None
        if match:
            done = _pem_end(text, match.end())
            yield match.start(), done, "private_key"


def _pem_end(text: str, start: int) -> int:
    end = text.find("-----END", start, start + MAX_PEM)
    if end < 0:
        body = _PEM_BODY.match(text, start)
        return body.end() if body else start
    closing = text.find("-----", end + 8, end + 80)
    return closing + 5 if closing >= 0 else end + 8

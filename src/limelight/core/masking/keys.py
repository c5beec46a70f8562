"""Keys and tokens that say themselves what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from limelight.core.masking.spans import Span

_SHAPES = {
    "anthropic_key": r"sk-ant-[\w-]{10,}",
    "openrouter_key": r"sk-or-(?:v\d-)?[\w-]{16,}",
    "openai_key": r"sk-(?:(?:proj|svcacct|admin|None)-[\w-]{12,}|(?=[\w-]{0,99}\d)(?=[\w-]{0,99}[A-Z]|[\w-]{0,99}[a-z0-9]{12})[\w-]{16,})",
    "google_api_key": r"AIza[\w-]{30,}",
    "google_oauth": r"(?:ya29\.[\w.-]{15,}[\w-]|GOCSPX-[\w-]{16,})",
    "github_token": r"(?:gh[opsur]_[A-Za-z0-9_]{20,}|github_pat_\w{20,})",
    "gitlab_token": r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[\w.-]{15,}[\w-]",
    "slack_token": r"(?:xox[a-z](?:\.xox[a-z])?-[\w-]{10,}|xapp-[\w-]{12,})",
    "aws_access_key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    "jwt": r"eyJ[\w-]{8,1024}\.eyJ[\w-]{4,}(?:\.[\w-]+){0,3}",
    "stripe_key": r"(?:(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[\w-]{16,})",
    "huggingface_token": r"(?:hf_|api_org_)[A-Za-z0-9]{20,}",
    "groq_key": r"gsk_[A-Za-z0-9]{20,}",
    "npm_token": r"npm_[A-Za-z0-9]{20,}",
    "pypi_token": r"pypi-[\w-]{20,}",
    "sendgrid_key": r"SG\.[\w-]{16,99}\.[\w-]{16,}",
    "twilio_key": r"SK[0-9a-f]{32}(?![A-Za-z0-9])",
    "telegram_token": r"(?<=\d:)AA[\w-]{30,}",
    "xai_key": r"xai-[A-Za-z0-9]{20,}",
    "perplexity_key": r"pplx-[A-Za-z0-9]{20,}",
    "replicate_token": r"r8_[A-Za-z0-9]{20,}",
    "nvidia_key": r"nvapi-[\w-]{20,}",
    "together_key": r"tgp_v1_[\w-]{20,}",
    "fireworks_key": r"fw_[A-Za-z0-9]{20,}",
    "langsmith_key": r"(?:lsv2_[a-z]{2}_|ls__)\w{20,}",
    "databricks_token": r"dapi[0-9a-f]{32}",
    "digitalocean_token": r"do[opr]_v1_[0-9a-f]{32,}",
    "docker_token": r"dckr_[a-z]{3}_[\w-]{20,}",
    "shopify_token": r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "mailgun_key": r"key-[0-9a-f]{32}",
    "linear_key": r"lin_(?:api|oauth)_[A-Za-z0-9]{20,}",
    "notion_token": r"(?:ntn_[A-Za-z0-9]{20,}|secret_[A-Za-z0-9]{40,})",
    "figma_token": r"fig[du]_[\w-]{20,}",
    "newrelic_key": r"NR(?:AK|II|JS)-[\w-]{20,}",
    "square_token": r"sq0(?:atp|csp|idp)-[\w-]{20,}",
    "supabase_key": r"sb[ps]_[\w-]{20,}",
    "postman_key": r"PMAK-[\w-]{20,}",
    "age_key": r"AGE-SECRET-KEY-1[A-Z0-9]{50,}",
}
_KEY = re.compile("|".join(f"(?P<{kind}>{shape})" for kind, shape in _SHAPES.items()), re.ASCII)
_STARTS = (
    "sk-", "sk_live", "sk_test", "rk_live", "rk_test", "pk_live", "pk_test", "aiza", "ya29.", "gocspx-", "gho_", "ghp_", "ghs_",
    "ghu_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-", "xox", "xapp-",
    "akia", "asia", "abia", "acca", "eyj", "whsec_", "hf_", "api_org_", "gsk_", "npm_", "pypi-", "sg.", "xai-", "pplx-", "r8_", "nvapi-",
    "tgp_v1_", "fw_", "lsv2_", "ls__", "dapi", "dop_v1_", "dor_v1_", "doo_v1_", "dckr_", "shpat_", "shpca_", "shppa_", "shpss_", "key-",
    "lin_", "ntn_", "secret_", "figd_", "figu_", "nrak-", "nrii-", "nrjs-", "sq0", "sbp_", "sbs_", "pmak-", "age-secret",
)  # fmt: skip
"""How the shapes begin, in lower case."""
_TWO = frozenset(start[:2].encode() for start in (*_STARTS, "sk", "aa"))
"""Twilio's and Telegram's keys have no more of a beginning, so they are looked for at the start of a run only."""


def _any_of(starts: tuple[str, ...]) -> str:
    """One pattern for all of them, which decides by their first letter."""
    first: dict[str, list[str]] = {}
    for start in sorted(starts):
        first.setdefault(start[0], []).append(re.escape(start[1:]))
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in first.items())


_INNER = re.compile(f"[-_.](?={_any_of(_STARTS)})".encode())
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_JWT_HEADER = 1_100
_NEAR = 200
"""How far from an AWS key id its secret is looked for."""

_RUN = b"a" * 20
"""No known key is shorter."""
_TO_RUNS = bytes(
    97 if chr(code).isascii() and (chr(code).isalnum() or chr(code) in "_-.") else 32 for code in range(256)
)


def keys(text: str, window: bytes, start: int) -> Iterator[Span]:
    """Look for keys in the long runs of letters, digits, `_`, `-` and `.`: prose has hardly any."""
    runs = window.translate(_TO_RUNS)
    at, done = runs.find(_RUN), 0
    while at >= 0:
        end = runs.find(b" ", at)
        stop = end if end >= 0 else len(window)
        if start and not at and _in_word(text, start):
            at = 1  # goes on from the window before, which has looked at its start
        if window[at : at + 2] in _TWO or window[at - 1 : at] == b"\\" or _INNER.search(window, at, stop):
            for place in _starts(window, at, stop):
                for span in _row(text, start + place) if start + place >= done else ():
                    done = max(done, span[1])
                    yield span
        at = runs.find(_RUN, stop)


def _starts(window: bytes, at: int, stop: int) -> Iterator[int]:
    """Where in a run a key may start: at its start, after a sign, or after the `n` of an escaped line end."""
    if window[at : at + 2] in _TWO:
        yield at
    if window[at - 1 : at] == b"\\" and window[at + 1 : at + 3] in _TWO:
        yield at + 1
    for sign in _INNER.finditer(window, at, stop):
        yield sign.end()


def _in_word(text: str, at: int) -> bool:
    return text[at - 1].isascii() and text[at - 1].isalnum()


def _row(text: str, at: int) -> Iterator[Span]:
    """The key at that place, and those that follow it without a gap."""
    while at >= 0:
        spans = list(_at(text, at))
        at = spans[0][1] if spans else -1
        yield from spans


def _at(text: str, at: int) -> Iterator[Span]:
    if text.startswith("eyJ", at) and text.find(".eyJ", at, at + _JWT_HEADER) < 0:
        return
    match = _KEY.match(text, at)
    if match is None:
        return
    kind = match.lastgroup or "key"
    yield at, match.end(), kind
    if kind == "aws_access_key":
        yield from _near_aws_id(text, max(0, at - _NEAR), match.end() + _NEAR)


def _near_aws_id(text: str, start: int, stop: int) -> Iterator[Span]:
    for match in _AWS_SECRET.finditer(text, start, stop):
        found = match.group()
        if not found.islower() and not found.isupper() and any(map(str.isdigit, found)):
            yield *match.span(), "aws_secret_key"

"""Personal data: e-mail addresses, telephone and card numbers, SSN, IBAN, IP addresses; each one validated."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from limelight.core.masking.spans import Finder, Span, folded, positions

_LOCAL = re.compile(r"[\w.%+'-]{1,64}")
_DOMAIN = re.compile(r"(?:@|%40)(?:[^\W_](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_DIGITS_AND_SIGNS = re.compile(rb"[+(0-9][ ()/.+0-9-]{5,60}[0-9]")
_FLOAT = re.compile(rb"\d*\.\d+\Z")
_NO_SIGNS = str.maketrans("", "", " ()/.+-")
_NUMBER = re.compile(r"(?<![\w.,-])[+(]{0,2}\d(?:[ ()/.-]{0,3}\d){6,24}(?![\w%]|[.,]\d|-\w)")
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\)[ .-]?|[2-9]\d\d[ .-])\d{3}[ .-]?\d{4}\Z")
_NATIONAL = re.compile(r"\(?0[1-9]\d{0,4}\)?(?:[ /-]\d{2,8}){1,5}\Z|0[1-9](?:\.\d\d){4}\Z")
_ABROAD = re.compile(r"00[1-9]\d{0,2}(?:[ ./-]\(?\d{1,8}\)?){2,6}\Z")
"""`00` in place of `+`; without a gap it may be any number with zeros before it."""
_SSN = re.compile(r"(?!000|666|9)\d{3}([ -])(?!00)\d\d\1(?!0000)\d{4}\Z")
_ABOUT_PHONES = re.compile(
    rb"phone|telefon|(?<![a-z])(?:tel|mobile|handy|cell|fax|whatsapp|sms)(?![a-z])|(?:call|text|ring|reach)\s(?:me|us|him|her|them)\b"
)
_ABOUT_SSN = re.compile(rb"ssn|social.{0,3}security", re.DOTALL)
_CARD = re.compile(
    r"(?:4\d{12}(?:\d{3}|\d{6})?|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11})\Z"
)
_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22,
    "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30,
    "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
_IPV4 = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
_IPV6 = re.compile(r"[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])")
_DOTS, _COLONS = re.compile(rb"\.(?=[0-9]{1,3}\.[0-9])"), re.compile(rb":(?=[0-9a-f]{0,4}:)")
_TO_SHAPES = bytes(48 if 48 <= code < 58 else 97 if 97 <= code < 123 else 32 for code in range(256))
_HEX = frozenset("0123456789abcdefABCDEF")
MAX_NUMBER = 40
_BEFORE = 32
"""How far back a word may stand that says what a number is."""


def emails(text: str, window: bytes, start: int) -> Iterator[Span]:
    for sign in (b"@", b"%40"):
        for at in positions(window, sign):
            domain = _DOMAIN.match(text, start + at)
            local = _LOCAL.match(text[max(0, start + at - 64) : start + at][::-1])
            if domain and local:
                yield start + at - local.end(), domain.end(), "email"


def numbers(text: str, window: bytes, start: int) -> Iterator[Span]:
    """Telephone, card and social security numbers: each is a number with few signs in it."""
    for place in _DIGITS_AND_SIGNS.finditer(window):
        if _FLOAT.match(place.group()):
            continue
        for match in _NUMBER.finditer(text, start + place.start(), start + place.end()):
            kind = _number_kind(match.group(), text, match.start())
            if kind:
                yield *match.span(), kind


def ibans(text: str, window: bytes, start: int) -> Iterator[Span]:
    shapes = b" " + window.translate(_TO_SHAPES)
    for at in positions(shapes, b" aa00"):
        begin = start + at
        if begin and text[begin - 1].isalnum():
            continue
        length = _IBAN_LENGTH.get(text[begin : begin + 2].upper())
        end = _iban_end(text, begin, length) if length else None
        if end:
            yield begin, end, "iban"


def addresses(text: str, window: bytes, start: int) -> Iterator[Span]:
    """IP addresses but for those that name no machine in particular: loopback, unspecified, broadcast."""
    for signs, pattern in ((_DOTS, _IPV4), (_COLONS, _IPV6)):
        for place in signs.finditer(window):
            yield from _address(text, start + place.start(), pattern)


def personal_kind(key: str, value: str) -> str | None:
    """What a number in a table is, judged also by the key it is stored under."""
    if len(value) > MAX_NUMBER or not value.translate(_NO_SIGNS).isdecimal():
        return None
    return _number_kind(value, f"{key[-_BEFORE + 1 :]} {value}", min(len(key), _BEFORE - 1) + 1)


def _address(text: str, sign: int, pattern: re.Pattern[str]) -> Iterator[Span]:
    """The address whose first `.` or `:` stands at `sign`."""
    begin = sign
    while begin > 0 and sign - begin < 4 and text[begin - 1] in _HEX:
        begin -= 1
    if begin and (text[begin - 1].isalnum() or text[begin - 1] in "_.:-"):
        return
    match = pattern.match(text, begin)
    if not match:
        return
    found = match.group().rstrip(":") if not match.group().endswith("::") else match.group()
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return
    nobody = address.is_loopback or address.is_unspecified or found == "255.255.255.255"
    if not nobody and any(map(str.isdigit, found)):
        yield begin, begin + len(found), "ip_address"


def _number_kind(number: str, text: str, at: int) -> str | None:
    digits = number.translate(_NO_SIGNS)
    size = len(digits)
    if size >= 12 and _CARD.match(digits) and _luhn(digits) and not set(number) - set("0123456789 -"):
        return "card_number"
    is_plain = size == len(number)
    if not is_plain and _SSN.match(number):
        return "ssn"
    if not is_plain and _is_phone(number, digits):
        return "phone"
    if 7 <= size <= 15:
        before = folded(text[max(0, at - _BEFORE) : at])
        if size == 9 and _ABOUT_SSN.search(before):
            return "ssn"
        return "phone" if len(set(digits)) >= 3 and _ABOUT_PHONES.search(before) else None
    return None


def _is_phone(number: str, digits: str) -> bool:
    """Is it written as telephone numbers are?"""
    if len(set(digits)) < 3:
        return False
    if number.startswith(("+", "(+")):
        return 8 <= len(digits) <= 15
    if _NORTH_AMERICAN.match(number) or (_NATIONAL.match(number) and 9 <= len(digits) <= 12):
        return True
    return bool(_ABROAD.match(number)) and 10 <= len(digits) <= 17


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _iban_end(text: str, start: int, length: int) -> int | None:
    """Where an IBAN of that length ends, if its check digits are right."""
    taken, at = "", start
    while len(taken) < length and at < len(text):
        if text[at].isascii() and text[at].isalnum():
            taken += text[at]
        elif text[at] not in " -" or text[at - 1] in " -":
            return None
        at += 1
    if len(taken) < length or text[at : at + 1].isalnum():
        return None
    rotated = taken[4:] + taken[:4]
    return at if int("".join(str(int(character, 36)) for character in rotated)) % 97 == 1 else None


PERSONAL: tuple[Finder, ...] = (emails, numbers, ibans, addresses)

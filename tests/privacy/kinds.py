"""The table of what must not leave: each kind in three spellings, every value made here and belonging to nobody.

Keys are put together from pieces at run time, so that nobody who searches the repository for secrets finds one.
"""

from __future__ import annotations

import base64
import json
import random
import string
from dataclasses import dataclass

ALNUM, HEX = string.ascii_letters + string.digits, "0123456789abcdef"
UPPER, URLSAFE = string.ascii_uppercase + string.digits, string.ascii_letters + string.digits + "-_"


@dataclass(frozen=True, slots=True)
class Spelling:
    kind: str
    text: str
    """As somebody writes it."""
    core: str
    """The part of it that must not be found afterwards."""


def made(seed: str, length: int, signs: str = ALNUM) -> str:
    """Always the same, and never without a digit and a letter near its start."""
    dice, letter = random.Random(seed), "A" if signs is UPPER else "a"
    return f"{dice.choice(signs)}7{letter}{''.join(dice.choices(signs, k=length))}"[: length - 2] + f"{letter}4"


def card(start: str, length: int) -> str:
    """A number with the right last digit (Luhn)."""
    digits = start + "".join(random.Random(start).choices(string.digits, k=length - len(start) - 1))
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(digits))]
    return digits + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def iban(country: str, account: str) -> str:
    """An account number with the right check digits (mod 97)."""
    number = "".join(str(int(sign, 36)) for sign in account + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def grouped(number: str, sign: str, *sizes: int) -> str:
    pieces, at = [], 0
    for size in sizes or (4,) * (-(-len(number) // 4)):
        pieces.append(number[at : at + size])
        at += size
    return sign.join(filter(None, pieces))


def _b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _keys() -> dict[str, tuple[str, ...]]:
    """Keys that say themselves what they are: three of each."""

    def tail(name: str, length: int, signs: str = ALNUM) -> list[str]:
        return [made(f"{name}{turn}", length, signs) for turn in range(3)]

    def after(start: str, length: int, signs: str = ALNUM) -> tuple[str, ...]:
        return tuple(start + end for end in tail(start, length, signs))

    jwts = [f"{_b64({'alg': 'HS256', 'typ': 'JWT'})}.{_b64({'sub': end, 'exp': 1})}.{end}" for end in tail("jwt", 43)]
    return {
        "OpenAI": ("sk-" + tail("sk", 48)[0], *after("sk-" + "proj-", 56, URLSAFE)[:2]),
        "Anthropic": after("sk-" + "ant-api03-", 95, URLSAFE),
        "OpenRouter": after("sk-" + "or-v1-", 64, HEX),
        "Google API": after("AI" + "za", 35, URLSAFE),
        "Google OAuth": ("ya29" + ".a0" + tail("ya", 60)[0], *after("GOC" + "SPX-", 28, URLSAFE)[:2]),
        "GitHub": after("gh" + "p_", 36),
        "GitHub, fine-grained": tuple(f"github_{'pat'}_{end[:22]}_{end[22:]}" for end in tail("ghf", 81)),
        "GitLab": after("gl" + "pat-", 20, URLSAFE),
        "Slack": (f"xox{'b'}-123456789012-{tail('sl', 24)[0]}", *after("xox" + "p-9", 40)[:2]),
        "Stripe": ("sk_" + "live_" + tail("st", 24)[0], "rk_" + "live_" + tail("st", 24)[1], "wh" + "sec_" + tail("st", 32)[2]),
        "AWS id": tuple("AK" + "IA" + end for end in tail("aws", 16, UPPER)),
        "JWT": tuple(jwts),
        "Hugging Face": after("h" + "f_", 34),
        "Groq": after("gs" + "k_", 52),
        "npm": after("np" + "m_", 36),
        "PyPI": tuple(f"pypi-{'AgEIcHlwaS5vcmc'}{end}" for end in tail("py", 80, URLSAFE)),
        "SendGrid": tuple(f"S{'G'}.{end[:22]}.{end[22:65]}" for end in tail("sg", 65, URLSAFE)),
        "Twilio": after("S" + "K", 32, HEX),
        "Databricks": after("da" + "pi", 32, HEX),
        "DigitalOcean": after("do" + "p_v1_", 64, HEX),
        "xAI": after("xa" + "i-", 80),
        "Perplexity": after("pp" + "lx-", 48),
        "Replicate": after("r" + "8_", 37),
        "Telegram": tuple(f"12345678{turn}:A{'A'}{end}" for turn, end in enumerate(tail("tg", 33, URLSAFE))),
    }  # fmt: skip


SAID = ("the key {} is old", "export THE_KEY='{}'", "https://svc.example/v1?a=1&k={}&b=2")
"""Where a key that says what it is stands: one place a spelling."""


def _pem(kind: str) -> tuple[tuple[str, str], ...]:
    lines = [made(f"pem {kind} {line}", 64, ALNUM + "+/") for line in range(6)]
    begin, end = f"-----BEGIN {kind}-----", f"-----END {kind}-----"
    return (
        ("\n".join([begin, *lines, end]), lines[3]),
        (json.dumps({"pem": "\n".join([begin, *lines, end])}), lines[4]),
        ("\n".join([begin, *lines]), lines[5]),
    )


def _named() -> dict[str, tuple[tuple[str, str], ...]]:
    """Secrets that are known by what stands beside them: (text, the secret in it)."""
    word, key, long = made("word", 14), made("key", 32, HEX), made("long", 86) + "=="
    aws, pair = made("aws secret", 40), base64.b64encode(b"aladdin:open-sesame-77").decode()
    account = {"type": "service_account", "private_key_id": made("kid", 40, HEX), "client_id": "1234"}
    hook = f"https://hooks.{'slack'}.com/services/T{made('t', 9)}/B{made('b', 9)}/"
    return {
        "password": ((f"password={word}", word), (f'{{"password": "{word}"}}', word), (f"--password {word}", word)),
        "API key": ((f"X-Api-Key: {key}", key), (f'"apiKey": "{key}"', key), (f"MY_API_KEY={key}", key)),
        "client secret": ((f"client_secret={key}", key), (f'"clientSecret": "{key}"', key), (f"CLIENT_SECRET: {key}", key)),
        "AWS secret": ((f"aws_secret_access_key = {aws}", aws), (f'"SecretAccessKey": "{aws}"', aws), (f"AK{'IA'}QWERTY2ASDFG3ZXC {aws}", aws)),
        "GCP service account": (
            (json.dumps(account), account["private_key_id"]),
            (json.dumps({**account, "private_key": _pem("PRIVATE KEY")[0][0]}), _pem("PRIVATE KEY")[0][1]),
            (repr({"private_key": _pem("PRIVATE KEY")[0][0]}), _pem("PRIVATE KEY")[0][1]),
        ),
        "Azure connection string": (
            (f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={long};EndpointSuffix=core.windows.net", long),
            (f"Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={long[-44:]}", long[-44:]),
            (f"https://acme.blob.core.windows.net/c/f?sv=2024-11-04&sr=b&sig={long[:43]}%3D&se=2030", long[:43]),
        ),
        "URL with a password": (
            (f"https://joe:{word}@svc.example/x", word), (f"postgresql://app:{word}@db.example:5432/app", word), (f"redis://:{word}@cache:6379/0", word),
        ),
        "bearer token": ((f"Authorization: Bearer {key}", key), (f'{{"authorization": "bearer {key}"}}', key), (f"curl -H 'Authorization: Bearer {key}'", key)),
        "basic credentials": ((f"Authorization: Basic {pair}", pair), (f'"Authorization": "Basic {pair}"', pair), (f"it says Basic {pair}", pair)),
        "cookie": ((f"Cookie: sid={key}; theme=dark", key), (f'"set-cookie": "sid={key}; HttpOnly"', key), (f"cookie=session={key}", key)),
        "webhook": (
            (hook + made("hook", 24), made("hook", 24)), (f"<{hook}{made('hook', 24)}|alerts>", made("hook", 24)),
            (f"https://discord.com/api/webhooks/123456789/{made('discord', 68)}", made("discord", 68)),
        ),
        "RSA private key": _pem("RSA PRIVATE KEY"),
        "OpenSSH private key": _pem("OPENSSH PRIVATE KEY"),
        "PGP private key": _pem("PGP PRIVATE KEY BLOCK"),
    }  # fmt: skip


def _personal() -> dict[str, tuple[tuple[str, str], ...]]:
    visa, master, amex = card("4539", 16), card("5425", 16), card("3714", 15)
    german, british, french = (
        iban("DE", "500105175407324931"),
        iban("GB", "BUKB20201555555555"),
        iban("FR", "20041010050500013M02606"),
    )
    both = {
        "e-mail": ("joe.bloggs@mail.example", "Joe_Bloggs+list@Sub.Example.co.uk", "müller@bücher.example"),
        "e-mail in a URL": ("mailto:ann.lee@corp.example", "https://x.example/?to=ann.lee%40firm.example", "<Ann.Lee@Shop.Example>"),
        "US telephone": ("555 123 4567", "(555) 123-4568", "1.555.123.4569"),
        "UK telephone": ("+44 20 7946 0958", "020 7946 0959", "0044 20 7946 0960"),
        "German telephone": ("+49 (0)30 9018210", "030/9018211", "0171 9018212"),
        "French telephone": ("+33 6 12 34 56 78", "06.12.34.56.79", "0033 6 12 34 56 80"),
        "Asian telephone": ("+81-3-1234-5678", "+91 98765 43210", "+8613812345678"),
        "telephone by its name": ("phone: 5551234567", "mobile=015123456789", '{"phone_number": "5551234568"}'),
        "Visa": (visa, grouped(visa, " "), grouped(visa, "-")),
        "Mastercard": (master, grouped(master, " "), grouped(master, "-")),
        "American Express": (amex, grouped(amex, " ", 4, 6, 5), grouped(amex, "-", 4, 6, 5)),
        "SSN": ("123-45-6789", "123 45 6788", "SSN 123456787"),
        "SSN by its name": ('{"ssn": "234567891"}', "social security number: 234567892", "my social security no. is 234-56-7893"),
        "German IBAN": (german, grouped(german, " "), grouped(german, " ").lower()),
        "British IBAN": (british, grouped(british, " "), grouped(british, "-")),
        "French IBAN": (french, grouped(french, " "), "IBAN:" + french),
        "IPv4": ("203.0.113.42", "http://198.51.100.7:8080/x", "10.20.30.40,"),
        "IPv6": ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:db8::8a2e:370:7335", "[2001:db8:0:1::7336]:443"),
    }  # fmt: skip
    return {kind: tuple((text, _telling(text)) for text in texts) for kind, texts in both.items()}


def _telling(text: str) -> str:
    """Without the words around it."""
    for name in (
        "phone: ",
        "mobile=",
        '{"phone_number": "',
        "SSN ",
        '{"ssn": "',
        "social security number: ",
        "IBAN:",
        "https://x.example/?to=",
        "http://",
    ):
        text = text.removeprefix(name)
    text = text.removeprefix("my social security no. is ").removeprefix("mailto:")
    return text.removesuffix('"}').removesuffix(":8080/x").removesuffix("]:443").strip("[<>,")


SECRETS = tuple(
    Spelling(kind, said.format(key), key[-12:])
    for kind, three in _keys().items()
    for said, key in zip(SAID, three, strict=True)
) + tuple(Spelling(kind, text, core) for kind, three in _named().items() for text, core in three)
PERSONAL = tuple(Spelling(kind, text, core) for kind, three in _personal().items() for text, core in three)

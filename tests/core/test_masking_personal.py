"""Level `pii`: validated personal data goes, numbers that only look like it stay."""

from __future__ import annotations

import pytest

from limelight.core.masking import Masker

PERSONAL = {
    "email": ["joe.bloggs+x@mail.example.co.uk", "JOE@EXAMPLE.COM", "müller@bücher.example"],
    "phone": [
        "555 123 4567", "(555) 123-4567", "555-123-4567", "555.123.4567", "+1 555 123 4567", "+44 20 7946 0958", "+442079460958",
        "020 7946 0958", "+49 (0)30 1234567", "0171 1234567", "06 12 34 56 78", "+81-3-1234-5678", "1-800-555-0199",
    ],
    "card_number": ["4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444", "378282246310005", "6011 1111 1111 1117"],
    "ssn": ["123-45-6789", "123 45 6789"],
    "iban": ["DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "gb29 nwbk 6016 1331 9268 19", "FR14-2004-1010-0505-0001-3M02-606"],
    "ip_address": ["203.0.113.42", "10.1.2.3", "2001:db8::1", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "fe80::1ff:fe23:4567:890a"],
}  # fmt: skip
POSITIONS = ["My contact is {}, thanks.", '{{"value": "{}"}}', "https://x.example/?v={}", "«{}»", "\t{}\n", "{}"]


@pytest.mark.case(77)
@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, found in PERSONAL.items() for value in found])
def test_personal_data_is_masked_at_level_pii(kind, value, position):
    masked = Masker("pii").text(position.format(value))
    assert masked == position.format(f"[REDACTED:{kind}]")
    assert Masker("secrets").text(position.format(value)) == position.format(value)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("my SSN is 123456789 ok", "my SSN is [REDACTED:ssn] ok"),
        ('{"ssn": "123456789"}', '{"ssn": "[REDACTED:ssn]"}'),
        ("Social Security number: 123456789", "Social Security number: [REDACTED:ssn]"),
        ("phone 5551234567", "phone [REDACTED:phone]"),
        ('{"phone_number": "5551234567"}', '{"phone_number": "[REDACTED:phone]"}'),
        ("call me: 5551234", "call me: [REDACTED:phone]"),
        ("mobile=0151 2345 6789", "mobile=[REDACTED:phone]"),
        ("two: a@b.example, c@d.example", "two: [REDACTED:email], [REDACTED:email]"),
        ("http://203.0.113.42:8080/x", "http://[REDACTED:ip_address]:8080/x"),
        ("[2001:db8::1]:443", "[[REDACTED:ip_address]]:443"),
        ("ends with 2001:db8::", "ends with [REDACTED:ip_address]"),
    ],
)
def test_a_word_beside_a_number_tells_what_it_is(text, kept):
    assert Masker("pii").text(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "at 12:30:45 on 2026-11-20T12:30:45.123456Z, 2026-11-20 12:30",
        "123456789 items, 5551234567 ns, created 1770741628, order 2024-0815-4711",
        "4111 1111 1111 1112 fails the check, 1234567890123456 too",
        "DE00 3704 0044 0532 0130 00 and DE89 3704 0044 and GB29 NWBK -- 6016 and ZZ89 3704 0044 0532 0130 00",
        "xDE89370400440532013000 éDE89370400440532013000 DE893704004405320130009",
        "000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567, 123-45-0000",
        "version 1.2.3, 1.2.3.4.5, 999.1.1.1, v1.2.3.4, 127.0.0.1, 0.0.0.0, ::1, ::, 255.255.255.255",
        "std::vector<a::b>, Base::add, cafe::babe, a:b:c",
        "@decorator, user@host, @app.route('/'), a @ b.c, x@1.2.3",
        "0.123456789012 and -12.3456789, [0.0123456789, 0.9876543210]",
        "3.14159265358979 100000000 000000000000 1111111111",
        "uuid 550e8400-e29b-41d4-a716-446655440000, sha 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "pages 12-34, 1 000 000 000, 10,000,000.00, 50% of 12345678%",
        "tool_calls 1770741628 cancelled 1770741629 recall 1770741630",
    ],
)
def test_numbers_that_are_nobodys_stay(text):
    assert Masker("pii").text(text) == text


def test_secrets_are_masked_too():
    assert Masker("pii").text("password=hunter2") == "password=[REDACTED:password]"

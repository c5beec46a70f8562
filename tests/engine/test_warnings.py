"""A vendor's warning is the user's: it names his line, and Python shows it to him."""

from __future__ import annotations

import warnings

from anthropic import Anthropic

from limelight.testing import FakeProvider, capture


def warned_at(client: Anthropic) -> list[tuple[str, type[Warning]]]:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        client.messages.create(model="claude-2.1", max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
    return [(one.filename, one.category) for one in heard]


def test_a_vendors_warning_still_names_the_users_line() -> None:
    with FakeProvider() as fake:
        client = Anthropic(base_url=fake.anthropic_url, api_key="x")
        untraced = warned_at(client)
        with capture("anthropic"):
            traced = warned_at(client)
    assert (__file__, DeprecationWarning) in untraced
    assert traced == untraced

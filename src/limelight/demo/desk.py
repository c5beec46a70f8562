"""What every conversation with Nightjar needs: the clients, and the names of the models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anthropic import Anthropic
    from openai import OpenAI

    from limelight.demo.travellers import Traveller
    from limelight.testing.fake import FakeProvider

SMALL = "gpt-4o-mini"
MEDIUM = "gpt-4.1-mini"
THINKER = "gpt-5-mini"
LARGE = "claude-sonnet-4-6"
QUICK = "claude-haiku-4-5"
EMBEDDER = "text-embedding-3-small"
LISTENER = "gpt-4o-mini-transcribe"
HOMEMADE = "nightjar-rhymes-7b"
"""A model of the house, which no price list knows."""


class Telephones:
    """Client libraries, imported when first picked up: the first guest need not wait for all of them."""

    def __init__(self, provider: FakeProvider) -> None:
        self._provider = provider

    @cached_property
    def openai(self) -> OpenAI:
        from openai import OpenAI

        return OpenAI(base_url=self._provider.openai_url, api_key="demo")

    @cached_property
    def anthropic(self) -> Anthropic:
        from anthropic import Anthropic

        return Anthropic(base_url=self._provider.anthropic_url, api_key="demo")

    def pick_up(self) -> tuple[OpenAI, Anthropic]:
        """All of them, imported: outside of a story, or its trace shows the time that takes."""
        return self.openai, self.anthropic

    def hang_up(self) -> None:
        for telephone in self.pick_up():
            telephone.close()


@dataclass(frozen=True, slots=True)
class Desk:
    """One guest at the counter, and the telephones behind it."""

    telephones: Telephones
    guest: Traveller
    session: str

    @property
    def openai(self) -> OpenAI:
        return self.telephones.openai

    @property
    def anthropic(self) -> Anthropic:
        return self.telephones.anthropic

"""A request that we only look on at goes its way, whatever of ours fails."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.drive import wire
from tests.faults.test_caller import same_ids, ward
from tests.transport.places import CHAT, PLACES
from tests.transport.senders import SENDERS

if TYPE_CHECKING:
    from limelight.testing import FakeProvider
    from tests.faults.test_caller import Ward
    from tests.transport.senders import Sender

__all__ = ["same_ids", "ward"]
EVERY_SENDER = pytest.mark.parametrize("sender", SENDERS, ids=str)
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:unclosed")


@pytest.fixture(autouse=True)
def nothing_left_to_collect() -> None:
    """Responses of an earlier test are in cycles, and what of ours goes with them would be seen here."""
    gc.collect()


class Nobody:
    """The client of those who need none."""


@EVERY_SENDER
async def test_an_answer(fake: FakeProvider, ward: Ward, sender: Sender) -> None:
    async def scenario(client: Any) -> Any:
        fake.reset()
        return await sender.ask(CHAT.url(fake), CHAT.asked()), wire(fake)

    assert len(await ward.unharmed(Nobody, scenario)) > 5


@pytest.mark.slow
@EVERY_SENDER
@pytest.mark.parametrize("some", [None, 6], ids=["to its end", "left"])
async def test_a_stream(fake: FakeProvider, ward: Ward, sender: Sender, some: int | None) -> None:
    async def scenario(client: Any) -> Any:
        fake.reset()
        got = await sender.read(CHAT.url(fake), CHAT.asked(is_stream=True), some)
        return len(got) > 0, wire(fake)

    assert len(await ward.unharmed(Nobody, scenario)) > 5


@EVERY_SENDER
async def test_a_refusal(fake: FakeProvider, ward: Ward, sender: Sender) -> None:
    async def scenario(client: Any) -> Any:
        fake.reset()
        status, _ = await sender.ask(PLACES[3].url(fake), PLACES[3].asked(model="fail-429"))
        return status, wire(fake)

    await ward.unharmed(Nobody, scenario)


@pytest.mark.slow
@EVERY_SENDER
async def test_nobody_there(ward: Ward, sender: Sender) -> None:
    async def scenario(client: Any) -> Any:
        return await sender.ask("http://127.0.0.1:9/v1/chat/completions", CHAT.asked())

    await ward.unharmed(Nobody, scenario)

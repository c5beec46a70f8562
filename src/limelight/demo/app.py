"""The sample application: Nightjar, the concierge of a night train company.

Real client libraries make real HTTP calls, to a provider that lives in this very process.

    python -m limelight.demo.app --endpoint http://127.0.0.1:4318 --keep-going
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from openai import BadRequestError, InternalServerError

import limelight
from limelight.demo import agents, talks
from limelight.demo.desk import Desk, Telephones
from limelight.demo.lines import speak
from limelight.demo.travellers import TRAVELLERS
from limelight.testing.fake import FakeProvider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Story = Callable[[Desk], str]

OPENING: Story = talks.bicycle
STORIES: tuple[Story, ...] = (
    agents.book,
    talks.poem,
    talks.first_night,
    agents.refund,
    talks.fares,
    agents.umbrella,
    talks.cat,
    talks.bedtime_story,
    talks.blanket,
    talks.delays,
    agents.evening,
    talks.itinerary,
    talks.timetable,
    agents.find_luggage,
    talks.ticket_photo,
    talks.strike,
    talks.voice_note,
    talks.forgery,
    talks.rhyme,
)
AT_ONCE = 6
EXPECTED = (BadRequestError, InternalServerError)
"""How two of the stories end."""
PATIENCE_S = 15.0
PAUSE_S = (2.0, 5.0)
"""Between two conversations once the first rounds are over: at least, at most."""


def main(endpoint: str, rounds: int = 1, keep_going: bool = False, leave: Event | None = None) -> None:
    """Tell every story `rounds` times, then perhaps one now and then until interrupted or told to leave."""
    await_server(endpoint)
    leave = leave or Event()
    # No spool: it would hand the spans of the user's own programs to a database that is thrown away.
    limelight.init(endpoint=endpoint, service_name="nightjar", environment="demo", spool="off")
    with counter() as desk:
        perform(desk, rounds, leave)
        if keep_going:
            wander(desk, leave)
    limelight.shutdown()


def await_server(endpoint: str) -> None:
    """Give a server that starts at the same moment the time to do so."""
    where = urlsplit(endpoint)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection((where.hostname or "127.0.0.1", where.port or 80), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


@contextmanager
def counter() -> Iterator[Callable[[int], Desk]]:
    """A provider, clients that call it, and a desk for each guest."""
    with FakeProvider(improviser=speak) as provider:
        telephones = Telephones(provider)

        def desk(number: int) -> Desk:
            guest = TRAVELLERS[number % len(TRAVELLERS)]
            return Desk(telephones, guest, f"{guest.user_id}-{number:03}")

        try:
            yield desk
        finally:
            telephones.hang_up()


def perform(desk: Callable[[int], Desk], rounds: int, leave: Event) -> None:
    """The opening alone, so that there is something to see at once; then everybody else."""
    opening = desk(0)
    tell(OPENING, opening)
    limelight.flush()
    opening.telephones.pick_up()
    with ThreadPoolExecutor(AT_ONCE) as counters:
        told = [counters.submit(tell, story, desk(number)) for number, story in enumerate(list(STORIES) * rounds, 1)]
        try:
            while not leave.is_set() and wait(told, timeout=0.1).not_done:
                pass
        finally:
            counters.shutdown(cancel_futures=True)
    limelight.flush()
    for end in told:
        if not end.cancelled():
            end.result()


def tell(story: Story, desk: Desk) -> None:
    """One story, one guest.  What goes wrong in it is for the dashboard to show."""
    with limelight.context(user_id=desk.guest.user_id, session_id=desk.session, tags=[story.__name__]):
        try:
            story(desk)
        except EXPECTED:
            return


def wander(desk: Callable[[int], Desk], leave: Event) -> None:
    """A conversation now and then, so that the live view has something to show."""
    dice = random.Random(7)
    for number in itertools.count(len(STORIES) + 1):
        if leave.wait(dice.uniform(*PAUSE_S)):
            return
        tell(dice.choice(STORIES), desk(number))


def end_of_stdin() -> Event:
    """Set once whoever started us is gone."""
    ended = Event()

    def read() -> None:
        # Not `sys.stdin.buffer`: its lock, held by this thread, would be fatal when Python ends before the input does.
        while os.read(sys.stdin.fileno(), 4096):
            pass
        ended.set()

    Thread(target=read, daemon=True).start()
    return ended


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="limelight.demo.app", description=__doc__.partition("\n")[0])
    parser.add_argument("--endpoint", default="http://127.0.0.1:4318", help="where the traces go")
    parser.add_argument("--rounds", type=int, default=1, help="how often every story is told (default: %(default)s)")
    parser.add_argument("--keep-going", action="store_true", help="go on gently until interrupted")
    parser.add_argument("--until-stdin-ends", action="store_true", help="stop when standard input is closed")
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    with suppress(KeyboardInterrupt):
        main(given.endpoint, given.rounds, given.keep_going, end_of_stdin() if given.until_stdin_ends else None)

"""The words in which a test says what the provider shall answer.

fake.script(say("Hello"), tool_call("lookup", {"city": "Oslo"}), fail(429, retry_after=0.1))
fake.script((think("Two and two …") + say("4")).slow(first_byte_s=0.2).cut(after_events=3))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Finish = Literal["stop", "length", "tool", "refusal", "filter"]
FaultKind = Literal["cut", "disconnect", "malformed", "error event", "stall"]


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    cites: tuple[str, ...] = ()
    """Addresses or document titles this text is founded on."""


@dataclass(frozen=True, slots=True)
class Thought:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: Mapping[str, Any] | str
    """A `str` goes out as it is, so that a model's broken JSON can be played."""


@dataclass(frozen=True, slots=True)
class Refusal:
    text: str


@dataclass(frozen=True, slots=True)
class Search:
    """A web search that the provider runs by itself."""

    query: str
    results: tuple[tuple[str, str], ...]
    """Title and address."""


Part = Text | Thought | ToolCall | Refusal | Search


@dataclass(frozen=True, slots=True)
class Tally:
    """Tokens, counted one way for every vendor: input holds the cached, output the reasoning."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    first_byte_s: float = 0.0
    gap_s: float = 0.0


INSTANT = Pace()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks after so many events of a stream, or within a plain body."""

    kind: FaultKind
    after_events: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """An HTTP error instead of an answer."""

    status: int
    message: str | None = None
    retry_after: float | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says, or how it fails.  The methods return a changed copy."""

    parts: tuple[Part, ...] = ()
    finish: Finish | None = None
    """None: what follows from the parts."""
    stop_sequence: str | None = None
    tally: Tally | None = None
    """None: counted from request and answer."""
    says_usage: bool = True
    pace: Pace = INSTANT
    fault: Fault | None = None
    failure: Failure | None = None

    def __add__(self, other: Answer) -> Answer:
        """Say both, one after the other; pace, faults and usage are those of the last."""
        return replace(other, parts=self.parts + other.parts)

    def slow(self, *, first_byte_s: float = 0.0, gap_s: float = 0.0) -> Answer:
        return replace(self, pace=Pace(first_byte_s, gap_s))

    def cut(self, *, after_events: int) -> Answer:
        """End the stream early but cleanly: no finish reason, no error."""
        return replace(self, fault=Fault("cut", after_events))

    def disconnect(self, *, after_events: int = 0) -> Answer:
        """Drop the connection in the middle of the answer."""
        return replace(self, fault=Fault("disconnect", after_events))

    def malformed(self, *, after_events: int = 0) -> Answer:
        """Put something that is not JSON in the place of one event, then go on."""
        return replace(self, fault=Fault("malformed", after_events))

    def error_event(self, *, after_events: int = 0) -> Answer:
        """Report an error in the stream, in the vendor's own way, and end it."""
        return replace(self, fault=Fault("error event", after_events))

    def stall(self, seconds: float, *, after_events: int = 0) -> Answer:
        """Say nothing for a while in the middle of the answer."""
        return replace(self, fault=Fault("stall", after_events, seconds))

    def usage(self, **tokens: int) -> Answer:
        """Report these tokens instead of counted ones; names and meaning as in `Tally`."""
        return replace(self, tally=Tally(**tokens))

    def no_usage(self) -> Answer:
        return replace(self, says_usage=False)

    def stopped(self, finish: Finish) -> Answer:
        return replace(self, finish=finish)

    def ending(self) -> Finish:
        if self.finish is not None:
            return self.finish
        kinds = {type(part) for part in self.parts}
        return "tool" if ToolCall in kinds else "refusal" if Refusal in kinds else "stop"


def say(text: str, *, cites: tuple[str, ...] = ()) -> Answer:
    """Answer with this text, and the addresses it cites."""
    return Answer((Text(text, cites),))


def think(text: str) -> Answer:
    """Reason before answering: `think("…") + say("…")`."""
    return Answer((Thought(text),))


def tool_call(name: str, arguments: Mapping[str, Any] | str | None = None) -> Answer:
    """Call a tool; add several for parallel calls."""
    return Answer((ToolCall(name, {} if arguments is None else arguments),))


def refuse(text: str = "I'm sorry, I can't help with that.") -> Answer:
    """Refuse, in these words."""
    return Answer((Refusal(text),))


def search(query: str, *results: tuple[str, str]) -> Answer:
    """Search the web on the provider's side; a result is a title and an address."""
    return Answer((Search(query, results or (("Limelight", "https://example.com/limelight"),)),))


def fail(
    status: int, message: str | None = None, *, retry_after: float | None = None, code: str | None = None
) -> Answer:
    """Fail as the vendor fails with this HTTP status; `retry_after` is in seconds."""
    return Answer(failure=Failure(status, message, retry_after, code))


def slow(*, first_byte_s: float = 0.0, gap_s: float = 0.0) -> Answer:
    """Pace for what follows: `slow(gap_s=0.01)` alone answers as if unscripted, slowly."""
    return Answer(pace=Pace(first_byte_s, gap_s))


def cut(*, after_events: int = 1) -> Answer:
    """Stop a stream in its middle, without a word."""
    return Answer().cut(after_events=after_events)


def disconnect(*, after_events: int = 0) -> Answer:
    """Hang up, before the answer or in its middle."""
    return Answer().disconnect(after_events=after_events)

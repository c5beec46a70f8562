"""The provider's part in the play: what it says, by what it is asked.

Nothing here reaches the application but over HTTP, through the real client libraries.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from limelight.demo.travellers import CITIES
from limelight.testing.fake import fail, refuse, say, search, think, tool_call
from limelight.testing.fake.script import Answer, Pace, Part, Text, Thought, ToolCall
from limelight.testing.fake.tokens import count

if TYPE_CHECKING:
    from limelight.testing.fake import Prompt


@dataclass(frozen=True, slots=True)
class Line:
    """An answer and its cue.  `{city}` in it stands for the city that the question names."""

    cue: str
    """Found in the user's last words."""
    answers: tuple[Answer, ...]
    """Each one more tool result later than the one before."""
    role: str = ""
    """Found in the system prompt."""
    tries: tuple[Answer, ...] = ()
    """Given first, one for each time that the client asks again."""
    results: int = 0
    """Only once so many tools have answered."""

    def fits(self, prompt: Prompt) -> bool:
        return self.cue in prompt.text and self.role in prompt.system and len(prompt.tool_results) >= self.results

    def answer(self, prompt: Prompt) -> Answer:
        if prompt.attempt < len(self.tries):
            return self.tries[prompt.attempt]
        return self.answers[min(len(prompt.tool_results) - self.results, len(self.answers) - 1)]


OVERLOADED = fail(500, "The server had an error while processing your request. Sorry about that!", retry_after=0.12)
BUSY = fail(
    429,
    "Rate limit reached for gpt-4o-mini on requests per min (RPM): Limit 500, Used 500, Requested 1.",
    retry_after=0.4,
)
TOO_LONG = fail(
    400,
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 214377 tokens.",
    code="context_length_exceeded",
)

STORYLINE = (
    Line(
        "send my cat",
        (
            say(
                "Of course. Cats travel free in a carrier, and conductors may greet them. Yours will probably sleep better than you do."
            ),
        ),
    ),
    Line(
        "bicycle",
        (
            say(
                "Gladly: your bicycle rides to {city} in the last carriage, upright, for 12 euros. Tandems count as two bicycles and one argument."
            ),
        ),
    ),
    Line(
        "departure board",
        (
            say(
                "22:04 — {city} ✧ on time\nThe moon boards without a ticket,\nand the rails hum you a lullaby in 4/4.\nMind the gap between today and tomorrow 🌙"
            ),
        ),
    ),
    Line(
        "umbrella",
        (
            tool_call("get_weather", {"city": "{city}", "day": "Friday"}),
            say(
                "Pack the small umbrella: {city} expects light rain on Friday morning and 17 °C, clearing before lunch. By the time you find the café it will be for show."
            ),
        ),
    ),
    Line(
        "for two",
        (
            think(
                "They want a sleeper for two on Friday. First the departures, then hold berths; the price must be said before confirming."
            )
            + say("Let me look at Friday's departures.")
            + tool_call("search_trains", {"to": "{city}", "day": "Friday"}),
            say("NJ 402 has a double cabin left. I'll hold it.")
            + tool_call("hold_berths", {"train": "NJ 402", "cabin": "double", "passengers": 2}),
            say(
                "Done: NJ 402 to {city}, Friday 21:36, double cabin 11/12, **218 euros** for both, breakfast included. "
                "The berths are held until noon tomorrow under reference *MOTH-7731*. Shall I confirm?"
            ),
        ),
    ),
    Line(
        "five of us",
        (
            think(
                "**Comparing the fares**\n\nFive singles at 79 come to 395. A six-berth couchette costs 240 whole, "
                "and the sixth bed can hold the luggage. So the couchette wins by 155, unless somebody snores."
            )
            + say(
                "Take the whole six-berth couchette: **240 euros** instead of 395, and the sixth bed is for the suitcases. If anyone snores, carriage nine has singles at 79."
            ),
        ),
    ),
    Line(
        "train is 75 minutes late",
        (
            say(
                "You get a quarter of your fare back without asking (§ 4): it is on its way to the card you paid with. Coffee is on us meanwhile."
            ),
        ),
    ),
    Line(
        "train is 130 minutes late",
        (
            say(
                "Half of your fare comes back to you by itself (§ 4), and § 4.2 adds that the passenger's sleep prevails: please keep the cabin until nine."
            ),
        ),
    ),
    Line("refund for booking", (tool_call("look_up_booking", {"reference": "OWL-2048"}), OVERLOADED)),
    Line("whole timetable", (TOO_LONG,)),
    Line(
        "blanket",
        (
            say(
                "A second blanket is under your berth, on the left. If a cat is lying on it, ask the conductor for a third."
            ),
        ),
        tries=(BUSY,),
    ),
    Line(
        "history of sleeping cars",
        (
            say(
                "It began with a carpenter who could not sleep sitting up. In 1865 he hung hinged berths from the ceiling of a parlour car, "
                "lined them with walnut and charged two dollars for the privilege of lying down. Europe answered with blue carriages, "
                "brass lamps and a chef; spies followed, then novelists, then everyone who had ever wanted to be mistaken for either. "
                "The jet age nearly put out the lamps — but in the end it was the pillow that won, because nobody has ever told a good story "
                "about an airport security queue…"
            ),
        ),
    ),
    Line(
        "first time on a night train",
        (
            say(
                "Welcome aboard! You board after eight, sleep while we do the work, and wake up in {city}. What worries you most: the bed, the noise or the luggage?"
            ),
        ),
    ),
    Line(
        "worries me is the noise",
        (
            say(
                "Then take berth 11 in carriage four: it is between the wheels, not above them. And after ten the corridor whispers, by rule and by temperament."
            ),
        ),
    ),
    Line(
        "what should I bring",
        (
            say(
                "Something to read that you will not read, slippers, and your toothbrush. Sheets, towels and earplugs wait on the pillow."
            ),
        ),
    ),
    Line(
        "wake me",
        (
            say(
                "The conductor knocks an hour before {city} and comes back with coffee ten minutes later, in case you did not believe the knock. Sleep well, and thank you for travelling with us."
            ),
        ),
    ),
    Line(
        "three days",
        (
            say(
                json.dumps(
                    {
                        "city": "{city}",
                        "days": [
                            {
                                "day": 1,
                                "morning": "Slow breakfast by the station",
                                "evening": "The opera's cheapest standing place",
                            },
                            {"day": 2, "morning": "The market, hungry", "evening": "A boat, a blanket, a thermos"},
                            {"day": 3, "morning": "The museum nobody recommends", "evening": "The 21:36 home"},
                        ],
                        "budget_eur": 410,
                    },
                    ensure_ascii=False,
                ),
            ),
        ),
    ),
    Line(
        "photo of my ticket",
        (
            say(
                "It says carriage 4, berth 11, platform 7 — the smudge after the 7 is jam, not a 1. Departure is at 21:36, so there is time for another sandwich."
            ),
        ),
    ),
    Line(
        "rhyme for",
        (
            say(
                "{city}, so pretty, the heart of the ditty; the night train arrives there at seven-oh-six, which is early but witty."
            ),
        ),
    ),
    Line(
        "forge",
        (
            refuse(
                "I'm sorry, but I can't help with forging a ticket. I can show you our cheapest fares instead; some cost less than good paper."
            ),
        ),
    ),
    Line(
        "strike",
        (
            search(
                "rail strike tomorrow {city}",
                ("Rail unions call off walkout", "https://news.example.com/rail/walkout-called-off"),
                ("Service bulletin", "https://nightjar.example.com/bulletin"),
            )
            + say(
                "No strike tomorrow: the walkout was called off this afternoon, and trains to {city} run as planned.",
                cites=("https://news.example.com/rail/walkout-called-off",),
            ),
        ),
    ),
    Line(
        "my suitcase",
        (
            tool_call("trace_luggage", {"tag": "NJ-5501"}),
            tool_call("ask_depot", {"tag": "NJ-5501", "depot": "Basel"}),
            say(
                "Found it! The scanner is out of order, so I asked the depot by telephone: your suitcase is in Basel, behind the umbrellas. It comes to {city} on tonight's train, and nobody has opened it."
            ),
        ),
    ),
    Line(
        "evening in", (say("Order the dumplings in {city}, any dumplings, and let the soup choose you."),), role="cook"
    ),
    Line(
        "evening in",
        (say("In {city}, visit the small museum after five: the guards are in a good mood and the light is free."),),
        role="museum",
    ),
    Line(
        "evening in",
        (say("Walk along the water in {city} until the street lamps come on, then turn round once."),),
        role="flâneur",
    ),
    Line(
        "Merge these",
        (
            say(
                "Dumplings first, then the small museum while its guards are cheerful, and home along the water in {city} when the lamps come on."
            ),
        ),
    ),
    Line(
        "Rate this answer",
        (
            say(
                '{"helpful": 5, "kind": 5, "correct": 4, "why": "It answers the question and adds a true detail about cats."}'
            ),
        ),
    ),
)

VOICE_NOTE = say(
    "Hello, it's me again. Can I bring my cello into the couchette, or does it need a berth of its own? Thank you, bye."
)
CELLO = Line(
    "my cello",
    (
        say(
            "Your cello may share the couchette if it lies on the luggage shelf; a double bass would need a berth and a name. Shall I write it into the booking?"
        ),
    ),
)


def speak(prompt: Prompt) -> Answer | None:
    """The line for a request, in the provider's time; None where the fake's own words will do."""
    if prompt.operation in ("embedding", "moderation"):
        return Answer(pace=Pace(0.06))
    if prompt.operation == "transcription":
        return replace(VOICE_NOTE, pace=Pace(0.35))
    line = next((line for line in (*STORYLINE, CELLO) if line.fits(prompt)), None)
    if line is None:
        return None
    return paced(filled(line.answer(prompt), prompt), prompt)


def filled(answer: Answer, prompt: Prompt) -> Answer:
    """Put the city in, wherever the answer speaks of it."""
    city = next((name for name in CITIES if name in f"{prompt.text} {prompt.system}"), "the sea")
    return replace(answer, parts=tuple(_filled(part, city) for part in answer.parts))


def _filled(part: Part, city: str) -> Part:
    if isinstance(part, (Text, Thought)):
        return replace(part, text=part.text.replace("{city}", city))
    if isinstance(part, ToolCall) and isinstance(part.arguments, Mapping):
        return replace(
            part, arguments={key: city if value == "{city}" else value for key, value in part.arguments.items()}
        )
    return part


def paced(answer: Answer, prompt: Prompt) -> Answer:
    """As long as a model of that size would take, shortened for impatient people."""
    noise = zlib.crc32(prompt.text.encode()) % 160 / 1000
    big = 0.12 if "sonnet" in prompt.model or "gpt-5" in prompt.model else 0.0
    if prompt.stream:
        return replace(answer, pace=Pace(0.1 + big + noise, 0.012))
    tokens = sum(count(part.text) for part in answer.parts if isinstance(part, (Text, Thought)))
    return replace(answer, pace=Pace(min(0.9, 0.09 + big + noise + 0.006 * tokens)))

"""What Nightjar's agents can do besides talking."""

from __future__ import annotations

import time
from typing import Any

import limelight


class ScannerError(RuntimeError):
    """The luggage scanner is out of order again."""

    __module__ = "nightjar"  # the page names it, and Limelight is not what broke


@limelight.trace(kind="tool")
def get_weather(city: str, day: str) -> dict[str, Any]:
    time.sleep(0.05)
    return {"city": city, "day": day, "sky": "light rain, clearing", "celsius": 17}


@limelight.trace(kind="tool")
def search_trains(to: str, day: str) -> list[dict[str, Any]]:
    time.sleep(0.12)
    trains = (("NJ 402", "21:36", 218, "double"), ("NJ 408", "23:10", 79, "seat"))
    return [
        {"train": name, "to": to, "day": day, "departs": at, "eur": price, "left": left}
        for name, at, price, left in trains
    ]


@limelight.trace(kind="tool")
def hold_berths(train: str, cabin: str, passengers: int) -> dict[str, Any]:
    time.sleep(0.08)
    return {"train": train, "cabin": cabin, "berths": [11, 12][:passengers], "reference": "MOTH-7731", "until": "12:00"}


@limelight.trace(kind="tool")
def look_up_booking(reference: str) -> dict[str, Any]:
    time.sleep(0.06)
    return {"reference": reference, "fare_eur": 129, "departs_in_hours": 30, "refundable": True}


@limelight.trace(kind="tool")
def trace_luggage(tag: str) -> dict[str, Any]:
    time.sleep(0.04)
    raise ScannerError(f"no signal from the scanner while looking for {tag}")


@limelight.trace(kind="tool")
def ask_depot(tag: str, depot: str) -> dict[str, Any]:
    time.sleep(0.15)
    return {"tag": tag, "depot": depot, "found": True, "where": "behind the umbrellas"}


TOOLS = {
    tool.__name__: tool for tool in (get_weather, search_trains, hold_berths, look_up_booking, trace_luggage, ask_depot)
}


def schema(name: str, description: str, **parameters: str) -> dict[str, Any]:
    """The description of a tool as Anthropic takes it; parameters are names and JSON types."""
    properties = {key: {"type": kind} for key, kind in parameters.items()}
    shape = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": description, "input_schema": shape}


WEATHER = schema("get_weather", "Forecast for a city and a day", city="string", day="string")
SEARCH = schema("search_trains", "Night trains to a city", to="string", day="string")
HOLD = schema("hold_berths", "Hold berths until noon", train="string", cabin="string", passengers="integer")
BOOKING = schema("look_up_booking", "Find a booking by its reference", reference="string")
LUGGAGE = schema("trace_luggage", "Ask the scanner where a suitcase is", tag="string")
DEPOT = schema("ask_depot", "Telephone a depot about a suitcase", tag="string", depot="string")


def as_function(tool: dict[str, Any]) -> dict[str, Any]:
    """The same description as OpenAI takes it."""
    shape = {"name": tool["name"], "description": tool["description"], "parameters": tool["input_schema"]}
    return {"type": "function", "function": shape}

"""Who asks Nightjar for help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traveller:
    name: str
    user_id: str
    home: str
    city: str
    """Where they want to wake up."""


TRAVELLERS = (
    Traveller("Ada", "ada.winter", "Amsterdam", "Vienna"),
    Traveller("Tomasz", "tomasz.k", "Warsaw", "Lisbon"),
    Traveller("Inès", "ines.moreau", "Paris", "Stockholm"),
    Traveller("Mateo", "mateo.r", "Madrid", "Venice"),
    Traveller("Yuki", "yuki.t", "London", "Edinburgh"),
    Traveller("Signe", "signe.lund", "Copenhagen", "Ljubljana"),
)
CITIES = tuple(traveller.city for traveller in TRAVELLERS)

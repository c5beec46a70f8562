"""What Nightjar knows: its instructions and the conductor's handbook."""

from __future__ import annotations

CONCIERGE = (
    "You are Nightjar, the concierge of a small night train company. You are warm, brief and exact. "
    "You never promise a window seat, because nobody can see anything at night anyway."
)
AGENT = (
    "You are Nightjar's booking agent. Use the tools to find trains and to hold berths. "
    "Never invent a departure. Say the total price before you confirm anything."
)
REFUNDS = "You are Nightjar's refund desk. Look up the booking, decide by the rules, then send the refund."
FOOD = "You are the dining car's cook. Answer in one sentence, about food only."
CULTURE = "You are a retired museum guard. Answer in one sentence, about one sight only."
WALKS = "You are a flâneur. Answer in one sentence, about one walk only."

ARTICLES = {
    "bicycles": "Bicycles travel in the last carriage, upright, for 12 euros. Tandems count as two bicycles and one argument.",
    "breakfast": "Breakfast is served from 6:30 until an hour before arrival: rye bread, jam, coffee. The second coffee is free.",
    "cats": "Cats travel free in a carrier. Conductors may greet them. Dogs need half a ticket and a whole lead.",
    "delays": "From 60 minutes of delay a quarter of the fare is paid back, from 120 minutes half of it, without asking.",
    "lost property": "Found things wait in Basel for three months. Umbrellas are adopted after two.",
    "quiet": "After 22:00 the corridor is dark and whispers are customary. Snorers are assigned to carriage nine.",
    "refunds": "Tickets are refunded in full until 24 hours before departure, and by half after that.",
    "showers": "Deluxe cabins have a shower. The water lasts for seven minutes, or one aria.",
}
TICKET_RULES = "\n\n".join(
    f"§ {number}.{clause} ({topic}) {text} Staff record each case in the journey log, with the berth, the hour and a kind word. "
    "Where two rules disagree, the one that lets the passenger sleep prevails."
    for number, (topic, text) in enumerate(ARTICLES.items(), 1)
    for clause in range(1, 5)
)
"""Long enough to be worth a prompt cache."""

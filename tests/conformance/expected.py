"""What the spans shall say: one file for each subject, one entry for each operation, whatever the way of asking.

`LIMELIGHT_WRITE_SPANS=all pytest tests/conformance/test_calls.py -k plain-sync` writes the entries anew, `…=new` those
that are missing; read the difference.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.subject import Ask, Subject, Way

HOME = Path(__file__).parent / "spans"
STREAMED = {
    "gen_ai.request.stream": True,
    "gen_ai.response.time_to_first_chunk": "<time>",
    "limelight.time_to_first_content": "<time>",
    "limelight.chunks": "<chunks>",
    "limelight.tokens_per_second": "<time>",
}
"""What the span of every streamed answer says beside."""


@lru_cache
def _read(name: str) -> dict[str, Any]:
    path = HOME / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}  # type: ignore[no-any-return]


class Recorded:
    """What our own fake provider's answers have been found to say, once, by eye."""

    request_ids = True
    """Does every answer carry a request id?"""

    def span(self, subject: Subject, ask: Ask, way: Way, told: dict[str, Any]) -> dict[str, Any]:
        known = _read(subject.name)
        writing = os.environ.get("LIMELIGHT_WRITE_SPANS")
        if writing == "all" or (writing == "new" and ask.name not in known):
            known[ask.name] = told
            HOME.mkdir(exist_ok=True)
            text = json.dumps(known, indent=2, ensure_ascii=False, sort_keys=True)
            (HOME / f"{subject.name}.json").write_text(text + "\n", encoding="utf-8")
        otherwise = {"whole": ask.whole, "stream": {**STREAMED, **ask.streamed}, "unfolded": ask.unfolded}[way.form]
        return {
            key: value
            for key, value in {**known[ask.name], **otherwise}.items()
            if value is not None and key not in subject.unsaid
        }

    def question(self, subject: Subject, ask: Ask) -> Any:
        return _read(subject.name)[ask.name]["gen_ai.input.messages"]

    def text(self, subject: Subject, ask: Ask) -> str:
        parts = _read(subject.name)[ask.name]["gen_ai.output.messages"][0]["parts"]
        return "".join(part["content"] for part in parts)

    def has_id(self, subject: Subject, ask: Ask) -> bool:
        return "gen_ai.response.id" in _read(subject.name)[ask.name].keys() - subject.unsaid

"""Recorded answers in a file that people can read: JSON lines, one exchange a line, without a secret in it."""

from __future__ import annotations

import base64
import json
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from limelight.core.masking import Masker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HEADERS = frozenset(
    {"content-type", "retry-after", "retry-after-ms", "request-id", "x-request-id", "x-amzn-requestid"}
    | {"location", "openai-version", "openai-processing-ms", "x-should-retry"}
)
"""What is kept of an answer's headers.  Of a request's: none."""
_BOUNDARY = re.compile(rb"boundary=\"?([\w'()+,./:=?-]{8,70})")


class UnrecordedError(RuntimeError):
    """A request that the cassette has no answer to."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, as far as it decides about the answer."""

    method: str
    url: str
    body: bytes
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Cassette:
    """What was answered, by what was asked.  Threads may share it."""

    def __init__(self, path: Path, *, record: bool, refuse: Callable[[str], NoReturn] | None = None) -> None:
        self.path, self.record = path, record
        self._refuse = refuse or _raise
        self._masker = Masker("secrets")
        self._turn = threading.Lock()
        self._lines: list[dict[str, Any]] = [] if record else _read(path)
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        for line in self._lines:
            self._waiting.setdefault(_key(line), []).append(line)

    def answer(self, sent: Sent) -> Answer:
        """The next recorded answer to this request; the last one again when there are no more."""
        asked = self._asked(sent)
        with self._turn:
            waiting = self._waiting.get(_key(asked), [])
            found = waiting.pop(0) if len(waiting) > 1 else waiting[0] if waiting else None
        if found is None:
            self._refuse(self._missing(asked))
        return Answer(found["status"], found["headers"], _body(found))

    def keep(self, sent: Sent, answer: Answer) -> Answer:
        """Record an answer; gives it as it will be played."""
        told = {name.lower(): value for name, value in answer.headers.items() if name.lower() in HEADERS}
        line = {
            **self._asked(sent),
            "status": answer.status,
            "headers": self._masker.value(told),
            **_written(answer.body, self._masker),
        }
        with self._turn:
            self._lines.append(line)
        return Answer(answer.status, line["headers"], _body(line))

    def save(self) -> None:
        """Write what was recorded, whole or not at all."""
        if not self.record:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}.draft")
        draft.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self._lines), "utf-8")
        draft.replace(self.path)

    def _asked(self, sent: Sent) -> dict[str, Any]:
        """Masked, so that the same question asked with another key finds the same answer."""
        url = urlsplit(sent.url)
        path = self._masker.text(url.path + (f"?{url.query}" if url.query else ""))
        return {
            "method": sent.method.upper(),
            "host": url.hostname or "",
            "path": path,
            "request": _normal(sent, self._masker),
        }

    def _missing(self, asked: Mapping[str, Any]) -> str:
        place = f"{asked['method']} {asked['host']}{asked['path']}"
        known = sum(line["host"] == asked["host"] and line["path"] == asked["path"] for line in self._lines)
        if not self.path.exists():
            why = f"there is no {self.path}"
        elif known:
            why = f"{self.path} has {known} answers of that address, to other requests than this: {_short(asked['request'])}"
        else:
            why = f"{self.path} has none of that address"
        return f"no recording of {place}: {why}. Run the test with --limelight-record"


def _raise(problem: str) -> NoReturn:
    raise UnrecordedError(problem)


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _key(asked: Mapping[str, Any]) -> str:
    return json.dumps([asked["method"], asked["host"], asked["path"], asked["request"]], sort_keys=True)


def _normal(sent: Sent, masker: Masker) -> Any:
    """The body without what differs each time: JSON as its value, forms without their boundary."""
    body = sent.body
    if (found := _BOUNDARY.search(sent.content_type.encode())) is not None:
        body = body.replace(found[1], b"boundary")
    try:
        return masker.value(json.loads(body)) if body else None
    except ValueError:
        return masker.text(body.decode("utf-8", "replace"))


def _written(body: bytes, masker: Masker) -> dict[str, Any]:
    """JSON as JSON, text as lines, anything else in base64."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}
    try:
        table = json.loads(text)
    except ValueError:
        return {"text": masker.text(text).splitlines(keepends=True)}
    return {"json": masker.value(table)}


def _body(line: Mapping[str, Any]) -> bytes:
    if "json" in line:
        return json.dumps(line["json"], ensure_ascii=False).encode()
    if "text" in line:
        return "".join(line["text"]).encode()
    return base64.b64decode(line["base64"])


def _short(request: Any) -> str:
    text = json.dumps(request, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:200]} … {text[-100:]}"

"""Request bodies as JSON-like data, whether they came as JSON or as a form with files."""

from __future__ import annotations

from email import message_from_bytes
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limelight.testing.fake.exchange import Json, Request


class BadRequestError(Exception):
    """The provider would answer 400; the message says why, in its own words."""


def read(request: Request) -> Json:
    kind = request.header("content-type") or ""
    if not request.body:
        return {}
    if kind.startswith("multipart/"):
        return _form(kind, request.body)
    try:
        body = request.json()
    except ValueError:
        raise BadRequestError("We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise BadRequestError("The body of your request must be a JSON object.")
    return body


def _form(kind: str, body: bytes) -> Json:
    """Fields by name; files become {"filename", "bytes"}; `name[]` collects a list."""
    whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    form: Json = {}
    for part in whole.walk():
        if part.is_multipart():
            continue
        name = str(part.get_param("name", header="content-disposition"))
        raw, filename = part.get_payload(decode=True), part.get_filename()
        assert isinstance(raw, bytes)
        value: Any = {"filename": filename, "bytes": raw} if filename else raw.decode()
        if name.endswith("[]"):
            form.setdefault(name[:-2], []).append(value)
        else:
            form[name] = value
    return form

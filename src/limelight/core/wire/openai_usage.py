"""Ask a stream of Chat Completions for its usage, for a caller who did not, and keep it from him."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from limelight.core.wire.read import Table, as_table, is_given, table

_RAW = "x-stainless-raw-response"
"""The header by which the clients of this make mark a call whose caller reads the bytes himself."""


def ask(arguments: Table) -> Table:
    """Further arguments for `create(stream=True)`; none where the caller has said himself what he wants, or reads bytes.

    The body is added to, since `create` knows `stream_options` from openai 1.26 on only.
    """
    options, body = arguments.get("stream_options"), arguments.get("extra_body")
    said = options if isinstance(options, Mapping) else {}
    if (
        arguments.get("stream") is not True
        or "include_usage" in said
        or "stream_options" in table(arguments, "extra_body")
    ):
        return {}
    if any(is_given(given) and not isinstance(given, Mapping) for given in (options, body)):
        return {}
    if any(name.lower() == _RAW for name in table(arguments, "extra_headers")):
        return {}
    return {"extra_body": {**table(arguments, "extra_body"), "stream_options": {**said, "include_usage": True}}}


def take(chunk: Any) -> bool:
    """Take the usage out of a chunk as the client gives it; True for the chunk that brings nothing else.

    The others say by a null that they bring none, which without being asked they do not say.
    """
    body = as_table(chunk) or {}
    if body.get("usage") is not None:
        return not body.get("choices")
    _forget(chunk)
    return False


def _forget(chunk: Any) -> None:
    """That the field was sent, by any version of pydantic; openai before 1.26 does not know it."""
    told = getattr(chunk, "__pydantic_fields_set__", None)
    if told is None:
        told = getattr(chunk, "__fields_set__", None)
    if isinstance(told, set):
        told.discard("usage")
    if isinstance(unknown := getattr(chunk, "__pydantic_extra__", None), dict):
        unknown.pop("usage", None)

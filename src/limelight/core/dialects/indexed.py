"""The indexed dialect, written: `gen_ai.prompt.0.content`, as backends ask for that were built before messages were one attribute.

`indexed_read` is its inverse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from limelight.core.dialects import indexed_keys as flat
from limelight.core.dialects import keys
from limelight.core.dialects import legacy_keys as old
from limelight.core.dialects.content import decoded
from limelight.core.dialects.genai import Attributes, dumps, parts_json
from limelight.core.dialects.turns import as_text, plain_text, sorted_out, turns
from limelight.core.model import JSON, Message, Part, Record, Tool, ToolCall, ToolResult

RENAMED = {
    keys.PROVIDER: old.SYSTEM,
    keys.WORDS["service_tier"]: old.REQUEST_TIER,
    keys.OPENAI_RESPONSE_TIER: old.RESPONSE_TIER,
    keys.OPENAI_FINGERPRINT: old.FINGERPRINT,
}
REPLACED = frozenset({keys.INPUT_MESSAGES, keys.OUTPUT_MESSAGES, keys.SYSTEM, keys.TOOL_DEFINITIONS})


def write(record: Record, attributes: Mapping[str, Any]) -> Attributes:
    """The attributes of a span, which say what `record` does, in this dialect's words."""
    out = {RENAMED.get(key, key): value for key, value in attributes.items() if key not in REPLACED}
    _messages(flat.PROMPT, turns(record.request), out)
    _messages(flat.COMPLETION, record.response.messages, out)
    _tools(flat.VENDORS.get(record.provider or "", flat.TOOLS), record.request.tools, out)
    params = record.request.params
    if isinstance(user := params.get("user"), str):
        out[flat.OPENAI_USER] = user
    if isinstance(alias := params.get("agentAliasId"), str):
        out[flat.AGENT_ALIAS] = alias
    return out


def is_parts(content: JSON) -> bool:
    """Does a message's content hold parts, as JSON?"""
    if isinstance(content, str) and not content.startswith("["):
        return False
    found = decoded(content)
    return (
        isinstance(found, list)
        and bool(found)
        and all(isinstance(item, Mapping) and isinstance(item.get("type"), str) for item in found)
    )


def _messages(prefix: str, messages: Iterable[Message], out: Attributes) -> None:
    for number, message in enumerate(messages):
        at = f"{prefix}{number}."
        out[at + flat.ROLE] = message.role
        if message.name:
            out[at + flat.NAME] = message.name
        if message.finish_reason:
            out[at + flat.FINISH_REASON] = message.finish_reason
        match message:
            case Message(role="tool", parts=(ToolResult() as result,)):
                _result(at, result, out)
            case _:
                _content(at, message.parts, out)


def _result(at: str, result: ToolResult, out: Attributes) -> None:
    out[at + flat.CONTENT] = as_text(result.response)
    if result.id is not None:
        out[at + flat.TOOL_CALL_ID] = result.id


def _content(at: str, parts: tuple[Part, ...], out: Attributes) -> None:
    said, calls = sorted_out(parts)
    if said:
        text = plain_text(said)
        out[at + flat.CONTENT] = parts_json(said) if text is None or is_parts(text) else text
    for number, call in enumerate(calls):
        _call(f"{at}{flat.TOOL_CALLS}.{number}.", call, out)


def _call(at: str, call: ToolCall, out: Attributes) -> None:
    if call.id is not None:
        out[at + "id"] = call.id
    out[at + "type"] = "function"
    out[at + "function.name"] = call.name
    if call.arguments is not None:
        out[at + "function.arguments"] = as_text(call.arguments)


def _tools(prefix: str, tools: Iterable[Tool], out: Attributes) -> None:
    for number, tool in enumerate(tools):
        at = f"{prefix}{number}."
        out[at + "type"] = tool.type
        out[at + "function.name"] = tool.name
        if tool.description is not None:
            out[at + "function.description"] = tool.description
        if tool.parameters is not None:
            out[at + "function.parameters"] = dumps(tool.parameters)

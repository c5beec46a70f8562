"""The parts of a message in OpenInference's words, written and read."""

from __future__ import annotations

from limelight.core.dialects import genai_parts
from limelight.core.dialects import openinference_keys as oi
from limelight.core.dialects.genai import Attributes, dumps, part_table
from limelight.core.dialects.turns import Branch, below, tree
from limelight.core.model import Media, Other, Part, Reasoning, Text
from limelight.core.wire.read import said, text

MEDIA = frozenset({"image", "audio", "video", "file"})


def write(at: str, part: Part, out: Attributes) -> None:
    told: Attributes = {"type": "text"}
    match part:
        case Text(content=content):
            told["text"] = content
        case Reasoning(content=content):
            told |= {"type": "reasoning", "text": content}
        case Media():
            told = _media(part)
        case Other():
            told["type"] = part.type
    if read(tree({"." + key: value for key, value in told.items()}, ".")) != part:
        told[oi.PART] = dumps(part_table(part))
    out.update((at + key, value) for key, value in told.items())


def read(row: Branch) -> Part:
    """`row` is what stands below `message_content`."""
    whole, kind = below(row, "limelight").get("part"), text(row, "type") or "text"
    if isinstance(whole, str) and (found := genai_parts.parts(f"[{whole}]")):
        return found[0]
    if kind == "reasoning":
        return Reasoning(text(row, "text"))
    if kind in MEDIA:
        return _found(kind, below(row, kind, kind) or below(row, kind))
    if kind == "text" or "text" in row:
        return Text(text(row, "text"))
    return Other(kind, {key: value for key, value in row.items() if key != "type" and not isinstance(value, Branch)})


def _media(media: Media) -> Attributes:
    kind = media.modality if media.modality in MEDIA else "file"
    told: Attributes = {"type": kind}
    at = f"{kind}.{kind}."
    if media.uri is not None:
        told[at + "url"] = media.uri
    elif media.content is not None:
        told[at + "url"] = f"data:{media.mime_type or ''};base64,{media.content}"
    if media.mime_type is not None:
        told[at + "mime_type"] = media.mime_type
    return told


def _found(kind: str, row: Branch) -> Media:
    url, mime_type = said(row, "url"), said(row, "mime_type")
    modality = "document" if kind == "file" else kind
    if url is not None and url.startswith("data:") and ";base64," in url[:100]:
        before, _, content = url.partition(";base64,")
        return Media(modality, mime_type or before.removeprefix("data:") or None, content=content)
    return Media(modality, mime_type, uri=url)

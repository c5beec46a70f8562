"""Attribute dialects: how a `Record` is written on a span, and read back."""

from __future__ import annotations

from typing import Literal, TypeAlias

Name: TypeAlias = Literal["genai", "indexed", "openinference"]
"""A dialect that can be asked for."""

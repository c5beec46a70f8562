"""The version, where importing it costs nothing."""

from __future__ import annotations

VERSION = "0.1.0.dev0"

"""What the server costs: start, memory, size, ingest, and the queries behind every page, each beside its goal."""

from __future__ import annotations

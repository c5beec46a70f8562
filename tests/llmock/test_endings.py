"""The same tests as `tests/conformance/test_endings.py`, with llmock for the provider."""

from __future__ import annotations

from tests.conformance.test_endings import *  # noqa: F403

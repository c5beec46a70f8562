"""The same tests as `tests/conformance/test_calls.py`, with llmock for the provider."""

from __future__ import annotations

from tests.conformance.test_calls import *  # noqa: F403

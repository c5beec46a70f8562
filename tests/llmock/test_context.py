"""The same tests as `tests/conformance/test_context.py`, with llmock for the provider."""

from __future__ import annotations

import pytest

from tests.conformance.test_context import *  # noqa: F403

pytestmark = pytest.mark.slow

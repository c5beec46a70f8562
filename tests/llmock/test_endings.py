"""The same tests as `tests/conformance/test_endings.py`, with llmock for the provider."""

from __future__ import annotations

import pytest

from tests.conformance.test_endings import *  # noqa: F403

pytestmark = [pytestmark, pytest.mark.slow]  # noqa: F405

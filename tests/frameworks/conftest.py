from __future__ import annotations

import warnings

import pytest

from tests.conformance.conftest import fake, provider, spans, traced, watched

__all__ = ["fake", "provider", "spans", "traced", "watched"]


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """CrewAI keeps clients for as long as the program runs: the last collection finds their sockets open, after every test."""
    left = r"Exception ignored in: <socket\.socket"
    warnings.filterwarnings("ignore", left, pytest.PytestUnraisableExceptionWarning)

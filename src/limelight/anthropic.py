"""Drop-in classes: `from limelight.anthropic import Anthropic` instead of `from anthropic import Anthropic`."""

from __future__ import annotations

from typing import Any

import anthropic as _vendor

from limelight.sdk.api import wrap

__all__ = ["Anthropic", "AsyncAnthropic"]


class Anthropic(_vendor.Anthropic):
    """`anthropic.Anthropic`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrap(self)


class AsyncAnthropic(_vendor.AsyncAnthropic):
    """`anthropic.AsyncAnthropic`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrap(self)

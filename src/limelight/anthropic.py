"""Drop-in classes: `from limelight.anthropic import Anthropic` instead of `from anthropic import Anthropic`.

They take what `limelight.wrap()` takes beside what the vendor's take: `Anthropic(capture_input=False)`.
"""

from __future__ import annotations

from typing import Any

import anthropic as _vendor

from limelight.sdk.api import wrap
from limelight.sdk.client_options import own_options

__all__ = ["Anthropic", "AsyncAnthropic"]


class Anthropic(_vendor.Anthropic):
    """`anthropic.Anthropic`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = own_options(kwargs)
        super().__init__(*args, **kwargs)
        wrap(self, **options)


class AsyncAnthropic(_vendor.AsyncAnthropic):
    """`anthropic.AsyncAnthropic`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = own_options(kwargs)
        super().__init__(*args, **kwargs)
        wrap(self, **options)

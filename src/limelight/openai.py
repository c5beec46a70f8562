"""Drop-in classes: `from limelight.openai import OpenAI` instead of `from openai import OpenAI`.

They take what `limelight.wrap()` takes beside what the vendor's take: `OpenAI(capture_input=False)`.
"""

from __future__ import annotations

from typing import Any

import openai as _vendor

from limelight.sdk.api import wrap
from limelight.sdk.client_options import own_options

__all__ = ["AsyncAzureOpenAI", "AsyncOpenAI", "AzureOpenAI", "OpenAI"]


class OpenAI(_vendor.OpenAI):
    """`openai.OpenAI`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = own_options(kwargs)
        super().__init__(*args, **kwargs)
        wrap(self, **options)


class AsyncOpenAI(_vendor.AsyncOpenAI):
    """`openai.AsyncOpenAI`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = own_options(kwargs)
        super().__init__(*args, **kwargs)
        wrap(self, **options)


class AzureOpenAI(_vendor.AzureOpenAI):
    """`openai.AzureOpenAI`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = own_options(kwargs)
        super().__init__(*args, **kwargs)
        wrap(self, **options)


class AsyncAzureOpenAI(_vendor.AsyncAzureOpenAI):
    """`openai.AsyncAzureOpenAI`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = own_options(kwargs)
        super().__init__(*args, **kwargs)
        wrap(self, **options)

"""Drop-in classes: `from limelight.openai import OpenAI` instead of `from openai import OpenAI`."""

from __future__ import annotations

from typing import Any

import openai as _vendor

from limelight.sdk.api import wrap

__all__ = ["AsyncAzureOpenAI", "AsyncOpenAI", "AzureOpenAI", "OpenAI"]


class OpenAI(_vendor.OpenAI):
    """`openai.OpenAI`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrap(self)


class AsyncOpenAI(_vendor.AsyncOpenAI):
    """`openai.AsyncOpenAI`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrap(self)


class AzureOpenAI(_vendor.AzureOpenAI):
    """`openai.AzureOpenAI`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrap(self)


class AsyncAzureOpenAI(_vendor.AsyncAzureOpenAI):
    """`openai.AsyncAzureOpenAI`, traced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrap(self)

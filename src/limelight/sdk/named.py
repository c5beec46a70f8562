"""`wrap` under the name of each vendor, for those who like to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from limelight.sdk.api import Limelight, wrap
from limelight.sdk.config import ConfigError
from limelight.sdk.switches import switch_for

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from limelight.sdk.client_options import ClientOptions

Client = TypeVar("Client")


def wrap_openai(client: Client, *, limelight: Limelight | None = None, **options: Unpack[ClientOptions]) -> Client:
    """Trace one client of the `openai` package, Azure's included; returns the same object."""
    _check(client, "openai")
    return wrap(client, limelight=limelight, **options)


def wrap_anthropic(client: Client, *, limelight: Limelight | None = None, **options: Unpack[ClientOptions]) -> Client:
    """Trace one client of the `anthropic` package, Bedrock's and Vertex's included; returns the same object."""
    _check(client, "anthropic")
    return wrap(client, limelight=limelight, **options)


def wrap_bedrock(client: Client, *, limelight: Limelight | None = None, **options: Unpack[ClientOptions]) -> Client:
    """Trace one Bedrock client of boto3, aioboto3 or aiobotocore, for models or for agents; returns the same object."""
    _check(client, "bedrock")
    return wrap(client, limelight=limelight, **options)


def wrap_google(client: Client, *, limelight: Limelight | None = None, **options: Unpack[ClientOptions]) -> Client:
    """Trace one client of the `google-genai` package, with the Gemini API or Vertex; returns the same object."""
    _check(client, "google")
    return wrap(client, limelight=limelight, **options)


def wrap_cohere(client: Client, *, limelight: Limelight | None = None, **options: Unpack[ClientOptions]) -> Client:
    """Trace one client of the `cohere` package, of either version of the API; returns the same object."""
    _check(client, "cohere")
    return wrap(client, limelight=limelight, **options)


def wrap_mistral(client: Client, *, limelight: Limelight | None = None, **options: Unpack[ClientOptions]) -> Client:
    """Trace one client of the `mistralai` package; returns the same object."""
    _check(client, "mistral")
    return wrap(client, limelight=limelight, **options)


def wrap_groq(client: Client, *, limelight: Limelight | None = None, **options: Unpack[ClientOptions]) -> Client:
    """Trace one client of the `groq` package; returns the same object."""
    _check(client, "groq")
    return wrap(client, limelight=limelight, **options)


def _check(client: Any, name: str) -> None:
    if (found := switch_for(client).integration.name) != name:
        raise ConfigError(f"`wrap_{name}()` takes a client of `{name}`, got one of `{found}`")

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module, metadata
from types import SimpleNamespace

import anthropic
import openai
import pytest

from limelight import providers
from limelight.core.operation import Integration
from limelight.core.wire.read import as_table

OURS = {integration.name: integration for integration in providers.integrations()}


ELSEWHERE = frozenset({"google_generativeai", "vertexai"})
"""Libraries that cannot be had beside the newest of all the others."""


def holder(target: str) -> object | None:
    """The class that a target names, where this version of the library has it."""
    module, _, path = target.partition(":")
    try:
        return getattr(import_module(module), path.partition(".")[0], None) if "." in path else import_module(module)
    except ModuleNotFoundError:
        return None


def last(target: str) -> str:
    return target.partition(":")[2].rpartition(".")[2].partition("[")[0]


def test_integrations_are_found_without_a_list() -> None:
    modules = {module.name for module in pkgutil.iter_modules(providers.__path__) if not module.name.startswith("_")}
    assert {"anthropic", "openai"} <= OURS.keys()
    assert len(OURS) >= len(modules)
    assert list(OURS) == sorted(OURS)


def test_finding_them_imports_no_vendor() -> None:
    code = "import sys; from limelight import providers; providers.integrations(); print([m for m in ('openai', 'anthropic', 'httpx', 'pydantic') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_other_packages_may_add_their_own() -> None:
    installed = metadata.entry_points(group=providers.GROUP)
    assert providers.plugins() == tuple(installed)


@pytest.mark.case(44, 45)
@pytest.mark.parametrize("integration", OURS.values(), ids=OURS)
def test_every_operation_is_found_in_the_installed_library(integration: Integration) -> None:
    if integration.name in ELSEWHERE:
        pytest.skip("not for the same environment as the others")
    for operation in integration.operations:
        present = [target for target in operation.targets if hasattr(holder(target), last(target))]
        kinds = {"Async" if ":Async" in target else "" for target in present}
        has_twin = any(":Async" in target for target in operation.targets)
        assert kinds == {"", "Async"} or operation.name == "text_completion" or (kinds and not has_twin), operation


@pytest.mark.parametrize("integration", OURS.values(), ids=OURS)
def test_readers_take_nothing_for_an_answer(integration: Integration) -> None:
    for operation in integration.operations:
        assert operation.request({}).messages == ()
        assert operation.response({}).messages == ()
        if operation.fold is not None:
            assert operation.response(operation.fold([])).messages == ()
        if operation.is_content is not None:
            assert operation.is_content({}) is False


def client(kind: str, host: str, port: int | None = None) -> object:
    return type(kind, (), {"base_url": SimpleNamespace(host=host, port=port)})()


@pytest.mark.parametrize(
    ("kind", "host", "port", "name"),
    [
        ("OpenAI", "api.openai.com", None, "openai"),
        ("OpenAI", "api.groq.com", None, "groq"),
        ("OpenAI", "localhost", 11434, "ollama"),
        ("OpenAI", "llm.acme.example", None, "openai"),
        ("AsyncAzureOpenAI", "llm.acme.example", None, "azure.ai.openai"),
    ],
)
def test_openais_client_names_who_answers(kind: str, host: str, port: int | None, name: str) -> None:
    named = OURS["openai"].provider
    assert named is not None
    assert named(host, client(kind, host, port)) == name


@pytest.mark.parametrize(
    ("kind", "host", "name"),
    [
        ("Anthropic", "api.anthropic.com", "anthropic"),
        ("Anthropic", "llm.acme.example", "anthropic"),
        ("AsyncAnthropicBedrock", "llm.acme.example", "aws.bedrock"),
        ("AnthropicVertex", "aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("Anthropic", "api.deepseek.com", "deepseek"),
    ],
)
def test_anthropics_client_names_who_answers(kind: str, host: str, name: str) -> None:
    named = OURS["anthropic"].provider
    assert named is not None
    assert named(host, client(kind, host)) == name


@pytest.mark.case(33)
def test_the_vendors_own_not_given_is_not_given() -> None:
    request = next(operation.request for operation in OURS["openai"].operations)
    unset = {
        name: value for name in ("omit", "not_given", "NOT_GIVEN") if (value := getattr(openai, name, None)) is not None
    }
    assert unset
    assert request(unset).params == {}
    request = next(operation.request for operation in OURS["anthropic"].operations)
    assert request({name: getattr(anthropic, name, None) for name in ("omit", "not_given", "NOT_GIVEN")}).params == {}


def test_a_live_answer_is_a_table() -> None:
    assert as_table(openai.types.Embedding(embedding=[0.1], index=0, object="embedding")) == {
        "embedding": [0.1],
        "index": 0,
        "object": "embedding",
    }

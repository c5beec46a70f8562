"""The pytest plugin, as a project that installs Limelight meets it: in a pytest of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from limelight.testing import FakeProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["pytester"]

ASK = """
import pytest
from openai import OpenAI

def ask(words="Hello", **more):
    client = OpenAI(base_url={url!r}, api_key="x")
    question = [{{"role": "user", "content": words}}]
    return client.chat.completions.create(model="gpt-4o-mini", messages=question, **more)
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with FakeProvider() as fake:
        yield fake.openai_url


@pytest.fixture(autouse=True)
def _no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else is installed beside Limelight has no say; `run` asks for ours by the name of its entry point."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        monkeypatch.delenv(name, raising=False)


def run(pytester: pytest.Pytester, url: str, body: str, *options: str) -> pytest.RunResult:
    pytester.makeconftest("")
    pytester.makepyfile(ASK.format(url=url) + body)
    return pytester.runpytest_subprocess("-p", "limelight", "-p", "no:cacheprovider", "--strict-markers", *options)


def test_the_fixture_holds_what_the_test_did(pytester: pytest.Pytester, url: str) -> None:
    body = """
def test_it(spans):
    ask()
    assert [span.name for span in spans.all()] == ["chat gpt-4o-mini"]

def test_it_again(spans):
    assert spans.all() == []
"""
    run(pytester, url, body).assert_outcomes(passed=2)


def test_a_budget_that_is_kept(pytester: pytest.Pytester, url: str) -> None:
    body = """
@pytest.mark.budget(llm_calls=1, tokens=1_000, cost=0.01, ttft=30)
def test_it():
    ask()
"""
    run(pytester, url, body).assert_outcomes(passed=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ("llm_calls=1", "2 calls of models, where 1 are allowed"),
        ("tokens=3", "tokens, where 3 are allowed"),
        ("cost=0.0000001", "dollars, where 1e-07 are allowed"),
        ("ttft=0", "seconds to the first chunk, where 0 are allowed"),
    ],
)
def test_a_budget_that_is_overspent(pytester: pytest.Pytester, url: str, budget: str, said: str) -> None:
    body = f"""
@pytest.mark.budget({budget})
def test_it():
    ask()
    list(ask(stream=True))
"""
    result = run(pytester, url, body)
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "over budget: " in text
    assert said in text
    assert "chat gpt-4o-mini [llm]" in text


def test_a_price_that_nobody_knows_is_not_nothing(pytester: pytest.Pytester, url: str) -> None:
    body = """
@pytest.mark.budget(cost=1)
def test_it(spans):
    with spans.llm_call(provider="parlour", model="own-1") as call:
        call.set_tokens(1, 1)
"""
    result = run(pytester, url, body)
    result.assert_outcomes(failed=1)
    assert "the cost is unknown: no price for own-1" in result.stdout.str()


def test_beneath_a_failed_test_stand_its_calls(pytester: pytest.Pytester, url: str) -> None:
    body = """
def test_it(spans):
    with spans.span("request"):
        ask()
    assert False
"""
    result = run(pytester, url, body)
    result.stdout.fnmatch_lines(["*calls of models*", "request [[]chain[]]*", "  chat gpt-4o-mini [[]llm[]]*tokens*$*"])


@pytest.mark.slow
def test_answers_are_recorded_when_asked_for_and_played_otherwise(pytester: pytest.Pytester, url: str) -> None:
    body = """
import asyncio

@pytest.mark.replay
@pytest.mark.budget(llm_calls=1, tokens=1_000)
def test_it():
    assert ask().choices

@pytest.mark.replay("own/place.jsonl")
@pytest.mark.parametrize("number", [1])
def test_there(number, spans):
    assert len(list(ask(f"Hello {{number}}", stream=True))) > 1
    assert [span.name for span in spans.all()] == ["chat gpt-4o-mini"]
""".replace("{{", "{").replace("}}", "}")
    refused = run(pytester, url, body)
    refused.assert_outcomes(failed=2)
    refused.stdout.fnmatch_lines(
        ["*no recording of POST 127.0.0.1/v1/chat/completions: there is no *test_it.jsonl*--limelight-record*"]
    )
    run(pytester, url, body, "--limelight-record").assert_outcomes(passed=2)
    made = sorted(str(path.relative_to(pytester.path)) for path in pytester.path.rglob("*.jsonl"))
    name = "test_answers_are_recorded_when_asked_for_and_played_otherwise"
    assert made == [f"cassettes/{name}/test_it.jsonl", "own/place.jsonl"]
    run(pytester, "http://127.0.0.1:9/v1", body).assert_outcomes(passed=2)


def test_pytest_finds_the_plugin_by_itself(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    pytester.runpytest_subprocess("--fixtures").stdout.fnmatch_lines(
        ["*fixtures defined from limelight.pytest_plugin*"]
    )


def test_whoever_does_not_ask_loads_nothing(pytester: pytest.Pytester, url: str) -> None:
    body = """
def test_it():
    import sys
    assert "limelight.sdk.api" not in sys.modules
"""
    run(pytester, "", body.replace("from openai import OpenAI", "")).assert_outcomes(passed=1)

"""The options of one wrapped client: each of them, its mistakes, and the drop-in classes that take them too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

import limelight
from limelight.core.dialects import keys
from limelight.sdk import named
from limelight.sdk.config import ConfigError
from limelight.testing import Capture
from limelight.testing.fake import fail

if TYPE_CHECKING:
    from limelight.testing import FakeProvider

pytestmark = pytest.mark.usefixtures("unwrapped")

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")
SECRET = "whisper"
HI = [{"role": "user", "content": SECRET}]
TOOL = {
    "type": "function",
    "function": {"name": "look", "description": SECRET, "parameters": {"type": "object", "title": SECRET}},
}


@pytest.fixture
def client(fake: FakeProvider) -> Iterator[Any]:
    with openai.OpenAI(base_url=fake.openai_url, api_key="any", max_retries=0) as client:
        yield client


def ask(client: Any, **more: Any) -> Any:
    return client.chat.completions.create(model="gpt-4o", messages=HI, **more)


def test_without_its_input_a_call_says_nothing_of_what_was_asked(
    client: Any, fake: FakeProvider, spans: Capture
) -> None:
    spans.wrap(client, capture_input=False)
    fake.script(fail(400, f"no: {SECRET}"))
    with pytest.raises(openai.BadRequestError):
        ask(client, tools=[TOOL], user=SECRET)
    one = spans.one()
    assert SECRET not in str(one.span)
    assert one.attributes[keys.HTTP_STATUS] == 400
    assert "look" in one.attributes[keys.TOOL_DEFINITIONS]


@pytest.mark.parametrize("streamed", [False, True])
def test_without_its_output_a_call_says_how_it_ended(client: Any, spans: Capture, streamed: bool) -> None:
    spans.wrap(client, capture_output=False)
    answer = ask(client, stream=streamed)
    text = "".join(c.choices[0].delta.content or "" for c in answer) if streamed else answer.choices[0].message.content
    one = spans.one()
    assert text
    assert text not in str(one.attributes)
    assert one.attributes[keys.FINISH_REASONS] == ("stop",)
    assert SECRET in one.attributes[keys.INPUT_MESSAGES]


def test_tokens_and_price_can_be_left_out_each(client: Any, spans: Capture) -> None:
    spans.wrap(client, capture_tokens=False)
    ask(client)
    spans.wrap(client, capture_cost=False)
    ask(client)
    untold, unpriced = spans.all()
    assert not [key for key in keys.USAGE.values() if key in untold.attributes]
    assert untold.attributes[keys.COST["total"]] > 0
    assert keys.COST_FORMULA not in untold.attributes
    assert unpriced.attributes[keys.USAGE["input"]] > 0
    assert not [key for key in keys.COST.values() if key in unpriced.attributes]


def test_content_rate_and_masks_are_the_clients_own(client: Any, spans: Capture) -> None:
    for options in ({"capture_content": False}, {"capture_rate": 0.0}, {"mask": lambda text: text.upper()}):
        spans.clear()
        spans.wrap(client, **options)  # type: ignore[typeddict-item]
        ask(client)
        assert SECRET not in str(spans.one().attributes)
    assert SECRET.upper() in spans.one().attributes[keys.INPUT_MESSAGES]


def test_its_words_are_added_to_those_of_the_program(client: Any, traced: Any) -> None:
    spans = traced(tags=["all"])
    spans.wrap(client, tags=["own", "all"], metadata={"team": "red", "page": 1})
    with limelight.context(tags=["now"], metadata={"page": 2}):
        ask(client)
    ask(openai.OpenAI(base_url=client.base_url, api_key="any"))
    own, other = spans.all()
    assert own.attributes[keys.TAGS] == ("all", "own", "now")
    assert own.json(keys.METADATA) == {"team": "red", "page": 2}
    assert other.attributes[keys.TAGS] == ("all",)


def test_whoever_asks_for_nothing_of_his_own_reports_as_everybody_does(client: Any, spans: Capture) -> None:
    spans.wrap(client)
    assert client._limelight_sink() is spans.pipeline


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"capture_inputs": False}, "no option of one client; known are capture_content"),
        ({"capture_input": 0}, "must be True or False, got 0"),
        ({"capture_rate": 7}, "between 0 and 1"),
        ({"tags": "beta"}, "takes a list of names"),
        ({"metadata": ["beta"]}, "takes a mapping"),
        ({"mask": "everything"}, "`mask` must be"),
    ],
)
def test_a_wrong_option_says_what_is_wrong(client: Any, spans: Capture, options: dict[str, Any], message: str) -> None:
    for wrap in (limelight.wrap, limelight.wrap_openai):
        with pytest.raises(ConfigError, match=message):
            wrap(client, limelight=spans, **options)  # type: ignore[typeddict-item]


def test_every_named_form_takes_them() -> None:
    forms = [name for name in limelight.__all__ if name.startswith("wrap")]
    assert len(forms) == 8
    for name in forms:
        form = getattr(limelight, name)
        assert form.__annotations__["options"] == "Unpack[ClientOptions]"
        assert form is getattr(named, name)


@pytest.mark.parametrize("name", ["OpenAI", "AsyncOpenAI", "AzureOpenAI", "Anthropic", "AsyncAnthropic"])
def test_drop_in_classes_take_them_beside_the_vendors(name: str, fake: FakeProvider, spans: Capture) -> None:
    import limelight.anthropic
    import limelight.openai

    kind = getattr(limelight.openai, name, None) or getattr(limelight.anthropic, name)
    client = kind(api_key="any", base_url=fake.openai_url, limelight=spans, capture_input=False, **AZURE.get(name, {}))
    assert client._limelight_sink().policy.capture_input is False
    assert client.with_options(timeout=3)._limelight_sink is client._limelight_sink
    assert client.api_key == "any"


AZURE = {"AzureOpenAI": {"api_version": "2024-10-21"}}

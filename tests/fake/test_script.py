from __future__ import annotations

import subprocess
import sys
from typing import Any

import anthropic
import openai
import pytest

from limelight.testing.fake import FakeProvider, Prompt, fail, say, slow, think, tool_call
from limelight.testing.fake.specimen import specimen
from tests.fake.both import settle


async def said(gpt: Any, question: str, model: str = "gpt-4o") -> str:
    answer = await settle(gpt.chat.completions.create(model=model, messages=[{"role": "user", "content": question}]))
    return str(answer.choices[0].message.content)


async def test_answers_are_given_in_order_and_once(fake: FakeProvider, gpt: Any) -> None:
    fake.script(say("one"), say("two"))
    assert [await said(gpt, "?"), await said(gpt, "?")] == ["one", "two"]
    assert "you asked" in await said(gpt, "?")


async def test_answers_can_wait_for_their_question(fake: FakeProvider, gpt: Any) -> None:
    fake.script(say("trams"), when="Lisbon")
    fake.script(say("big"), when=lambda prompt: prompt.model == "gpt-5")
    fake.script(say("first come"))
    assert await said(gpt, "Hello") == "first come"
    assert await said(gpt, "Hello", model="gpt-5") == "big"
    assert fake.unused == [say("trams")]
    assert await said(gpt, "How is Lisbon?") == "trams"
    assert fake.unused == []


async def test_an_improviser_is_asked_before_the_fake_itself(gpt: Any, fake: FakeProvider) -> None:
    def improviser(prompt: Prompt) -> Any:
        return say(f"{prompt.operation} {prompt.turns}") if "special" in prompt.text else None

    with FakeProvider(improviser=improviser) as other:
        client = gpt.with_options(base_url=other.openai_url)
        assert await said(client, "something special") == "chat 1"
        assert "you asked" in await said(client, "something else")


async def test_failures_are_scripted_for_every_kind_of_request(fake: FakeProvider, gpt: Any, claude: Any) -> None:
    fake.script(fail(500), when=lambda prompt: prompt.operation == "other")
    assert await said(gpt, "Hello")
    with pytest.raises(openai.InternalServerError):
        await settle(gpt.models.list())
    fake.script(fail(429, "Not now."))
    with pytest.raises(anthropic.RateLimitError, match=r"Not now\."):
        await settle(claude.messages.batches.list())


async def test_words_are_not_wasted_on_requests_that_want_none(fake: FakeProvider, gpt: Any) -> None:
    fake.script(say("for the chat"))
    await settle(gpt.models.list())
    assert await said(gpt, "Hello") == "for the chat"


def test_answers_are_put_together() -> None:
    answer = (think("hm") + say("yes") + tool_call("go")).slow(gap_s=1).cut(after_events=2)
    assert [type(part).__name__ for part in answer.parts] == ["Thought", "Text", "ToolCall"]
    assert answer.ending() == "tool"
    assert say("no").stopped("filter").ending() == "filter"
    assert slow(gap_s=1).parts == ()


async def test_steering_by_words_in_the_message(gpt: Any) -> None:
    answer = await said(gpt, "[[long]] Tell me everything")
    assert answer.count("Tell me everything") == 40
    assert "[[" not in answer
    assert await said(gpt, "[[echo]] Exactly this") == "Exactly this"
    with pytest.raises(openai.InternalServerError):
        await said(gpt, "Please [[fail-500]] now")


async def test_steering_by_a_header(gpt: Any) -> None:
    headers, question = {"x-limelight-steer": "refusal"}, [{"role": "user", "content": "Do it"}]
    answer = await settle(gpt.chat.completions.create(model="gpt-4o", messages=question, extra_headers=headers))
    assert answer.choices[0].message.refusal


async def test_steering_words_combine(gpt: Any) -> None:
    schema = {"type": "object", "properties": {"q": {"type": "string"}}}
    tools = [{"type": "function", "function": {"name": name, "parameters": schema}} for name in ("a", "b")]
    question = [{"role": "user", "content": "Do it"}]
    twice = await settle(gpt.chat.completions.create(model="tools-twice+no-usage", messages=question, tools=tools))
    assert [call.function.name for call in twice.choices[0].message.tool_calls] == ["a", "b"]
    assert twice.usage is None


async def test_steering_usage(gpt: Any, claude: Any) -> None:
    question = [{"role": "user", "content": "one two three four five six seven"}]
    cached = await settle(gpt.chat.completions.create(model="cached", messages=question))
    assert cached.usage.prompt_tokens_details.cached_tokens > 0
    model = "cached+cache-write+reasoning"
    written = await settle(claude.messages.create(model=model, max_tokens=200, messages=question))
    assert written.usage.cache_creation_input_tokens > 0
    assert written.usage.cache_read_input_tokens > 0
    assert written.content[0].type == "thinking"


def test_the_environment_points_other_processes_here(fake: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)
    with openai.OpenAI() as gpt, anthropic.Anthropic() as claude:
        assert gpt.chat.completions.create(model="x", messages=[{"role": "user", "content": "Hi"}])
        assert claude.messages.create(model="x", max_tokens=9, messages=[{"role": "user", "content": "Hi"}])


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "properties": {"a": {"type": "integer", "minimum": 50}}, "required": ["a"]}, {"a": 50}),
        ({"type": "object", "properties": {"a": {"enum": ["x", "y"]}, "b": {}}, "required": ["a"]}, {"a": "x"}),
        ({"type": "array", "items": {"type": "number", "maximum": 2}, "minItems": 2}, [2.0, 2.0]),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, True),
        ({"$ref": "#/$defs/d", "$defs": {"d": {"type": "string", "format": "date"}}}, "2026-03-14"),
        ({"type": ["null", "string"]}, "Oslo"),
        ({"const": 4}, 4),
        ({"type": "string", "maxLength": 2}, "Os"),
        ({}, "Oslo"),
    ],
)
def test_specimens_satisfy_their_schema(schema: dict[str, Any], expected: Any) -> None:
    assert specimen(schema, "Send 7 boats to Oslo") == expected


def test_specimens_of_schemas_without_end() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["next"]}
    assert specimen({"$ref": "#/$defs/node", "$defs": {"node": node}})["next"]["next"]


def test_as_a_program_it_says_where_it_is() -> None:
    command = [sys.executable, "-m", "limelight.testing.fake"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        said = dict(running.stdout.readline().removeprefix("export ").strip().split("=", 1) for _ in range(4))
        with openai.OpenAI(base_url=said["OPENAI_BASE_URL"], api_key=said["OPENAI_API_KEY"]) as gpt:
            assert gpt.models.list().data
        running.terminate()

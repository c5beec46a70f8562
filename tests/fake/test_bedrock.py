from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer
from botocore.exceptions import ClientError, EventStreamError

from limelight.testing.fake import Answer, say, think, tool_call
from limelight.testing.fake.eventstream import event, exception, frame

if TYPE_CHECKING:
    from limelight.testing.fake import FakeProvider

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # a stream that broke keeps its socket
ASKED = {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": "Hello"}]}]}


def client(fake: FakeProvider, key: str = "any", service: str = "bedrock-runtime") -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=fake.bedrock_url,
        aws_access_key_id=key,
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )


def messages(data: bytes) -> list[Any]:
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


def test_a_frame_is_what_botocore_reads() -> None:
    one, two = messages(frame(b"a", {":event-type": "x"}) + frame(b"", {}))
    assert (one.payload, one.headers) == (b"a", {":event-type": "x"})
    assert (two.payload, two.headers) == (b"", {})


def test_a_frame_with_a_flipped_bit_is_refused() -> None:
    whole = frame(b"abc", {":event-type": "x"})
    for at in (5, 12, len(whole) - 6):
        with pytest.raises(ChecksumMismatch):
            messages(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])


def test_events_and_exceptions_say_what_they_are() -> None:
    (told,) = messages(event("chunk", {"a": "ä"}).data)  # type: ignore[arg-type]
    assert (told.headers[":message-type"], told.headers[":event-type"]) == ("event", "chunk")
    assert json.loads(told.payload) == {"a": "ä"}
    (failed,) = messages(exception("throttlingException", "Slower").data)  # type: ignore[arg-type]
    assert failed.headers[":exception-type"] == "throttlingException"
    assert failed.to_response_dict()["status_code"] == 400


@pytest.mark.parametrize(
    ("answer", "blocks", "stop"),
    [
        (say("Hi."), [{"text": "Hi."}], "end_turn"),
        (say("Hi.").stopped("length"), [{"text": "Hi."}], "max_tokens"),
        (say("Hi.").stopped("filter"), [{"text": "Hi."}], "guardrail_intervened"),
    ],
)
def test_a_script_is_followed(fake: FakeProvider, answer: Answer, blocks: Any, stop: str) -> None:
    fake.script(answer, answer)
    whole = client(fake).converse(**ASKED)
    assert (whole["output"]["message"]["content"], whole["stopReason"]) == (blocks, stop)
    events = list(client(fake).converse_stream(**ASKED)["stream"])
    text = "".join(each["contentBlockDelta"]["delta"]["text"] for each in events if "contentBlockDelta" in each)
    assert text == blocks[0]["text"]
    assert [each["messageStop"]["stopReason"] for each in events if "messageStop" in each] == [stop]
    assert events[-1]["metadata"]["usage"] == whole["usage"]


def test_thoughts_and_tools_have_blocks_of_their_own(fake: FakeProvider) -> None:
    fake.script(think("Hm.") + tool_call("weather", {"city": "Oslo"}))
    thought, called = client(fake).converse(**ASKED)["output"]["message"]["content"]
    assert thought["reasoningContent"]["reasoningText"]["text"] == "Hm."
    assert (called["toolUse"]["name"], called["toolUse"]["input"]) == ("weather", {"city": "Oslo"})


def test_tokens_are_told_in_headers_and_in_the_last_chunk(fake: FakeProvider) -> None:
    asked = {"modelId": "meta.llama3-8b-instruct-v1:0", "body": json.dumps({"prompt": "Hello"})}
    fake.script(*[say("Hi.").usage(input=7, output=3, cache_read=2)] * 2)
    headers = client(fake).invoke_model(**asked)["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-bedrock-input-token-count"] == "5"
    assert headers["x-amzn-bedrock-output-token-count"] == "3"
    *_, last = client(fake).invoke_model_with_response_stream(**asked)["body"]
    metrics = json.loads(last["chunk"]["bytes"])["amazon-bedrock-invocationMetrics"]
    assert (metrics["inputTokenCount"], metrics["outputTokenCount"]) == (5, 3)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "ValidationException"), (429, "ThrottlingException"), (503, "ServiceUnavailableException")],
)
def test_an_error_says_in_its_header_what_it_is(fake: FakeProvider, status: int, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        client(fake).converse(**{**ASKED, "modelId": f"m+fail-{status}"})
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_wrong_key_is_refused(fake: FakeProvider) -> None:
    with pytest.raises(ClientError, match="security token"):
        client(fake, key="wrong").converse(**ASKED)


def test_streams_break_in_every_way(fake: FakeProvider) -> None:
    fake.script(say("Hi, there.").malformed(after_events=2), say("Hi, there.").error_event(after_events=2))
    with pytest.raises(ChecksumMismatch):
        list(client(fake).converse_stream(**ASKED)["stream"])
    with pytest.raises(EventStreamError, match="throttlingException"):
        list(client(fake).converse_stream(**ASKED)["stream"])


def test_an_agent_asks_for_a_tool_and_cites(fake: FakeProvider) -> None:
    fake.script(tool_call("weather", {"city": "Oslo"}), say("It rains.", cites=("a",)))
    asked = {"agentId": "AGENT12345", "agentAliasId": "ALIAS12345", "sessionId": "s-1", "inputText": "Weather?"}
    agent = client(fake, service="bedrock-agent-runtime")
    (control,) = list(agent.invoke_agent(**asked)["completion"])
    (inputs,) = control["returnControl"]["invocationInputs"]
    assert inputs["functionInvocationInput"]["parameters"] == [{"name": "city", "type": "string", "value": "Oslo"}]
    chunks = [each["chunk"] for each in agent.invoke_agent(**asked)["completion"]]
    assert b"".join(chunk["bytes"] for chunk in chunks) == b"It rains."
    assert chunks[0]["attribution"]["citations"]

"""Bodies that botocore hands out unread, however they end; and calls of other services, which are none of ours."""

from __future__ import annotations

import contextlib
import gc
import io
import json
from typing import TYPE_CHECKING, Any

import aiobotocore.session
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EventStreamError
from botocore.response import StreamingBody
from botocore.stub import Stubber

import limelight
from limelight.sdk.config import ConfigError
from limelight.testing import Capture, FakeProvider, capture
from limelight.testing.fake import disconnect, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

MODEL = "meta.llama3-8b-instruct-v1:0"
ASKED = {"modelId": MODEL, "body": json.dumps({"prompt": "Who are you?"})}
TALK = {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": "Who are you?"}]}]}
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # a body that is dropped keeps its socket
SESSION = aiobotocore.session.get_session()


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as provider:
        yield provider


@pytest.fixture
def spans(sound: None) -> Iterator[Capture]:
    with capture("bedrock") as spans:
        yield spans


def told(fake: FakeProvider, **more: Any) -> dict[str, Any]:
    retries = Config(retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    return {"region_name": "us-east-1", "endpoint_url": fake.bedrock_url, "config": retries, **keys, **more}


@pytest.fixture
def client(fake: FakeProvider) -> Any:
    return boto3.client("bedrock-runtime", **told(fake))


@pytest.fixture
async def client_async(fake: FakeProvider) -> AsyncIterator[Any]:
    async with SESSION.create_client("bedrock-runtime", **told(fake)) as client:
        yield client


def outcome(spans: Capture) -> str:
    return str(spans.one().attributes.get("limelight.outcome", "ok"))


def words(spans: Capture) -> str:
    (message,) = spans.one().json("gen_ai.output.messages")
    return str(message["parts"][0]["content"])


@pytest.mark.case(38)
def test_a_body_is_not_read_before_the_caller_reads_it(client: Any, spans: Capture) -> None:
    answer = client.invoke_model(**ASKED)
    assert spans.all() == []
    assert isinstance(answer["body"], StreamingBody)
    assert answer["body"].tell() == 0
    body = json.load(answer["body"])
    assert words(spans) == body["generation"]
    assert outcome(spans) == "ok"
    assert answer["body"].read() == b""
    assert len(spans.all()) == 1


def test_a_body_that_is_read_through_a_file_is_read(client: Any, spans: Capture) -> None:
    with io.TextIOWrapper(client.invoke_model(**ASKED)["body"]) as file:
        body = json.load(file)
    assert words(spans) == body["generation"]


def test_a_body_that_is_read_into_a_buffer_is_read(client: Any, spans: Capture) -> None:
    body, buffer, data = client.invoke_model(**ASKED)["body"], bytearray(50), b""
    while size := body.readinto(buffer):
        data += buffer[:size]
    assert words(spans) == json.loads(data)["generation"]


def test_a_body_that_was_read_in_one_large_piece_is_whole(client: Any, spans: Capture) -> None:
    body = client.invoke_model(**ASKED)["body"]
    data = body.read(100_000)
    body.close()
    assert words(spans) == json.loads(data)["generation"]
    assert outcome(spans) == "ok"


@pytest.mark.parametrize("read", [0, 10])
@pytest.mark.parametrize("end", ["closed", "dropped", "left"])
def test_a_body_that_is_not_read_to_its_end_is_incomplete(client: Any, spans: Capture, read: int, end: str) -> None:
    """What its headers count is known all the same."""
    body = client.invoke_model(**ASKED)["body"]
    if end == "left":
        with body as raw:
            raw.read(read)
    else:
        body.read(read)
    assert (spans.all() == []) == (end != "left")
    if end == "closed":
        body.close()
    del body
    one = spans.one()
    assert outcome(spans) == "incomplete"
    assert "gen_ai.output.messages" not in one.attributes
    assert one.attributes["gen_ai.usage.output_tokens"] > 0
    assert "gen_ai.response.time_to_first_chunk" not in one.attributes


@pytest.mark.case(38)
@pytest.mark.parametrize("end", ["closed", "closed, awaited", "dropped", "left"])
async def test_a_body_that_is_awaited_ends_likewise(client_async: Any, spans: Capture, end: str) -> None:
    body = (await client_async.invoke_model(**ASKED))["body"]
    assert await body.read(10)
    assert spans.all() == []
    if end == "left":
        async with body:
            pass
    if end == "closed":
        body.close()
    if end == "closed, awaited" and hasattr(type(body), "aclose"):
        await body.aclose()
    del body
    assert outcome(spans) == "incomplete"


async def test_a_body_that_is_awaited_within_a_block_is_read(client_async: Any, spans: Capture) -> None:
    async with (await client_async.invoke_model(**ASKED))["body"] as inner:
        data = json.loads(await inner.read())
    assert words(spans) == data["generation"]
    assert outcome(spans) == "ok"


def test_a_body_that_breaks_raises_what_it_raised_before(fake: FakeProvider, client: Any, spans: Capture) -> None:
    raised: list[Any] = []
    for switch in (spans.uninstrument, lambda: spans.instrument("bedrock")):
        switch()
        fake.script(disconnect())
        with pytest.raises(BotoCoreError) as caught:
            client.invoke_model(**ASKED)["body"].read()
        raised.append(caught.value)
    bare, traced = raised
    assert (type(traced), str(traced)) == (type(bare), str(bare))
    one = spans.one()
    assert (one.attributes["limelight.outcome"], one.error) == ("error", str(traced))


async def test_an_awaited_body_that_breaks_is_an_error(fake: FakeProvider, client_async: Any, spans: Capture) -> None:
    fake.script(disconnect())
    body = (await client_async.invoke_model(**ASKED))["body"]
    with pytest.raises(Exception, match=r"\w") as caught:
        await body.read()
    assert spans.one().error == str(caught.value)


def test_an_error_in_the_midst_of_a_stream_is_the_callers(fake: FakeProvider, client: Any, spans: Capture) -> None:
    fake.script(say("It rains in Oslo, as ever.").error_event(after_events=4))
    stream = client.converse_stream(**TALK)["stream"]
    seen: list[Any] = []
    with pytest.raises(EventStreamError) as caught:
        seen.extend(stream)
    assert len(seen) == 4
    one = spans.one()
    assert one.attributes["error.type"] == "botocore.EventStreamError"
    assert one.attributes["limelight.error.code"] == "throttlingException"
    assert one.error == str(caught.value)
    assert "It rains in Oslo, as ever.".startswith(words(spans))


def test_a_refusal_tells_its_status_its_code_and_its_id(client: Any, spans: Capture) -> None:
    with pytest.raises(ClientError) as caught:
        client.converse(**{**TALK, "modelId": "m+fail-429"})
    about = spans.one().attributes
    assert about["http.response.status_code"] == 429
    assert about["limelight.error.code"] == "ThrottlingException"
    assert about["limelight.error.request_id"] == caught.value.response["ResponseMetadata"]["RequestId"]


def test_a_stub_may_stand_in_for_the_provider(client: Any, spans: Capture) -> None:
    given = b'{"generation": "Hi", "stop_reason": "stop"}'
    with Stubber(client) as stub:
        body = StreamingBody(io.BytesIO(given), len(given))
        stub.add_response("invoke_model", {"body": body, "contentType": "application/json"})
        assert client.invoke_model(**ASKED)["body"].read() == given
    assert words(spans) == "Hi"


def test_calls_of_other_services_are_none_of_ours(fake: FakeProvider, spans: Capture) -> None:
    """Kendra has a `Retrieve`, too."""
    kendra = boto3.client("kendra", **told(fake))
    with contextlib.suppress(ClientError):
        kendra.retrieve(IndexId="a" * 36, QueryText="Oslo")
    storage = boto3.client("s3", **told(fake))
    with contextlib.suppress(ClientError):
        storage.list_buckets()
    assert len(fake.requests) == 2
    assert spans.all() == []


def test_one_client_is_wrapped_and_no_other(fake: FakeProvider, sound: None) -> None:
    with Capture(instrument=False) as spans:
        wrapped = limelight.wrap_bedrock(boto3.client("bedrock-runtime", **told(fake)), limelight=spans)
        other = boto3.client("bedrock-runtime", **told(fake))
        wrapped.converse(**TALK)
        other.converse(**TALK)
        assert len(spans.all()) == 1
        with pytest.raises(ConfigError, match=r"botocore\.client\.S3"):
            limelight.wrap_bedrock(boto3.client("s3", **told(fake)), limelight=spans)
        limelight.uninstrument()
        gc.collect()


async def test_an_asynchronous_client_is_wrapped_likewise(client_async: Any, sound: None) -> None:
    with Capture(instrument=False) as spans:
        assert limelight.wrap_bedrock(client_async, limelight=spans) is client_async
        await client_async.converse(**TALK)
        assert len(spans.all()) == 1
        limelight.uninstrument()

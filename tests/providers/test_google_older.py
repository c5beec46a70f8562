"""Google's older SDKs, where they are installed: neither goes together with the newest protobuf."""

from __future__ import annotations

import contextlib
import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from limelight.providers import _gapic
from limelight.testing import Capture, FakeProvider, capture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

MODEL = "gemini-2.5-flash"
ASKED = "What is the weather in Oslo?"
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # each says that it is to be replaced


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as fake:
        yield fake


@pytest.fixture
def generativeai(fake: FakeProvider) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("google.generativeai")
    module.configure(api_key="any", transport="rest", client_options={"api_endpoint": fake.url})
    return module


@pytest.fixture
def vertexai(fake: FakeProvider) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("vertexai")
        models = pytest.importorskip("vertexai.generative_models")
    from google.oauth2.credentials import Credentials

    module.init(
        project="p",
        location="us-central1",
        credentials=Credentials(token="any"),  # type: ignore[no-untyped-call]
        api_transport="rest",
        api_endpoint=fake.url,
    )
    return models


@pytest.fixture
def spans(sound: None) -> Iterator[Capture]:
    with capture("google_generativeai", "vertexai") as spans:
        yield spans


def said(spans: Capture) -> str:
    return "".join(part["content"] for part in spans.all()[-1].json("gen_ai.output.messages")[0]["parts"])


def weather(city: str) -> str:
    """Look out of the window."""
    return f"rain in {city}"


weather.__annotations__ = {"city": str, "return": str}  # texts are not read


def test_the_first_sdk_whole_and_streamed(generativeai: Any, spans: Capture) -> None:
    model = generativeai.GenerativeModel(MODEL, system_instruction="Be brief")
    whole = model.generate_content(ASKED, generation_config={"temperature": 0.5, "stop_sequences": ["END"]})
    assert said(spans) == whole.text
    one = spans.one()
    assert one.attributes["gen_ai.provider.name"] == "gcp.gemini"
    assert one.attributes["gen_ai.request.model"] == MODEL
    assert one.attributes["gen_ai.request.temperature"] == 0.5
    assert one.attributes["gen_ai.request.stop_sequences"] == ("END",)
    assert one.attributes["gen_ai.response.finish_reasons"] == ("STOP",)
    assert one.attributes["gen_ai.usage.input_tokens"] == 7 + 2
    assert one.json("gen_ai.system_instructions") == [{"type": "text", "content": "Be brief"}]
    assert "".join(chunk.text for chunk in model.generate_content(ASKED, stream=True)) == said(spans)
    streamed = spans.all()[-1]
    assert streamed.attributes["gen_ai.request.stream"] is True
    assert streamed.attributes["gen_ai.usage.output_tokens"] == one.attributes["gen_ai.usage.output_tokens"]


def test_the_first_sdk_calls_functions_by_itself(generativeai: Any, spans: Capture) -> None:
    chat = generativeai.GenerativeModel(MODEL, tools=[weather]).start_chat(enable_automatic_function_calling=True)
    assert "rain in Oslo" in chat.send_message(ASKED).text
    first, second = spans.all()
    assert first.json("gen_ai.tool.definitions") == [
        {
            "type": "function",
            "name": "weather",
            "description": "Look out of the window.",
            "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
        }
    ]
    assert first.json("gen_ai.output.messages")[0]["parts"][0]["arguments"] == {"city": "Oslo"}
    assert second.json("gen_ai.input.messages")[-1]["parts"][0]["response"] == {"result": "rain in Oslo"}


def test_the_first_sdk_embeds_counts_and_is_refused(generativeai: Any, spans: Capture) -> None:
    generativeai.embed_content(model="models/text-embedding-004", content=["One", "Two"])
    generativeai.GenerativeModel(MODEL).count_tokens(ASKED)
    with pytest.raises(Exception, match="429"):
        generativeai.GenerativeModel("gemini+fail-429").generate_content(ASKED, request_options={"timeout": 1})
    embedded, counted, refused = spans.all()
    assert embedded.attributes["gen_ai.embeddings.dimension.count"] == 768
    assert len(embedded.json("gen_ai.input.messages")) == 2
    assert counted.json("limelight.response.extra") == {"count.input_tokens": 7}
    assert refused.attributes["http.response.status_code"] == 429
    assert refused.error is not None


def test_the_sdk_of_vertex(vertexai: Any, spans: Capture) -> None:
    model = vertexai.GenerativeModel(MODEL, system_instruction="Be brief")
    picture = vertexai.Part.from_data(b"abc", "image/png")
    whole = model.generate_content([ASKED, picture], generation_config={"max_output_tokens": 90})
    assert said(spans) == whole.text
    one = spans.one()
    assert one.attributes["gen_ai.provider.name"] == "gcp.vertex_ai"
    assert one.attributes["gen_ai.request.model"] == MODEL
    assert one.attributes["gen_ai.usage.image.input_tokens"] == 258
    assert [part["type"] for part in one.json("gen_ai.input.messages")[0]["parts"]] == ["text", "blob"]
    assert "".join(chunk.text for chunk in model.generate_content(ASKED, stream=True)) == said(spans)
    model.count_tokens(ASKED)
    assert spans.all()[-1].attributes["gen_ai.operation.name"] == "count_tokens"
    assert len(spans.all()) == 3


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("generativelanguage.googleapis.com:443", "https://generativelanguage.googleapis.com:443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        (None, None),
    ],
)
def test_where_a_generated_client_sends(endpoint: str | None, address: str | None) -> None:
    assert _gapic.address(SimpleNamespace(api_endpoint=endpoint)) == address


SERVICE = "google.ai.generativelanguage.v1beta.GenerativeService"


@contextlib.asynccontextmanager
async def over_grpc(generativeai: Any) -> AsyncIterator[Any]:
    """A model whose async client talks to a server of ours: over gRPC, since there is no other async transport."""
    grpc = pytest.importorskip("grpc")
    glm = generativeai.protos
    service = pytest.importorskip("google.ai.generativelanguage_v1beta.services.generative_service")

    async def answer(request: Any, context: Any) -> Any:
        for piece in ("Oslo ", "is ", "wet."):
            content = glm.Content(role="model", parts=[glm.Part(text=piece)])
            yield glm.GenerateContentResponse(
                candidates=[glm.Candidate(content=content, finish_reason=1 if piece == "wet." else 0)],
                usage_metadata={"prompt_token_count": 7, "candidates_token_count": 3},
            )

    handler = grpc.unary_stream_rpc_method_handler(
        answer, glm.GenerateContentRequest.deserialize, glm.GenerateContentResponse.serialize
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"StreamGenerateContent": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    transport = service.transports.GenerativeServiceGrpcAsyncIOTransport(
        channel=grpc.aio.insecure_channel(f"127.0.0.1:{port}")
    )
    model = generativeai.GenerativeModel(MODEL)
    model._async_client = service.GenerativeServiceAsyncClient(transport=transport)
    yield model
    await transport.close()
    await server.stop(0)


async def test_the_first_sdk_streams_asynchronously(generativeai: Any, spans: Capture) -> None:
    async with over_grpc(generativeai) as model:
        stream = await model.generate_content_async(ASKED, stream=True)
        assert "".join([chunk.text async for chunk in stream]) == "Oslo is wet."
    one = spans.one()
    assert said(spans) == "Oslo is wet."
    assert one.attributes["gen_ai.usage.output_tokens"] == 3
    assert one.attributes["limelight.chunks"] == 3

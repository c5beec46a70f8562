"""What google-genai does that no other library does: it calls functions by itself, and is two clients in one."""

from __future__ import annotations

import importlib.util
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("google.genai")

from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

import limelight
from limelight.instrumentors import GoogleGenAIInstrumentor
from limelight.testing import Capture, FakeProvider, capture
from limelight.testing.fake import say, tool_call

if TYPE_CHECKING:
    from collections.abc import Iterator

RELEASE = tuple(map(int, version("google-genai").split(".")))
pytestmark = pytest.mark.skipif(RELEASE < (1, 30), reason="the first releases warn of what they do, and stumble")
MODEL = "gemini-2.5-flash"
ASKED = "What is the weather in Oslo?"


def weather(city: str) -> str:
    """Look out of the window."""
    return f"rain in {city}"


weather.__annotations__ = {"city": str, "return": str}  # older clients do not read annotations that are texts


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as fake:
        yield fake


@pytest.fixture
def spans(sound: None) -> Iterator[Capture]:
    with capture("google") as spans:
        yield spans


_open: list[Any] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """A client that nobody holds on to closes itself, in mid-sentence."""
    yield
    while _open:
        getattr(_open.pop(), "close", bool)()


def client(fake: FakeProvider, **options: Any) -> genai.Client:
    http: Any = {"base_url": fake.google_url, "api_version": "v1beta"}
    _open.append(genai.Client(**{"api_key": "any", **options}, http_options=http))
    return _open[-1]  # type: ignore[no-any-return]


def vertex(fake: FakeProvider) -> genai.Client:
    credentials = Credentials(token="any")  # type: ignore[no-untyped-call]
    return client(fake, api_key=None, vertexai=True, project="p", location="global", credentials=credentials)


def finishes(spans: Capture) -> list[Any]:
    return [one.json("gen_ai.output.messages")[0]["parts"][-1]["type"] for one in spans.all()]


def test_each_call_of_the_model_is_a_span_when_functions_are_called_by_themselves(
    fake: FakeProvider, spans: Capture
) -> None:
    answer = client(fake).models.generate_content(model=MODEL, contents=ASKED, config={"tools": [weather]})
    assert "rain in Oslo" in (answer.text or "")
    assert len(fake.requests) == 2
    assert finishes(spans) == ["tool_call", "text"]
    first, second = spans.all()
    assert first.json("gen_ai.tool.definitions")[0]["name"] == "weather"
    assert [message["role"] for message in first.json("gen_ai.input.messages")] == ["user"]
    assert [message["role"] for message in second.json("gen_ai.input.messages")] == ["user", "assistant", "tool"]


def test_the_same_in_a_streamed_chat(fake: FakeProvider, spans: Capture) -> None:
    fake.script(tool_call("weather", {"city": "Oslo"}), say("It rains."))
    chat = client(fake).chats.create(model=MODEL, config={"tools": [weather]})
    assert "".join(chunk.text or "" for chunk in chat.send_message_stream(ASKED)) == "It rains."
    assert finishes(spans) == ["tool_call", "text"]
    chat.send_message("And tomorrow?")
    history = spans.all()[-1].json("gen_ai.input.messages")
    said = [part.get("content") or part["type"] for message in history for part in message["parts"]]
    assert said == [ASKED, "tool_call", "tool_call_response", "It rains.", "And tomorrow?"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # google-genai inherits from aiohttp's session
async def test_the_same_through_aiohttp(fake: FakeProvider, spans: Capture) -> None:
    whole = client(fake)
    answer = await whole.aio.models.generate_content(model=MODEL, contents=ASKED, config={"tools": [weather]})
    assert "rain in Oslo" in (answer.text or "")
    stream = await whole.aio.models.generate_content_stream(model=MODEL, contents="Hi")
    said = "".join([chunk.text or "" async for chunk in stream])
    assert finishes(spans) == ["tool_call", "text", "text"]
    assert spans.all()[-1].json("gen_ai.output.messages")[0]["parts"][0]["content"] == said
    if hasattr(whole.aio, "aclose"):
        await whole.aio.aclose()


def test_vertex_is_told_from_the_gemini_api(fake: FakeProvider, spans: Capture) -> None:
    vertex(fake).models.generate_content(model=MODEL, contents=ASKED)
    client(fake).models.generate_content(model=MODEL, contents=ASKED)
    assert "/publishers/google/models/" in fake.requests[0].path
    told = [(one.attributes["gen_ai.provider.name"], one.attributes["gen_ai.request.model"]) for one in spans.all()]
    assert told == [("gcp.vertex_ai", MODEL), ("gcp.gemini", MODEL)]


def test_vertex_counts_the_tokens_of_embedded_texts(fake: FakeProvider, spans: Capture) -> None:
    texts: Any = ["One", "Two words"]
    vertex(fake).models.embed_content(model="text-embedding-005", contents=texts)
    one = spans.one()
    assert one.attributes["gen_ai.usage.input_tokens"] == 3
    assert "limelight.usage.estimated" not in one.attributes


def test_pictures_and_films(fake: FakeProvider, spans: Capture) -> None:
    with warnings.catch_warnings():  # both are deprecated
        warnings.simplefilter("ignore")
        vertex(fake).models.generate_images(model="imagen-4", prompt="A boat", config={"number_of_images": 2})
        vertex(fake).models.generate_videos(model="veo-3", prompt="A boat at sea")
    drawn, filmed = spans.all()
    assert drawn.attributes["gen_ai.operation.name"] == "image_generation"
    assert [part["type"] for part in drawn.json("gen_ai.output.messages")[0]["parts"]] == ["blob", "blob"]
    assert drawn.json("limelight.response.extra") == {"image.count": 2}
    assert filmed.attributes["gen_ai.operation.name"] == "video_generation"
    assert "operations/" in filmed.attributes["gen_ai.response.id"]


def test_a_wrapped_client_is_traced_with_all_its_parts_and_no_other(fake: FakeProvider, sound: None) -> None:
    with Capture() as spans:
        whole = limelight.wrap_google(client(fake), limelight=spans)
        whole.models.generate_content(model=MODEL, contents="One")
        whole.chats.create(model=MODEL).send_message("Two")
        client(fake).models.generate_content(model=MODEL, contents="Not ours")
        assert len(spans.all()) == 2
        if importlib.util.find_spec("google.genai._gaos"):  # before, they were experimental, and said so
            whole.interactions.create(model=MODEL, input="Three")
            assert spans.all()[-1].attributes["limelight.api"] == "interactions"
    limelight.uninstrument()


def test_a_client_of_another_vendor_is_refused() -> None:
    openai = pytest.importorskip("openai")
    with pytest.raises(limelight.ConfigError, match="`wrap_google"):
        limelight.wrap_google(openai.OpenAI(api_key="any"))


def test_the_instrumentor_says_no_content_unless_it_is_asked(fake: FakeProvider, sound: None) -> None:
    instrumentor = GoogleGenAIInstrumentor()
    assert instrumentor.instrumentation_dependencies() == ("google-genai>=1.0",)
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor.instrument(tracer_provider=provider)
    client(fake).models.generate_content(model=MODEL, contents=ASKED)
    instrumentor.uninstrument()
    attributes = dict(exporter.get_finished_spans()[0].attributes or {})
    assert attributes["gen_ai.request.model"] == MODEL
    assert "gen_ai.input.messages" not in attributes


def test_an_answer_left_as_text_is_read_all_the_same(fake: FakeProvider, spans: Capture) -> None:
    if "should_return_http_response" not in types.GenerateContentConfig.model_fields:
        pytest.skip("this version has no such setting")
    config = types.GenerateContentConfig(should_return_http_response=True)
    client(fake).models.generate_content(model=MODEL, contents=ASKED, config=config)
    assert spans.one().attributes["gen_ai.usage.input_tokens"] == 7

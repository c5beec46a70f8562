"""One request is one trace, whichever framework serves it; a request that holds nothing of ours makes none."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.frameworks.tree import tree

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from limelight.testing import Capture

TRACE = "00-11111111111111111111111111111111-2222222222222222-01"
HEADERS = {"traceparent": TRACE, "baggage": "limelight.user_id=ann"}


def asks(app: Any) -> Any:
    """A client for an ASGI application."""
    testclient = pytest.importorskip("starlette.testclient")
    return testclient.TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def fastapi(spans: Capture) -> Any:
    module = pytest.importorskip("fastapi")
    from fastapi.responses import StreamingResponse

    app = module.FastAPI()

    async def chat(number, background):  # type: ignore[no-untyped-def]
        with spans.span("answer"):
            background.add_task(after)
            return {"number": number}

    chat.__annotations__.update(number=int, background=module.BackgroundTasks)
    app.get("/chat/{number}")(chat)

    def after() -> None:
        with spans.span("after"):
            pass

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for word in ("one", "two"):
                with spans.span(word):
                    yield word

        return StreamingResponse(pieces())

    @app.get("/sync")
    def sync() -> None:
        with spans.span("in a pool"):
            pass

    @app.get("/health")
    async def health() -> None:
        return None

    @app.get("/broken")
    async def broken() -> None:
        with spans.span("answer"):
            raise LookupError("gone")

    return asks(app)


def test_fastapi_with_its_background_tasks(fastapi: Any, spans: Capture) -> None:
    assert fastapi.get("/chat/7", headers=HEADERS).json() == {"number": 7}
    assert tree(spans) == ["GET /chat/{number} [http]", "  answer [chain]", "  after [chain]"]
    served = spans.all()[-1]
    assert f"{served.span.context.trace_id:032x}" == TRACE[3:35]
    assert f"{served.span.parent.span_id:016x}" == TRACE[36:52]  # type: ignore[union-attr]
    said = served.attributes
    assert (said["http.request.method"], said["http.response.status_code"], said["url.path"]) == ("GET", 200, "/chat/7")
    assert {span.attributes["user.id"] for span in spans.all()} == {"ann"}


@pytest.mark.case(2)
@pytest.mark.parametrize(
    ("path", "inside"), [("/stream", ["  one [chain]", "  two [chain]"]), ("/sync", ["  in a pool [chain]"])]
)
def test_fastapi_to_the_last_byte(fastapi: Any, spans: Capture, path: str, inside: list[str]) -> None:
    assert fastapi.get(path).status_code == 200
    assert tree(spans) == [f"GET {path} [http]", *inside]
    served, child = spans.all()[-1], spans.all()[0]
    assert served.span.end_ns >= child.span.end_ns


def test_a_request_without_anything_of_ours_is_no_trace(fastapi: Any, spans: Capture) -> None:
    fastapi.get("/health")
    fastapi.get("/nowhere")
    assert spans.all() == []


def test_a_request_that_fails_says_so(fastapi: Any, spans: Capture) -> None:
    assert fastapi.get("/broken").status_code == 500
    assert tree(spans) == ["GET /broken [http] LookupError", "  answer [chain] LookupError"]


@pytest.fixture
def flask(spans: Capture) -> Any:
    module = pytest.importorskip("flask")
    app = module.Flask("parlour")

    @app.get("/chat/<int:number>")
    def chat(number: int) -> dict[str, int]:
        with spans.span("answer"):
            return {"number": number}

    @app.get("/stream")
    def stream() -> Any:
        def pieces() -> Iterator[str]:
            for word in ("one", "two"):
                with spans.span(word):
                    yield word

        return app.response_class(pieces())

    @app.get("/health")
    def health() -> str:
        return "fine"

    return app.test_client()


def test_flask(flask: Any, spans: Capture) -> None:
    assert flask.get("/chat/7?token=secret", headers=HEADERS).json == {"number": 7}
    assert tree(spans) == ["GET /chat/<int:number> [http]", "  answer [chain]"]
    served = spans.all()[-1]
    assert f"{served.span.context.trace_id:032x}" == TRACE[3:35]
    assert served.attributes["http.response.status_code"] == 200
    assert "secret" not in str(served.attributes)


@pytest.mark.case(6)
def test_flask_streams_within_its_request(flask: Any, spans: Capture) -> None:
    assert flask.get("/stream").data == b"onetwo"
    assert tree(spans) == ["GET /stream [http]", "  one [chain]", "  two [chain]"]


def test_flask_without_anything_of_ours(flask: Any, spans: Capture) -> None:
    assert flask.get("/health").data == b"fine"
    assert spans.all() == []


@pytest.fixture
def django(spans: Capture) -> Any:
    module = pytest.importorskip("django")
    from django.conf import settings

    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", DEBUG=False)
        module.setup()
    global urlpatterns
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import clear_url_caches, path

    def chat(request: Any) -> Any:
        with spans.span("answer"):
            return HttpResponse("hi")

    def stream(request: Any) -> Any:
        def pieces() -> Iterator[str]:
            with spans.span("piece"):
                yield "one"

        return StreamingHttpResponse(pieces())

    urlpatterns = [path("chat", chat), path("stream", stream)]
    clear_url_caches()
    return module


urlpatterns: list[Any] = []


def wsgi_call(app: Any, path: str) -> tuple[str, bytes]:
    from wsgiref.util import setup_testing_defaults

    environ: dict[str, Any] = {"PATH_INFO": path, "HTTP_TRACEPARENT": TRACE}
    setup_testing_defaults(environ)
    said: list[str] = []
    body = app(environ, lambda status, headers, exc_info=None: said.append(status))
    with contextlib.closing(body):
        return said[0], b"".join(body)


@pytest.mark.parametrize(("path", "inside"), [("/chat", "answer"), ("/stream", "piece")])
def test_django_by_wsgi(django: Any, spans: Capture, path: str, inside: str) -> None:
    from django.core.wsgi import get_wsgi_application

    assert wsgi_call(get_wsgi_application(), path)[0] == "200 OK"
    assert tree(spans) == [f"GET {path} [http]", f"  {inside} [chain]"]
    assert f"{spans.all()[-1].span.context.trace_id:032x}" == TRACE[3:35]


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_django_by_asgi(django: Any, spans: Capture) -> None:
    from django.core.asgi import get_asgi_application

    client = asks(get_asgi_application())
    assert client.get("/chat").text == "hi"
    assert tree(spans) == ["GET /chat [http]", "  answer [chain]"]

"""The dashboard's files, and who may ask for them."""

from __future__ import annotations

import re

import pytest

from limelight.server.app import STATIC
from tests.server.asking import Client

built = pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the dashboard has not been built")


@built
@pytest.mark.parametrize(
    "path", ["/", "/traces", "/traces/0af7651916cd43dd8448eb211c80319c", "/health", "/anything/else"]
)
def test_every_address_is_the_page(server: Client, path: str) -> None:
    reply = server.get(path)
    assert (reply.status, reply.body) == (200, (STATIC / "index.html").read_bytes())
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.headers["cache-control"] == "no-cache"


@built
def test_the_page_names_only_what_the_server_has(server: Client) -> None:
    named = re.findall(r'(?:src|href)="([^"]+)"', (STATIC / "index.html").read_text())
    assert named
    for path in named:
        assert path.startswith("/")
        reply = server.get(path)
        assert (reply.status, bool(reply.body)) == (200, True), path
        assert ("immutable" in reply.headers.get("cache-control", "")) == path.startswith("/assets/")


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/api/v1/nothing", "/assets/nothing.js", "/nothing.js"])
def test_every_answer_tells_browsers_what_the_page_may_do(server: Client, path: str) -> None:
    headers = server.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'self'", "img-src": "'self' data:", "object-src": "'none'", "base-uri": "'none'",
        "frame-ancestors": "'none'", "form-action": "'self'",
    }  # fmt: skip
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert "access-control-allow-origin" not in headers


MISSING = ["/assets/nothing.js", "/favicon.png", "/assets/../app.py", "/../app.py", "/%2e%2e/app.py", "/%2e%2e%2fapp.py", "/a%00.js", "/" + "x" * 5_000 + ".js", "/assets/%00", "/assets/" + "x" * 5_000]  # fmt: skip


@pytest.mark.parametrize("path", MISSING)
def test_a_file_that_is_none_of_ours_is_not_found(server: Client, path: str) -> None:
    reply = server.ask("GET", path)
    assert reply.status == 404
    assert reply.json["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "path", ["/api", "/v1", "/api/", "/api/v1", "/api/v1/nothing", "/v1/nothing", "/api/v2/traces"]
)
def test_an_address_of_the_api_that_is_none_says_so(server: Client, path: str) -> None:
    reply = server.get(path)
    assert (reply.status, reply.json["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/v1/traces"),
        ("GET", "/v1/traces"),
        ("POST", "/"),
        ("GET", "/api/v1/test-trace"),
        ("OPTIONS", "/api/v1/traces"),
    ],
)
def test_another_method_is_refused(server: Client, method: str, path: str) -> None:
    reply = server.ask(method, path)
    assert (reply.status, reply.json["error"]["code"]) == (405, "bad_method")
    assert "access-control-allow-methods" not in reply.headers


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:4318"])
def test_our_own_names_are_answered_to(server: Client, host: str) -> None:
    assert server.ask("GET", "/api/v1/range", headers={"host": host}).status == 200


@pytest.mark.case(79)
@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:4318",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "evil.example:127.0.0.1",
        "[::2]",
        "127.0.0.2",
    ],
)
def test_another_name_is_not(server: Client, host: str) -> None:
    for method, path in (
        ("GET", "/"),
        ("GET", "/api/v1/traces"),
        ("POST", "/v1/traces"),
        ("DELETE", "/api/v1/traces/x"),
    ):
        assert server.ask(method, path, headers={"host": host}).status == 421


@pytest.mark.case(79)
def test_another_site_may_not_change_anything(server: Client) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert server.ask("POST", "/api/v1/test-trace", headers={"origin": origin}).status == 403
    assert server.health()["traces"] == 0
    assert server.ask("POST", "/api/v1/test-trace", headers={"origin": server.url}).status == 200

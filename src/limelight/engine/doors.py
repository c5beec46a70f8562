"""The libraries that send HTTP requests: where, and in which words they are asked.

What a door tells of every request has to be cheap: nearly all of them go to somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from limelight.engine.http import is_unread, tee, tee_file
from limelight.engine.reader import watch_reader

if TYPE_CHECKING:
    from limelight.engine.call import Call

Args = tuple[Any, ...]
Kwargs = Mapping[str, Any]


class Sent(NamedTuple):
    url: str
    body: Any
    """Bytes, text, or a table that will be JSON; None where it cannot be seen without being consumed."""


@dataclass(frozen=True, slots=True)
class Door:
    """One method through which all requests of a library pass."""

    library: str
    target: str
    posted: Callable[[Args, Kwargs], str | None]
    """The path of a POST, at the end of which may be its query; None for other methods."""
    sent: Callable[[Args, Kwargs], Sent]
    watch: Callable[[Any, Call], None]
    """Note the body of an answer as it is read, and its end."""


def _request(args: Args, kwargs: Kwargs) -> Any:
    return args[1] if len(args) > 1 else kwargs["request"]


def _httpx_posted(args: Args, kwargs: Kwargs) -> str | None:
    request = _request(args, kwargs)
    return request.url.raw_path.decode("ascii") if request.method == "POST" else None


def _httpx_sent(args: Args, kwargs: Kwargs) -> Sent:
    request = _request(args, kwargs)
    return Sent(str(request.url), getattr(request, "_content", None))  # `content` raises where it is streamed


def _httpx_watch(response: Any, call: Call) -> None:
    if is_unread(response):
        tee(response, call, is_plain="content-encoding" not in response.headers)
    else:
        call.http = response
        call.finish()


def _requests_posted(args: Args, kwargs: Kwargs) -> str | None:
    request = _request(args, kwargs)
    return request.url if request.method == "POST" else None


def _requests_sent(args: Args, kwargs: Kwargs) -> Sent:
    request = _request(args, kwargs)
    body = request.body
    return Sent(request.url, body if isinstance(body, (bytes, bytearray, str)) else None)


def _requests_watch(response: Any, call: Call) -> None:
    if getattr(response, "_content_consumed", True):
        call.http = response
        call.finish()
    else:
        tee_file(response, response.raw, call)


def _botocore_watch(response: Any, call: Call) -> None:
    if getattr(response, "_content", None) is None:
        tee_file(response, response.raw, call)
    else:
        call.http = response
        call.finish()


def _aiohttp_asked(args: Args, kwargs: Kwargs) -> tuple[str, Any]:
    method = args[1] if len(args) > 1 else kwargs["method"]
    return method, args[2] if len(args) > 2 else kwargs["str_or_url"]


def _aiohttp_posted(args: Args, kwargs: Kwargs) -> str | None:
    method, url = _aiohttp_asked(args, kwargs)
    if method.upper() != "POST":
        return None
    return url if isinstance(url, str) else str(url.raw_path)


def _aiohttp_sent(args: Args, kwargs: Kwargs) -> Sent:
    url = _aiohttp_asked(args, kwargs)[1]
    if (base := getattr(args[0], "_base_url", None)) is not None:
        url = base.join(type(base)(url))
    body = kwargs.get("json")
    body = body if isinstance(body, Mapping) else kwargs.get("data")
    return Sent(str(url), body if isinstance(body, (bytes, bytearray, str, Mapping)) else None)


def _httpx(library: str) -> tuple[Door, ...]:
    return tuple(
        Door(library, f"{library}:{client}.send", _httpx_posted, _httpx_sent, _httpx_watch)
        for client in ("Client", "AsyncClient")
    )


DOORS = (
    *_httpx("httpx"),
    *_httpx("httpx2"),
    Door("requests", "requests.sessions:Session.send", _requests_posted, _requests_sent, _requests_watch),
    Door("botocore", "botocore.httpsession:URLLib3Session.send", _requests_posted, _requests_sent, _botocore_watch),
    Door("aiohttp", "aiohttp.client:ClientSession._request", _aiohttp_posted, _aiohttp_sent, watch_reader),
)

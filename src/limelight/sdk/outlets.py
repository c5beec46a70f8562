"""Everywhere that an instance's spans leave the process, each with a dialect, a queue and a spool of its own."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from limelight.engine.guard import guarded
from limelight.pipeline.export import Exporter, Target
from limelight.pipeline.otlp import span as encoded
from limelight.pipeline.provider import IntoProvider
from limelight.pipeline.spool import Spool
from limelight.sdk.destination import Destination
from limelight.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from limelight.core.dialects import Name
    from limelight.engine.span import Live
    from limelight.pipeline.foreign import Leashed
    from limelight.pipeline.otlp import Finished
    from limelight.pipeline.pipeline import Output
    from limelight.sdk.config import Config

DEFAULT_DIALECT = ("genai",)


class Outlets:
    """What `exporter` names, or else `endpoint`."""

    def __init__(self, config: Config, resource: Mapping[str, Any], *, to_endpoint: bool) -> None:
        self.exporters: list[Exporter] = []
        self.outputs: list[Output] = []
        self._config, self._resource = config, resource
        self.foreign: list[Leashed] = []
        self._dialects: list[tuple[Name, ...]] = []
        for given in _destinations(config, to_endpoint):
            if isinstance(given, Destination):
                self._send(given)
            else:
                self._hand_over(given)

    def _send(self, to: Destination) -> None:
        exporter = Exporter(
            target(to),
            {**self._resource, **to.resource},
            VERSION,
            spool=spool(self._config, to),
        )
        dialect = to.dialect or self._config.dialect
        self.exporters.append(exporter)
        self._dialects.append(dialect)
        self.outputs.append(in_dialect(dialect, lambda done, live: exporter.add(encoded(done))))

    def _hand_over(self, exporter: Any) -> None:
        """To an exporter of OpenTelemetry's, in a provider of its own."""
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        from limelight.pipeline.foreign import Batching, Leashed

        # Not `Resource.create`, which would add what the environment says once more, unmasked.
        provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource(self._resource), shutdown_on_exit=False)
        self.foreign.append(leashed := Leashed(exporter, Batching(**self._config.batching)))
        provider.add_span_processor(leashed)
        self.outputs.append(in_dialect(self._config.dialect, into_provider(self._config, provider)))

    def respoken(self, done: Finished) -> Finished:
        """As the first exporter is told of it."""
        return _respoken(done, self._dialects[0])

    @property
    def all(self) -> Sequence[Exporter | Leashed]:
        return [*self.exporters, *self.foreign]

    def flush(self, until: float | None) -> bool:
        return self._each(until, lambda one, left_s: one.flush(left_s))

    def close(self, until: float | None) -> bool:
        return self._each(until, lambda one, left_s: one.close(left_s))

    def _each(self, until: float | None, settle: Callable[[Exporter | Leashed, float | None], bool]) -> bool:
        """Those that work first; nobody waits away the time of those behind him."""
        waiting = sorted(self.all, key=lambda one: one.counts.last_problem is not None)
        settled = [settle(one, _share(until, len(waiting) - at)) for at, one in enumerate(waiting)]
        return all(settled)


def into_provider(config: Config, provider: Any, withholds: Callable[[], bool] | None = None) -> IntoProvider:
    """Our spans in a `TracerProvider`, whoever made it."""
    into = IntoProvider(provider, VERSION, withholds)
    if config.dialect != DEFAULT_DIALECT and not config.limits_attributes:
        into.allow_many_attributes()
    return into


def in_dialect(dialect: tuple[Name, ...], output: Output) -> Output:
    """The output, told of spans in these dialects."""
    if dialect == DEFAULT_DIALECT:
        return output

    def speak(done: Finished, live: Live) -> None:
        output(_respoken(done, dialect), live)

    return speak


def _respoken(done: Finished, dialect: tuple[Name, ...]) -> Finished:
    if dialect == DEFAULT_DIALECT:
        return done
    with guarded("speaking another dialect"):
        from limelight.core.dialects.written import spoken

        return replace(done, attributes=spoken(dialect, done.record, done.attributes))
    return done


def target(to: Destination) -> Target:
    """Where an exporter sends.  A name and a password in the address become a header: so they are sent, and shown nowhere."""
    headers, parts = dict(to.headers), urlsplit(to.url)
    if parts.username is not None and "authorization" not in {name.lower() for name in headers}:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(words).decode('ascii')}"
    url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return Target(url, headers, to.timeout_s, *((to.advice,) if to.advice else ()))


def spool(config: Config, to: Destination) -> Spool | None:
    """A folder for each backend and each account there: nobody's spans are replayed with somebody else's key."""
    if config.spool_folder is None:
        return None
    account = "".join(f"\n{key}={value}" for key, value in sorted(to.headers.items()))
    return Spool(config.spool_folder, to.url + (hashlib.sha256(account.encode()).hexdigest() if account else ""))


def backends(config: Config) -> tuple[Destination, ...]:
    """Those that we send to ourselves."""
    return tuple(each for each in _destinations(config, True) if isinstance(each, Destination))


def endpoint(config: Config) -> Destination:
    """Where spans go by default."""
    return Destination(url=config.traces_url, headers={**config.headers, **config.key})


def _destinations(config: Config, to_endpoint: bool) -> Iterable[Any]:
    if not config.enabled:
        return ()
    if config.exporter is not None:
        return tuple(config.exporter)
    return (endpoint(config),) if to_endpoint else ()


def _share(until: float | None, waiting: int) -> float | None:
    return None if until is None else max(0.0, until - time.monotonic()) / waiting

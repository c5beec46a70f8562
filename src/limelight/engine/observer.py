"""Frameworks that call back: they say what begins and what ends, and we keep the spans."""

from __future__ import annotations

import collections
import functools
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, get_current

from limelight.core.dialects import keys
from limelight.core.dialects.genai import dumps
from limelight.core.model import Kind, Record
from limelight.core.operation import Integration
from limelight.core.plain import plain
from limelight.core.sampling import Start
from limelight.engine.guard import guarded
from limelight.engine.patch import Switch, Undo, is_suppressed
from limelight.engine.pending import PENDING
from limelight.engine.span import Live, Sink
from limelight.engine.targets import when_imported

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    Patch = Callable[["Observer", Any], Any]
    """(observer, original) -> what stands in its place."""
    Listen = Callable[["Observer"], Undo]
    """Sign up for a framework's own signals; called when their module is there."""

MAX_OPEN = 10_000
"""Runs under way that we remember: one that never ends must not stay for ever."""


class Observer(Switch):
    """The switch of one framework, and its runs under way."""

    def __init__(
        self, name: str, package: str, patches: Mapping[str, Patch], listening: Mapping[str, Listen] | None = None
    ) -> None:
        super().__init__(Integration(name=name, package=package, operations=()))
        self._patches = patches
        self._listening = listening or {}
        self._runs: collections.OrderedDict[Hashable, Run] = collections.OrderedDict()

    deeds = "its own steps are traced"

    @property
    def targets(self) -> frozenset[str]:
        return frozenset(self._patches or self._listening)

    def _steps(self) -> list[tuple[Callable[[Any], Any], str]]:
        return [(functools.partial(self._put, patch), target) for target, patch in self._patches.items()]

    def _put(self, patch: Patch, original: Any) -> Any:
        return functools.wraps(original)(patch(self, original))

    def _install(self) -> None:
        super()._install()
        for module, listen in self._listening.items():
            if self.problem is None and module not in self.patched:
                when_imported(f"{module}:", functools.partial(self._listen, module, listen))

    def _listen(self, module: str, listen: Listen) -> None:
        if self.is_on and module not in self.patched:
            with guarded(f"listening to {module}"):
                self.patched[module] = listen(self)

    def begin(self, key: Hashable, parent: Hashable, make: Callable[[Sink, Context], Told | None]) -> None:
        """A run has begun.  `make` gives its span; None, and what is beneath belongs to the run around."""
        sink, around = self.sink_of(None), self._runs.get(parent)
        context = around.inside if around is not None else get_current()
        if sink is None or is_suppressed(context):
            return
        told = make(sink, context)
        self._runs[key] = Run(told, context if told is None else told.context())
        while len(self._runs) > MAX_OPEN:
            self._runs.popitem(last=False)

    def inside(self, key: Hashable) -> Context | None:
        """The context of what happens inside a run that is under way."""
        run = self._runs.get(key)
        return None if run is None else run.inside

    def told(self, key: Hashable) -> Told | None:
        run = self._runs.get(key)
        return None if run is None else run.told

    def end(self, key: Hashable, result: Any = None, error: BaseException | None = None) -> None:
        run = self._runs.pop(key, None)
        if run is not None and run.told is not None:
            run.told.finish(result, error)


class Run:
    __slots__ = ("inside", "told")

    def __init__(self, told: Told | None, inside: Context) -> None:
        self.told, self.inside = told, inside


class Told(Live):
    """A step of a framework: what went in and what came out, as it was said."""

    __slots__ = ("about", "error", "given", "kind", "result", "show", "subject")

    def __init__(
        self,
        sink: Sink,
        parent: Context,
        name: str,
        *,
        kind: Kind = "chain",
        subject: str | None = None,
        given: Any = None,
        about: Mapping[str, Any] | None = None,
        show: Callable[[Any], Any] = plain,
    ) -> None:
        super().__init__(sink, name, parent)
        self.kind: Kind = kind
        self.subject = subject
        """Of the agent, workflow or tool."""
        self.given = given
        self.about = about or {}
        """Further fields of the record."""
        self.show = show
        """Makes JSON of what was given and what came out, in the background."""
        self.result: Any = None
        self.error: BaseException | None = None

    def starts(self) -> Start:
        about = self.about
        return Start(self.name, self.kind, about.get("operation"), about.get("provider"))

    def finish(self, result: Any = None, error: BaseException | None = None) -> None:
        if self.ended_ns is None:
            self.result, self.error = result, error
            self.end()

    def record(self) -> Record:
        return Record(
            kind=self.kind,
            operation=OPERATIONS.get(self.kind),
            name=self.subject,
            input=None if self.given is None else self.show(self.given),
            output=None if self.result is None else self.show(self.result),
            **self.about,
        )

    def release(self) -> None:
        self.given = self.result = self.error = None


OPERATIONS: Mapping[str, str] = {
    "agent": "invoke_agent",
    "workflow": "invoke_workflow",
    "tool": "execute_tool",
    "retrieval": "retrieval",
}


class Frame(Told):
    """What stands around: a request that is served, a task of a queue.  It is told of when something of ours is in it."""

    __slots__ = ()

    def finish(self, result: Any = None, error: BaseException | None = None) -> None:
        if self.is_parent:
            super().finish(result, error)
        elif self.ended_ns is None:
            self.ended_ns = self.started_ns


class Model(Told):
    """A framework's call of a model.  Where a client that we trace makes it, that call's span tells of it, and this none."""

    __slots__ = ("_before", "calls", "read", "session", "tags")

    is_call = True

    def __init__(
        self,
        sink: Sink,
        parent: Context,
        name: str,
        *,
        given: Any,
        read: Callable[[Model], Record],
        session: str | None = None,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(sink, parent, name, kind="llm", given=given, about=metadata)
        self.read = read
        self.session = session
        self.tags = tuple(tags)
        self.calls = 0
        self._before = PENDING.get()
        PENDING.set(self)

    def claimed(self, call: Live) -> None:
        """A traced client makes the call: it learns what only the framework knows."""
        self.calls += 1
        if self.session:
            call.set_attributes({keys.CONVERSATION: self.session, keys.SESSION: self.session})
        if self.tags:
            call.set_attribute(keys.TAGS, self.tags)
        if self.about:
            call.set_attribute(keys.METADATA, dumps(plain(dict(self.about))))

    def finish(self, result: Any = None, error: BaseException | None = None) -> None:
        if PENDING.get() is self:
            PENDING.set(self._before)
        if self.calls:
            self.ended_ns = self.started_ns
            self.release()
        else:
            super().finish(result, error)

    def record(self) -> Record:
        return self.read(self)

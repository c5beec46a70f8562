"""Put an integration in place, and take it out again.

A class is patched once, however many instances of Limelight are interested; who is asked
on every call: the client itself, when it was wrapped, and otherwise whoever switched the
integration on last.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY as _SUPPRESS
from opentelemetry.context import Context

from limelight.core.operation import OWNER
from limelight.engine import probe
from limelight.engine.call import Call
from limelight.engine.carry import carrying
from limelight.engine.guard import guarded, unfailing
from limelight.engine.inject import inject
from limelight.engine.invoke import RETRIES, drive
from limelight.engine.pending import PENDING
from limelight.engine.span import Live, here, innermost
from limelight.engine.targets import one_pass, replace, unsupported, when_imported

if TYPE_CHECKING:
    from limelight.core.operation import Integration, Operation
    from limelight.engine.span import Sink
    from limelight.engine.transport import Transport

MARK = "_limelight_sink"
"""The attribute by which a wrapped client says where its calls are reported."""

Where = Callable[[], "Sink | None"]
"""Says it at each call, since that may change; None: as those of other clients."""

Undo = Callable[[], None]


class Switch:
    """One integration in this process: what is patched, and for whom."""

    def __init__(self, integration: Integration, beneath: Transport | None = None) -> None:
        self.integration = integration
        self._beneath = beneath
        self._let_go: Undo | None = None
        self.problem: str | None = None
        """Why it could not be put in place, for people."""
        self.patched: dict[str, Undo] = {}
        self._sinks: list[Sink] = []
        self._wrapped = False

    deeds = "{} methods are traced"
    """For people: what is done to `targets`."""

    @property
    def is_on(self) -> bool:
        return bool(self._sinks) or self._wrapped

    @property
    def targets(self) -> frozenset[str]:
        """What it would patch: some of these stand in some versions only."""
        operations = self.integration.operations
        return frozenset(target.partition("[")[0] for operation in operations for target in operation.targets)

    def on(self, sink: Sink) -> Undo:
        """Report every client's calls to `sink`, until the returned undo is called."""
        self._sinks.append(sink)
        self._install()

        def undo() -> None:
            if sink in self._sinks:
                self._sinks.remove(sink)
            if not self.is_on:
                self._uninstall()

        return undo

    def mark(self, client: Any, where: Where) -> None:
        """Report this one client's calls, and its copies', to what `where` gives."""
        self._wrapped = True
        self._install()
        _mark(client, self.integration.owner, where)
        with guarded("patching a client's own methods"):
            self._patch_kept(client)

    def _patch_kept(self, client: Any) -> None:
        """A client may keep methods as they were when it was made, in itself: those are patched there."""
        known = {target: operation for operation in self.integration.operations for target in operation.targets}
        for name, kept in list(getattr(client, "__dict__", {}).items()):
            targets = (f"{kind.__module__}:{kind.__qualname__}.{name}" for kind in type(client).__mro__)
            target = next((target for target in targets if target in self.patched and target in known), None)
            if target is not None and inspect.isfunction(kept):
                ours = _method(self, known[target], target, _unbound(kept, getattr(type(client), name)))
                setattr(client, name, types.MethodType(ours, client))

    def off(self) -> None:
        """Undo everything at once: every class is as the vendor wrote it."""
        self._sinks.clear()
        self._wrapped = False
        self._uninstall()

    def sink_of(self, client: Any) -> Sink | None:
        where: Where | None = getattr(client, MARK, None) if self._wrapped else None
        sink = where() if where is not None else None
        return sink or (self._sinks[-1] if self._sinks else None)

    def _install(self) -> None:
        self.problem = unsupported(self.integration.package)
        if self.problem:
            return
        if self._beneath is not None and self._let_go is None:
            self._let_go = self._beneath.hold(self)
        for step, target in self._steps():
            if target not in self.patched:
                when_imported(target, functools.partial(self._apply, target, step))

    def _apply(self, target: str, step: Callable[[Any], Any]) -> None:
        """Patch one target, now that its module is there; one that this version lacks is passed over."""
        if not self.is_on or target in self.patched:
            return
        with guarded(f"patching {target}"):
            if undo := replace(target, step):
                self.patched[target] = undo

    def _uninstall(self) -> None:
        with one_pass():
            for undo in reversed(list(self.patched.values())):
                undo()
        self.patched.clear()
        if self._let_go is not None:
            self._let_go()
            self._let_go = None

    def _steps(self) -> list[tuple[Callable[[Any], Any], str]]:
        integration = self.integration
        steps: list[tuple[Callable[[Any], Any], str]] = []
        chosen: dict[str, dict[str, Operation]] = {}
        for operation in integration.operations:
            for target in operation.targets:
                method, _, word = target.rstrip("]").partition("[")
                if word:
                    chosen.setdefault(method, {})[word] = operation
                else:
                    steps.append((functools.partial(_method, self, operation, target), target))
        steps += [(functools.partial(_chooser, self, each), method) for method, each in chosen.items()]
        steps += [(carrying, target) for target in integration.carriers]
        steps += [(_belonging, target) for target in integration.parts]
        return steps + [(_silent, target) for target in integration.native_tracers]


def _method(switch: Switch, operation: Operation, target: str, original: Callable[..., Any]) -> Callable[..., Any]:
    names, named = _parameters(original)
    is_function = "." not in target.partition(":")[2]
    bound = getattr(original, "__self__", None)  # a library may offer the methods of a client as its functions
    begin = functools.partial(_begin, switch, operation, names, 0 if is_function else 1, bound)
    retrying = switch.integration.retrying
    adapt = None if retrying is None or RETRIES in (*names, *named) else functools.partial(_adapt, retrying)
    return drive(original, begin, adapt)


def _parameters(original: Callable[..., Any]) -> tuple[Sequence[str], Sequence[str]]:
    """Those that may be given by position, and those that may only be named: off the code of a plain function, which is quick."""
    plain = inspect.unwrap(original)
    if type(plain) is types.FunctionType is type(original) and not hasattr(original, "__signature__"):
        code = plain.__code__
        known, count = code.co_varnames, code.co_argcount
        return known[:count], known[count : count + code.co_kwonlyargcount]
    given = inspect.signature(original).parameters.values()
    return (
        tuple(each.name for each in given if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)),
        tuple(each.name for each in given if each.kind is each.KEYWORD_ONLY),
    )


@unfailing("passing on `max_retries`")
def _adapt(
    retrying: Callable[[Any, Any], Any], call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, ...]:
    adapted = args if kwargs[RETRIES] is None else (retrying(args[0], kwargs[RETRIES]), *args[1:])
    kwargs.pop(RETRIES)
    call.arguments = {name: value for name, value in call.arguments.items() if name != RETRIES}
    return adapted


def _chooser(switch: Switch, operations: Mapping[str, Operation], original: Callable[..., Any]) -> Callable[..., Any]:
    return drive(original, functools.partial(_begin_chosen, switch, operations))


@unfailing("starting a call")
def _begin(
    switch: Switch,
    operation: Operation,
    names: Sequence[str],
    first: int,
    bound: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Call | None:
    """Of a method's arguments the first is the instance; of a function's there is none."""
    entered = perf_counter_ns() if probe.armed else 0
    named = {**dict(zip(names[first:], args[first:], strict=False)), **kwargs} if len(args) > first else kwargs
    call = _call(switch, operation, args[0] if first else bound, named)
    if operation.inject is not None and call is not None:
        inject(operation.inject, call, kwargs)
    if entered and call is not None:
        probe.begun(call, entered)
    return call


@unfailing("starting a call")
def _begin_chosen(
    switch: Switch, operations: Mapping[str, Operation], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Call | None:
    """`method(word, table)`: which operation it is says the word."""
    if (operation := operations.get(args[1]) if len(args) == 3 else None) is None:
        return None
    return _call(switch, operation, args[0], args[2])


def _call(switch: Switch, operation: Operation, instance: Any, named: Mapping[str, Any]) -> Call | None:
    owner = switch.integration.owner(instance)
    if (owner is None and instance is not None) or (sink := switch.sink_of(owner)) is None:
        return None
    context = here()
    if context:
        around = innermost(context)
        if is_suppressed(context) or is_part(switch.integration, around):
            return None
        if isinstance(around, Live) and around.is_call:
            around.holds_call = True
    call = Call(sink, switch.integration, operation, owner, noted(named), context)
    if sink.begun is not None:
        sink.begun(call)
    if (announced := PENDING.get()) is not None and announced.ended_ns is None:
        announced.claimed(call)
    return call


def is_suppressed(context: Context) -> bool:
    """OpenTelemetry's own switch, and OpenLLMetry's."""
    get = context.get
    return bool(get(_SUPPRESS) or get("suppress_instrumentation") or get("suppress_language_model_instrumentation"))


def is_part(integration: Integration, around: object) -> bool:
    """Is a call made inside the vendor's code of another one that covers it?"""
    if not isinstance(around, Call) or around.ended_ns is not None:
        return False
    outer = around.integration
    return outer.name == integration.name or integration.name in outer.covers or "*" in outer.covers


def noted(named: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as they are now."""
    return {name: _copy(value) if type(value) is list else value for name, value in named.items()}


def _copy(items: list[Any]) -> list[Any]:
    """A list as it is now, and its last tables: callers append to their history and move cache markers along its end."""
    copied = items[:]
    if copied and type(copied[-1]) is dict:
        copied[-_TAIL:] = [_copied(item) if type(item) is dict else item for item in copied[-_TAIL:]]
    return copied


def _copied(item: dict[str, Any]) -> dict[str, Any]:
    """A table of the list, and the tables in its own lists: a message and its parts."""
    copied = item.copy()
    for key, value in item.items():
        if type(value) is list:
            copied[key] = [each.copy() if type(each) is dict else each for each in value]
    return copied


_TAIL = 4
"""Tables copied from the end of a list: all forty of a long history would cost more than the rest of the call."""


def _mark(client: Any, owner: Callable[[Any], Any], where: Where) -> None:
    setattr(owner(client), MARK, where)
    for name in ("copy", "with_options"):
        if inspect.ismethod(copy := getattr(client, name, None)):
            setattr(client, name, _marking(copy, owner, where))


def _marking(copy: Callable[..., Any], owner: Callable[[Any], Any], where: Where) -> Callable[..., Any]:
    @functools.wraps(copy)
    def copied(*args: Any, **kwargs: Any) -> Any:
        twin = copy(*args, **kwargs)
        with guarded("marking a copied client"):
            _mark(twin, owner, where)
        return twin

    return copied


def _unbound(kept: Callable[..., Any], method: Callable[..., Any]) -> Callable[..., Any]:
    """What a client keeps, as a method of its class is: one that takes `self`."""

    @functools.wraps(inspect.unwrap(method))
    def unbound(_: Any, *args: Any, **kwargs: Any) -> Any:
        return kept(*args, **kwargs)

    return unbound


def _current_call() -> Call | None:
    around = innermost(here())
    return around if isinstance(around, Call) and around.ended_ns is None else None


def _belonging(original: Callable[..., None]) -> Callable[..., None]:
    """A constructor whose first argument is the owner: what it makes keeps that."""

    @functools.wraps(original)
    def begin(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        with _KEEPING:
            setattr(self, OWNER, args[0])

    return begin


_KEEPING = guarded("keeping whose a part is")


def _silent(original: Any) -> Any:
    """What makes the vendor's own span does not, beneath a call of ours that is reported in the same place."""
    if isinstance(original, property):
        return property(lambda self: original.fget(self) if _is_alone() else None)  # type: ignore[misc]

    @functools.wraps(original)
    def hook(self: Any, context: Any, request: Any) -> Any:
        return original(self, context, request) if _is_alone() else request

    return hook


@unfailing("looking for the call around")
def _is_alone() -> bool:
    return (call := _current_call()) is None or not call.is_shown

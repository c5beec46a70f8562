"""What can go wrong with delivery, one after the other: a program lives through it, and another comes after."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limelight import Limelight
from limelight.pipeline.spool import Spool
from tests.faults.running import environment, written
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from limelight.testing import FakeProvider

CALLS = 20
BODY = """
    import atexit, json
    call()
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    made = CALLS + 1
    # here
    time.sleep(0.7)
    seen = limelight.stats()
    said = {"made": made, "call_s": sorted(took)[CALLS // 2], "spooled": seen.spooled,
            "dropped": dict(seen.dropped), "errors": dict(seen.errors)}
    began = time.perf_counter()
    atexit._run_exitfuncs()
    say(json.dumps({**said, "exit_s": time.perf_counter() - began}))
"""
FORK = """
    import gc
    stream = call(stream=True)
    next(stream)
    if (child := os.fork()) == 0:
        del stream
        gc.collect()
        client = openai.OpenAI(max_retries=0)
        call()
        os._exit(not limelight.flush())
    assert os.waitpid(child, 0)[1] == 0
    list(stream)
    made += 2
"""
LOOP = """
    import asyncio, warnings
    warnings.simplefilter("ignore")  # the client's own, about its connections
    async def opened():
        stream = await openai.AsyncOpenAI(max_retries=0).chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "Hi"}], stream=True)
        await anext(stream)
        return stream
    loop = asyncio.new_event_loop()
    stream = loop.run_until_complete(opened())
    loop.close()
    made += 1
"""
KILLED = """
    import json
    done = 0
    while True:
        for _ in range(3):
            call()
        done += 3
        if limelight.flush():
            say(json.dumps({"made": done}))
"""
FULL_DISK = """
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
"""
RAISING = """
    class Exporter:
        def export(self, spans): raise RuntimeError("injected")
        def shutdown(self): raise RuntimeError("injected")
    limelight.init(exporter=Exporter())
"""


@dataclass(slots=True)
class Backend:
    """One address: what it does to the first program, and a collector for those who come after."""

    url: str
    bodies: list[Any] = field(default_factory=list)
    """Spans that were taken."""


@contextlib.contextmanager
def deaf(*, listens: bool) -> Iterator[Backend]:
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        if listens:
            bound.listen(128)
        yield Backend(f"http://127.0.0.1:{bound.getsockname()[1]}")


def answering(answer: Callable[[bytes], int], delay_s: float = 0.0) -> Callable[[], Any]:
    @contextlib.contextmanager
    def serve() -> Iterator[Backend]:
        with Collector(answer, delay_s=delay_s) as collector:
            backend = Backend(collector.url)
            yield backend
            backend.bodies += collector.spans

    return serve


def recovering() -> Any:
    """Away for its first requests."""
    refusals = [503, 503]
    return answering(lambda body: refusals.pop() if refusals else 200)()


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    backend: Callable[[], Any]
    within: str = ""
    """What else happens in the program."""
    first: str = ""
    """What happens before its first call."""
    body: str = BODY
    spoils: bool = False
    """Is there rubbish in the spool?"""
    kills: bool = False
    keeps: bool = True
    """Is there a way that the spans could arrive?"""
    shows: Callable[[dict[str, Any]], object] = dict
    """Proof that it has happened, in what the program says of itself."""


def _sound(body: bytes) -> int:
    return 200


FAULTS = (
    Fault("none", answering(_sound)),
    Fault("connection refused", lambda: deaf(listens=False), shows=lambda said: said["spooled"]),
    Fault("black hole", lambda: deaf(listens=True)),
    Fault("HTTP 500", answering(lambda body: 500), shows=lambda said: said["spooled"]),
    Fault("answers after 5 s", answering(_sound, 5.0)),
    Fault("HTTP 413 above 4 kB", answering(lambda body: 413 if len(body) > 4_000 else 200)),
    Fault(
        "disk full, HTTP 503 at first",
        recovering,
        first=FULL_DISK,
        within="    limelight.flush(); limelight.flush()",
        shows=lambda said: said["errors"]["spooling"],
    ),
    Fault(
        "spool corrupt",
        answering(_sound),
        spoils=True,
        shows=lambda said: said["dropped"] == {"spool file spoilt": 3},
    ),
    Fault("SIGKILL at a random moment", answering(_sound), body=KILLED, kills=True),
    Fault("fork in mid-call", answering(_sound), within=FORK),
    Fault("event loop closed early", answering(_sound), within=LOOP),
    Fault(
        "exporter raises",
        answering(_sound),
        first=RAISING,
        within="    limelight.flush()",
        keeps=False,
        shows=lambda said: said["dropped"],
    ),
)


@dataclass(frozen=True, slots=True)
class Damage:
    """What one fault has cost."""

    call_ms: float | None
    exit_s: float | None
    made: int
    """Spans; those acknowledged by a flush, where the program was killed."""
    lost: int | None
    """None where nobody could have had them."""
    doubled: int
    log_lines: int
    said: str
    has_happened: bool


def live_through(fault: Fault, fake: FakeProvider, tmp_path: Path) -> Damage:
    with fault.backend() as backend:
        said, stderr = _program(fault, fake, backend.url, tmp_path)
    after = _aftermath(backend.url, tmp_path / "spool")
    ids = [span.span_id for span in (*backend.bodies, *after)]
    return Damage(
        call_ms=said["call_s"] * 1_000 if "call_s" in said else None,
        exit_s=said.get("exit_s"),
        made=said["made"],
        lost=max(0, said["made"] - len(set(ids))) if fault.keeps else None,
        doubled=len(ids) - len(set(ids)),
        log_lines=len(stderr.splitlines()),
        said=stderr,
        has_happened=bool(fault.shows(said)),
    )


def _program(fault: Fault, fake: FakeProvider, url: str, tmp_path: Path) -> tuple[dict[str, Any], str]:
    first = "".join(line[4:] + "\n" for line in fault.first.splitlines())
    body = fault.body.replace("    # here\n", fault.within.strip("\n") + "\n").replace("CALLS", str(CALLS))
    spool = Spool(tmp_path / "spool", f"{url}/v1/traces")
    if fault.spoils:
        for rubbish in (b"", b"\xff rubbish" * 1_000, b"\x0a\x05half"):
            spool.put(rubbish)
    command = written(body, f"import limelight; limelight.init()\n{first}")
    with subprocess.Popen(
        command, env=environment(fake, url, tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        if fault.kills:
            return _killed(process), ""
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads(out), errors


def _killed(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Let it come to its first flush and a little further."""
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(random.uniform(0.0, 1.0))
    process.send_signal(signal.SIGKILL)
    rest = [line for line in process.stdout.read().splitlines() if line.endswith("}")]
    return dict(json.loads(rest[-1] if rest else first))


def _aftermath(url: str, folder: Path) -> list[Any]:
    """The next program of this service: it sends what it finds."""
    with Collector(port=int(url.rpartition(":")[2])) as collector:
        with Limelight(endpoint=url, spool=str(folder), instrument=False) as one:
            with one.span("afterwards"):
                pass
            until = time.monotonic() + 20
            while one.flush(1) and _waits(folder) and time.monotonic() < until:
                time.sleep(0.02)
        return [span for span in collector.spans if span.name != "afterwards"]


def _waits(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*"))

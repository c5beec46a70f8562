"""What a tracer must not do to its program (docs/cases.md, 52 to 58, 64, 71, 76)."""

from __future__ import annotations

import asyncio
import gc
import re
import socket
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import limelight
from tests.faults.running import black_hole
from tests.pipeline.collector import Collector

openai = pytest.importorskip("openai")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from limelight.testing import Capture, FakeProvider

OURS = ["limelight-export", "limelight-finisher"]
ASKED: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def client(fake: FakeProvider) -> Iterator[Any]:
    with openai.OpenAI(base_url=fake.openai_url, api_key="any", max_retries=0) as client:
        yield client


@pytest.mark.case(52)
def test_a_thousand_calls_leave_nothing_behind(client: Any) -> None:
    """Neither objects nor threads, whether they were answered, streamed, left or refused."""

    def work() -> None:
        client.chat.completions.create(**ASKED)
        assert list(client.chat.completions.create(**ASKED, stream=True))
        with client.chat.completions.create(**ASKED, stream=True) as stream:
            next(stream)
        with pytest.raises(openai.APIError), limelight.span("step"):
            client.chat.completions.create(**{**ASKED, "model": "fail-400"})

    def kept() -> int:
        assert limelight.flush()
        gc.collect()
        kinds = [str(type(one).__module__) for one in gc.get_objects()]
        return sum(one.startswith("limelight") and not one.startswith("limelight.testing") for one in kinds)

    with Collector() as collector:
        limelight.init(endpoint=collector.url, spool="off", instrument=["openai"])
        for _ in range(10):
            work()
        before, threads = kept(), threading.active_count()
        for _ in range(100):
            work()
        assert kept() <= before + 20
        assert threading.active_count() <= threads + 1


@pytest.mark.case(53)
async def test_an_event_loop_does_not_wait_for_a_backend_that_says_nothing(fake: FakeProvider) -> None:
    asleep: list[float] = []

    async def watch() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.001)
            asleep.append(time.perf_counter() - started)

    with black_hole() as endpoint:
        limelight.init(endpoint=endpoint, spool="off", instrument=["openai"])
        async with openai.AsyncOpenAI(base_url=fake.openai_url, api_key="any", max_retries=0) as client:
            await client.chat.completions.create(**ASKED)
            watching = asyncio.create_task(watch())
            for _ in range(20):
                await client.chat.completions.create(**ASKED)
            watching.cancel()
        instance = limelight.instance()
        assert instance.exporter is not None
        assert instance.exporter.counts.sent == 0
        assert sorted(asleep)[len(asleep) // 2] < 0.1  # an export that is waited for takes seconds


@pytest.mark.case(53, 76)
async def test_masking_and_writing_happen_on_a_thread_of_our_own(
    fake: FakeProvider, client: Any, traced: Callable[..., Capture]
) -> None:
    where: set[int] = set()

    def mask(text: str) -> str:
        where.add(threading.get_ident())
        return text

    spans = traced("openai", mask=mask)
    where.clear()  # what is said of the process as a whole is masked once, at the start
    client.chat.completions.create(**ASKED)
    assert list(client.chat.completions.create(**ASKED, stream=True))
    async with openai.AsyncOpenAI(base_url=fake.openai_url, api_key="any") as other:
        await other.chat.completions.create(**ASKED)
    assert len(spans.all()) == 3
    assert where
    assert threading.get_ident() not in where


@pytest.mark.case(64)
def test_many_threads_share_one_exporter(client: Any) -> None:
    def work(number: int) -> None:
        with limelight.span(f"step {number}"):
            client.chat.completions.create(**ASKED)

    before = threading.enumerate()
    with Collector() as collector:
        limelight.init(endpoint=collector.url, spool="off", instrument=["openai"])
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(work, range(60)))
        assert limelight.flush()
        started = [one.name for one in threading.enumerate() if one not in before]
        assert sorted(one for one in started if one in OURS) == OURS
        assert len(collector.spans) == 120


@pytest.mark.case(71)
def test_a_conversation_of_a_thousand_messages_is_whole(client: Any) -> None:
    history: Any = [{"role": ("user", "assistant")[n % 2], "content": f"said {n}"} for n in range(1_001)]
    with Collector() as collector:
        limelight.init(endpoint=collector.url, spool="off", instrument=["openai"])
        client.chat.completions.create(model="gpt-4o", messages=history)
        assert limelight.flush()
        said = str(collector.spans[0])
    assert [n for n in range(1_001) if f'said {n}\\"' not in said] == []


@pytest.mark.case(55)
@pytest.mark.timeout(120)
def test_a_decorated_function_keeps_its_types(tmp_path: Path) -> None:
    """Asked of a type checker."""
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
            from collections.abc import AsyncIterator, Iterator
            from typing_extensions import assert_type
            import limelight

            @limelight.trace
            def plain(number: int, *, word: str = "x") -> list[str]:
                return [word] * number

            @limelight.trace(name="other", kind="tool")
            async def later(number: int) -> str:
                return str(number)

            @limelight.trace
            def pieces(number: int) -> Iterator[int]:
                yield number

            assert_type(plain(1, word="y"), list[str])
            assert_type(pieces(1), Iterator[int])

            async def use() -> None:
                assert_type(await later(1), str)
                await later(number="wrong")

            plain("wrong")
        """)
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)]
    said = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=110).stdout
    assert re.findall(r"program\.py:\d+: .*\[(.*)\]", said) == ["arg-type", "arg-type"], said


ASKS_NOBODY = """
import sys
asked = []
def hear(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        asked.append(args[1][1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and args[0] not in (None, "127.0.0.1", "localhost"):
        asked.append(args[0])
sys.addaudithook(hear)
import limelight, openai
limelight.init()
with limelight.span("step"):
    openai.OpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])
limelight.flush()
limelight.shutdown()
print(sorted(set(map(str, asked))))
"""


@pytest.mark.case(58)
@pytest.mark.parametrize("is_away", [False, True])
def test_nobody_is_asked_but_the_provider_and_the_backend(fake: FakeProvider, is_away: bool, tmp_path: Path) -> None:
    with Collector() as collector, socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        backend = bound.getsockname()[1] if is_away else int(collector.url.rpartition(":")[2])
        around = {**fake.environment, "LIMELIGHT_ENDPOINT": f"http://127.0.0.1:{backend}", "HOME": str(tmp_path)}
        command = [sys.executable, "-c", ASKS_NOBODY]
        done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=50)
        assert done.returncode == 0, done.stderr
        provider = fake.openai_url.partition("://")[2].partition("/")[0].rpartition(":")[2]
        assert done.stdout.strip() == str(sorted({str(backend), provider}))

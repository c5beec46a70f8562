"""What goes wrong with tracers in real life, by number, and the tests that hold each of these cases for Limelight.

A test says which case it holds: `@pytest.mark.case(3)`.  `docs/cases.md` is made of both.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests"

WRONG = {
    1: "A streamed answer of a web application is torn into several traces.",
    2: "A request seems to end when its handler returns, long before the last piece has been sent.",
    3: "A stream or generator that is closed by another task logs that a context could not be detached.",
    4: "The same with synchronous generators that a decorator has wrapped, one within the other.",
    5: "Whoever breaks off a stream with an exception of his own sees a second traceback beneath it.",
    6: "A streamed answer of Flask complains that its context has been used before.",
    7: "A stream that is not read to its end is never told of.",
    8: "A call that was aborted runs for ever.",
    9: "The helpers of a client library cannot close the stream that stands in for theirs.",
    10: "What stands in for a stream cannot be entered with `async with`.",
    11: "Closing an asynchronous stream is not awaited: the connection stays open, and Python warns.",
    12: "A decorated asynchronous generator takes no time and loses its children.",
    13: "The time to the first token is missing, or is that of the first empty piece.",
    14: "What is still running cannot be seen, and a child that comes before its parent is lost.",
    15: "Streams have no tokens.",
    16: "Tokens of a stream that are reported again with each piece are added up.",
    17: "The input of a stream is counted at its beginning and again at its end.",
    18: "Cached tokens count beside the input for one provider and within it for another.",
    19: "Cached tokens are charged at the full price, on top of themselves.",
    20: "The cached tokens of a whole answer are known, those of a streamed one are not.",
    21: "A parent that repeats what its children used is counted with them.",
    22: "A model under another name costs nothing, and one on the own machine costs money.",
    23: "The bundled prices cannot be switched off.",
    24: "Counting tokens blocks the program, or downloads a vocabulary.",
    25: "A framework and the client beneath it both report the call.",
    26: "The same with a library that calls other libraries.",
    27: "Whether calls are seen depends on what was imported first.",
    28: "A call of a remote tool is told twice.",
    29: "The tracer takes over the program's tracing: everything goes to its vendor.",
    30: "The same, and what belongs to one customer reaches another's account.",
    31: "The tracer crashes where somebody else's kind of provider is in place.",
    32: "The tracer sees nothing beside a tracer that is not built on OpenTelemetry.",
    33: "Placeholders for arguments that were not given end up in attributes, or in warnings about them.",
    34: "Asking for the raw answer crashes.",
    35: "An API of the vendor is not traced, or only whole and not streamed.",
    36: "Asking for an answer of a certain form breaks with each version of the client.",
    37: "Beta methods, tools or cache writes are not seen.",
    38: "A body that can be read once has been read when the program gets it.",
    39: "A first piece without choices, as Azure sends it, is an error.",
    40: "The arguments of a streamed tool call are lost.",
    41: "Sound that goes in or comes out is not understood.",
    42: "A class that describes the answer cannot be written down.",
    44: "A new major version of a client makes the tracer do nothing, without a word.",
    45: "A method that has moved to another module is not found.",
    46: "The tracer cannot be installed beside other packages.",
    47: "Processes forked after the start send nothing, or break the connections of the program.",
    48: "A function in the cloud is frozen before its spans are sent.",
    49: "A program ends, or a worker never does, and its spans are not sent.",
    50: "The end of the program hangs.",
    51: "One span that is too large costs the whole batch.",
    52: "Memory grows with each call.",
    53: "Calls wait for the tracer, or an event loop does.",
    54: "A value with cycles, without end or with a broken method brings the serialiser down.",
    55: "A decorated function loses its types.",
    56: "A graph that waits for a human is shown as failed.",
    57: "A secret leaves by a way that the mask does not know.",
    58: "The tracer calls its maker.",
    60: "Messages that can be read once reach the provider empty.",
    61: "A piece with the usage, which nobody asked for, breaks the reader's loop.",
    62: "`max_retries` of one call is refused by the client.",
    63: "The stream is no longer what `isinstance`, `.response` and `with` expect.",
    64: "A thread fails because state lives where threads do not look, or each of them makes an exporter.",
    65: "With content switched off, prompts leave all the same.",
    66: "Masking misses the system prompt, the user, the text of an exception or the name of a span.",
    67: "Beside an existing set-up everything seems fine and nothing is ever sent.",
    69: "A backend that is away costs each call its time.",
    70: "Vectors of embeddings are recorded, and tokens that nobody counted are 0.",
    71: "A long conversation loses its end to a limit on attributes.",
    72: "Wrapping one client crashes its calls, or `close()` does not end the span.",
    73: "The same answer has one number of tokens here and another there.",
    74: "The outcome of an event lands on the model call in the midst of it.",
    75: "A decorated coroutine or generator has ended before its work begins.",
    76: "Masking takes its time on the thread of the program.",
    77: "Well-known kinds of keys and personal data are not recognised.",
    78: "A client that makes spans of its own and a tracer above it report the call twice.",
    79: "A server for one machine listens to the whole network, and to every page in the browser.",
    80: "A value that JSON does not know raises into the program.",
}
"""Number -> what goes wrong."""


@lru_cache
def held() -> dict[int, list[str]]:
    """Number -> the tests that are marked with it, as pytest names them."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, number in marked(path.read_text(encoding="utf-8")):
            found[number].append(f"{path.relative_to(TESTS.parent).as_posix()}::{name}")
    return dict(found)


def marked(source: str) -> Iterator[tuple[str, int]]:
    """The tests of a file, each with its numbers."""
    if "pytest.mark.case(" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.case":
                    yield from ((node.name, ast.literal_eval(number)) for number in mark.args)


def rows() -> Iterator[tuple[str, str, str]]:
    """One row per case: number, what goes wrong, where it is held."""
    for number, wrong in WRONG.items():
        links = [link(test) for test in held().get(number, [])]
        yield str(number), wrong, "<br>".join(links)


def link(test: str) -> str:
    """A test by its name, which is the promise it keeps, and where it stands."""
    path, _, name = test.partition("::")
    said = name.removeprefix("test_").replace("_", " ")
    return f"[{said}](../{path})"

"""`python -m bench [overhead] [server] [masking] [providers]`: measure, print tables, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import pathlib
import shlex
import sys
import time
from collections.abc import Sequence

from bench import machine
from bench.overhead import report as overhead_report
from bench.overhead import run as overhead

ROOT = pathlib.Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
PARTS = ("overhead", "server", "masking", "providers")


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    RESULTS.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for part in options.parts or PARTS:
        text, found = MEASURED[part](options)
        head = f"*{machine.described()} · `python -m bench {shlex.join(arguments)}`*"
        print(f"\n## {part}\n\n{text}\n", flush=True)
        (RESULTS / f"{part}.json").write_text(json.dumps({"made": head, **found}, indent=1))
        (RESULTS / f"{part}.md").write_text(f"{head}\n\n{text}\n")
    if options.document:
        _write_document()
    print(f"{time.monotonic() - began:.0f} s; details in {RESULTS.relative_to(ROOT)}/", file=sys.stderr)
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="overhead, server, masking, providers; all when none is named"
    )
    parser.add_argument("--rounds", type=int, default=6, help="rounds of overhead (default 6)")
    parser.add_argument("--soak", type=int, default=20_000, help="calls of the soak; 0 leaves it out")
    parser.add_argument("--peers", nargs="*", default=list(overhead.PEERS), help="whom to measure beside Limelight")
    parser.add_argument("--spans", type=int, nargs="*", default=[100_000], help="sizes of the store to query")
    parser.add_argument("--history", action="store_true", help="spans of the store resend their history, as agents do")
    parser.add_argument("--no-document", dest="document", action="store_false", help="leave docs/benchmarks.md alone")
    options = parser.parse_args(arguments)
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"`{part}` is none of {', '.join(PARTS)}")
    return options


def _overhead(options: argparse.Namespace) -> tuple[str, dict[str, object]]:
    log = RESULTS / "contenders.log"
    log.unlink(missing_ok=True)
    found = overhead.run(options.peers, options.rounds, options.soak, log)
    return overhead_report.report(found), overhead_report.as_json(found)


def _server(options: argparse.Namespace) -> tuple[str, dict[str, object]]:
    from bench.server import report as server_report
    from bench.server import run as server

    found = server.run(options.spans, history=options.history)
    return server_report.report(found), server_report.as_json(found)


def _masking(options: argparse.Namespace) -> tuple[str, dict[str, object]]:
    from bench.masking import report as masking_report
    from bench.masking import run as masking

    found = masking.run()
    return masking_report.report(found), masking_report.as_json(found)


def _providers(options: argparse.Namespace) -> tuple[str, dict[str, object]]:
    from bench.providers import report as providers_report
    from bench.providers import run as providers

    found = providers.run()
    return providers_report.report(found), providers_report.as_json(found)


MEASURED = {"overhead": _overhead, "server": _server, "masking": _masking, "providers": _providers}


def _write_document() -> None:
    """docs/benchmarks.md, of the last run of each part."""
    parts = [(RESULTS / f"{part}.md") for part in PARTS]
    sections = [f"## {path.stem.capitalize()}\n\n{path.read_text().strip()}" for path in parts if path.exists()]
    DOCUMENT.write_text("\n\n".join([_INTRODUCTION.strip(), *sections]) + "\n")


_INTRODUCTION = """
# Benchmarks

Written by `make bench`; do not edit.  Run it again on your machine: it takes about ten minutes and needs nothing but the
package index, from which it installs the peers into environments of their own (`~/.cache/limelight-bench`).

**Overhead.** A real `openai` client, answered within its own process, so that no network hides or adds anything; prompts and
answers recorded; spans sent to a sink on loopback that answers at once.  Each contender runs in its own process, pinned to one core,
with blocks of calls with tracing off and on in turn; a figure is the median over the rounds of the difference between
neighbouring blocks' medians.  It counts the CPU of the whole process between call and return, so the work of background
threads that falls there is in it.  Limelight begins with that work a quarter of a second after the first call of a burst, which
is when most of these blocks are over: what it comes to stands under *all CPU*, and what calls feel of it that never pause in the
long run of *calls back to back*.  *Content captured* is checked at the sink: a whole block of spans, with the marks of prompt and
answer in them.

**Server.** `limelight serve` as it is installed, fed with OTLP/HTTP protobuf like that of an agent that resends its history; query
times are CPU of the server process per request of the HTTP API.

**Masking.** CPU of one thread that searches texts it has not seen before; the least of several rounds.

**Providers.** Not a measure of speed: how little a client library costs to support, and that nothing is supported by copying.
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

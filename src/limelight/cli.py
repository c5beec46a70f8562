"""The `limelight` command: reads the words, and loads only what the word asked for needs."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from limelight.version import VERSION

DEFAULT_PORT = 4318

# What `limelight[server]` and the client extras install; their absence is the user's to mend, with one command.
_EXTRAS = {
    "anthropic": "anthropic",
    "backports": "server",
    "google": "server",
    "isal": "server",
    "msgspec": "server",
    "openai": "openai",
    "opentelemetry.proto": "server",
    "starlette": "server",
    "uvicorn": "server",
}

_SETTINGS = {
    "endpoint": "where spans are sent (default: http://127.0.0.1:4318)",
    "service_name": "how the program is called in the dashboard",
    "project": "the project it belongs to",
    "environment": "production, staging …",
}
"""Of `limelight.Config`, those that `run` takes as options; the others have variables."""
_MARKS = {"good": "✓", "note": "·", "bad": "✗"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the number is the exit status."""
    words = parser()
    options = words.parse_args(argv)
    if options.command is None:
        words.print_help(sys.stderr)
        return 2
    try:
        return int(options.run(options) or 0)
    except ModuleNotFoundError as missing:
        name = missing.name or ""
        extra = _EXTRAS.get(name) or _EXTRAS.get(name.partition(".")[0])
        if extra is None:
            raise
        wanted = "all" if options.command == "demo" else extra
        print(
            f"limelight {options.command}: `{name}` is not installed. Run: pip install 'limelight[{wanted}]'",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Every command with its options; each command's help is its function's docstring."""
    root = argparse.ArgumentParser(prog="limelight", description="See what every LLM call of your program did.")
    root.add_argument("--version", action="version", version=f"limelight {VERSION}")
    commands = root.add_subparsers(dest="command", metavar="COMMAND")
    _where(_command(commands, "serve", serve), "LIMELIGHT_DATA, else where this platform keeps a program's data")
    _where(_command(commands, "demo", demo), "one that is thrown away at the end")
    _program(_command(commands, "run", run))
    _command(commands, "doctor", doctor)
    _command(commands, "version", version)
    return root


def serve(options: argparse.Namespace) -> int | None:
    """Receive traces over OTLP/HTTP, store them, and show them in the browser."""
    run: Callable[..., int | None] = import_module("limelight.server.serve").serve
    return run(host=options.host, port=options.port, data=options.data)


def demo(options: argparse.Namespace) -> int | None:
    """Start the server and a sample application that makes real client calls to a fake provider."""
    run: Callable[..., int | None] = import_module("limelight.demo").demo
    return run(host=options.host, port=options.port, data=options.data)


def run(options: argparse.Namespace) -> int:
    """Start a Python program or command with every LLM call traced: no line of code."""
    words = ["-m", *options.module] if options.module else options.program
    if not words:
        print(
            "limelight run: what? A script, `-m` and a module, or a command such as `uvicorn app:app`", file=sys.stderr
        )
        return 2
    settings = {name: getattr(options, name) for name in _SETTINGS if getattr(options, name) is not None}
    return int(import_module("limelight.launch").launch(words, settings))


def doctor(options: argparse.Namespace) -> int:
    """Say what is traced here, where it goes, and what stands in the way; sends one test span."""
    logging.disable(logging.WARNING)  # what is wrong is said here, and what libraries say when imported is theirs
    is_ill = False
    for state, subject, text in import_module("limelight.sdk.doctor").examine():
        print(f" {_MARKS[state]} {subject:<14} {text}", flush=True)
        is_ill |= state == "bad"
    return int(is_ill)


def version(options: argparse.Namespace) -> None:
    """Print the version."""
    print(VERSION)


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int | None]) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
    added.set_defaults(run=run)
    return added


def _where(command: argparse.ArgumentParser, usual_folder: str) -> None:
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    command.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 takes a free one (default: %(default)s)")
    command.add_argument("--data", type=Path, metavar="DIR", help=f"folder of the database (default: {usual_folder})")


def _program(command: argparse.ArgumentParser) -> None:
    command.usage = "limelight run [OPTIONS] (SCRIPT | -m MODULE | COMMAND) [ARGUMENTS …]"
    for name, about in _SETTINGS.items():
        command.add_argument(f"--{name.replace('_', '-')}", help=about)
    command.add_argument("-m", dest="module", nargs=argparse.REMAINDER, help="a module and its arguments")
    command.add_argument("program", nargs=argparse.REMAINDER, help="a script or a command, and its arguments")


def _port(raw: str) -> int:
    if not raw.isdecimal() or int(raw) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number between 0 and 65535, got {raw}")
    return int(raw)


if __name__ == "__main__":
    sys.exit(main())

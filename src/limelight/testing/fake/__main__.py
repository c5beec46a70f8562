"""The fake provider for other processes.

python -m limelight.testing.fake                                 serve until interrupted, say how to point clients here
python -m limelight.testing.fake python examples/quickstart.py   run a program against it
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading

from limelight.testing.fake import FakeProvider


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m limelight.testing.fake", description="A fake LLM provider.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="a program to run against it")
    given = parser.parse_args()
    with FakeProvider(port=given.port) as provider:
        if given.command:
            surroundings = {**os.environ, **provider.environment}  # noqa: TID251 - handed on, not read
            return subprocess.run(given.command, env=surroundings, check=False).returncode
        for name, value in provider.environment.items():
            sys.stdout.write(f"export {name}={value}\n")
        sys.stdout.flush()
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

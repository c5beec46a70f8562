"""What importing and switching on costs, in CPU milliseconds of fresh processes."""

from __future__ import annotations

import json
import statistics
import subprocess

from bench.overhead import environments

IMPORT = """
import json, sys, time
began = time.process_time_ns()
import limelight
print(json.dumps({"ms": (time.process_time_ns() - began) / 1e6, "modules": len(sys.modules), "vendor": "openai" in sys.modules}))
"""
INIT = """
import json, sys, time
import limelight
began = time.process_time_ns()
limelight.init(endpoint="http://127.0.0.1:9")
print(json.dumps({"ms": (time.process_time_ns() - began) / 1e6, "modules": len(sys.modules), "vendor": "openai" in sys.modules}))
"""
NOTHING = """
import json, sys, time
began = time.process_time_ns()
print(json.dumps({"ms": (time.process_time_ns() - began) / 1e6, "modules": len(sys.modules), "vendor": False}))
"""
SET_UP = """
import json, os, sys, time
import openai, openai.resources.chat.completions
modules = len(sys.modules)
began = time.process_time_ns()
from bench.overhead.contenders import CONTENDERS
contender = CONTENDERS[sys.argv[1]]("http://127.0.0.1:9")
contender.on()
contender.wrap(openai.OpenAI(api_key="sk-bench"))
said = json.dumps({"ms": (time.process_time_ns() - began) / 1e6, "modules": len(sys.modules) - modules, "vendor": True})
os.write(1, said.encode())
os._exit(0)
"""


def fresh(program: str, contender: str, times: int) -> dict[str, float]:
    """The median of so many new processes."""
    found = [_once(program, contender) for _ in range(times + 1)][1:]  # the first one may compile
    return {key: statistics.median(one[key] for one in found) for key in found[0]}


def _once(program: str, contender: str) -> dict[str, float]:
    done = subprocess.run(
        [environments.python(contender), "-c", program, contender],
        capture_output=True,
        text=True,
        check=True,
        env=environments.environment(),
        cwd=environments.ROOT,
    )
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found

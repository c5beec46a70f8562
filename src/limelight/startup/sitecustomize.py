"""Python runs this at its start, since `limelight run` put this folder on the path: one line of code, written for you."""

from __future__ import annotations

import importlib
import os
import sys


def _others() -> None:
    """Run the `sitecustomize` that stands behind this one on the path, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib takes 10 ms, in every Python process
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]  # noqa: PTH100
    ours = sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ModuleNotFoundError as missing:
        if missing.name != "sitecustomize":
            raise
    finally:
        if ours is not None:
            sys.modules.setdefault("sitecustomize", ours)


def _start() -> None:
    try:
        import limelight
    except ImportError as missing:
        sys.stderr.write(f"limelight: this program is not traced: {missing} (in {sys.executable})\n")
        return
    try:
        limelight.init()
    except ValueError as wrong:
        sys.stderr.write(f"limelight: this program is not traced: {wrong}\n")


_others()
_start()

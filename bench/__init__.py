"""What Limelight costs, measured: `python -m bench`, or `make bench`."""

from __future__ import annotations

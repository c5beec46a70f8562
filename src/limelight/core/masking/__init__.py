"""Take secrets and personal data out of everything that leaves the process: the one choke point."""

from __future__ import annotations

from limelight.core.masking.masker import Level, Masker

__all__ = ["Level", "Masker"]

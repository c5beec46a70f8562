"""How fast texts are searched for what must not leave, and how long a hostile one takes."""

from __future__ import annotations

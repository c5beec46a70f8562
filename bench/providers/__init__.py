"""How large a provider is: lines of its file and of its codecs, and what is copied between them."""

from __future__ import annotations

"""What tracing adds to a call of the real `openai` client, beside the strongest peers.

Each contender runs in a process and a virtual environment of its own.  In each process
calls with tracing off and on alternate in short blocks, so that a figure is a difference
between neighbours; the server at the other end is a Python object, and what is exported
goes to a sink on loopback that answers at once.
"""

from __future__ import annotations

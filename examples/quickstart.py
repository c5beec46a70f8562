"""One line, and every call of the client library is traced.

    limelight serve                     # in another terminal; then open http://127.0.0.1:4318
    python examples/quickstart.py

No API key?  `python -m limelight.testing.fake python examples/quickstart.py` answers by itself.
"""

from __future__ import annotations

from openai import OpenAI

import limelight

limelight.init()

client = OpenAI()
answer = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Why is the sky blue? One sentence, please."}],
)
print(answer.choices[0].message.content)

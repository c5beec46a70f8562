"""Streams are traced while they run: time to the first token, every token, and where you stopped reading."""

from __future__ import annotations

import asyncio

from openai import AsyncOpenAI

import limelight

limelight.init(service_name="streaming-example")


async def main() -> None:
    async with AsyncOpenAI() as client:
        stream = await client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "Tell me a story about a lighthouse that was afraid of the dark."}],
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            if chunk.choices:
                print(chunk.choices[0].delta.content or "", end="", flush=True)
        print()


asyncio.run(main())

"""The models behind the end-to-end test: an Ollama and a cloud provider with scripted answers, on loopback.

Prints one line of JSON with their addresses, and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable
from typing import Any

from tests.servers.fake_chat import FakeChat
from tests.servers.fake_ollama import FakeOllama

FIXED = "Here it is.\n\n```python\ndef surface(radius):\n    return math.pi * radius ** 2\n```\n"
EXPLAINED = "# What it does\n\nIt computes the **area** of a circle from its `radius`.\n"


def answer(body: dict[str, Any]) -> str | Iterable[str] | AsyncIterator[str]:
    """Return an explanation, a mended function, or for a question with the word *slowly* one that takes a minute."""
    said = json.dumps(body["messages"])
    if "slowly" in said:
        return _slowly()
    return FIXED if "rename" in said else EXPLAINED


async def _slowly() -> AsyncIterator[str]:
    for word in range(600):
        yield f"word {word} "
        await asyncio.sleep(0.1)


async def main() -> None:
    """Serve both."""
    async with (
        FakeOllama(lambda request: "math.pi * radius * 2", first_ms=50) as ollama,
        FakeChat("litellm", answer) as cloud,
    ):
        print(json.dumps({"ollama": ollama.url, "cloud": cloud.url}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())

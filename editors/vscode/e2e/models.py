"""The models behind the end-to-end tests: an Ollama and a cloud provider with scripted answers, on loopback.

Prints one line of JSON with their addresses. Then each line of its standard input is a JSON object, answered by
another with what they were asked so far: `say` is what the provider answers from now on, `slow` whether it takes a
minute, `story` the text that the model on this machine knows by heart, `hold` whether that one rests after its
first words until told otherwise, `models` the names of those it has, `ollama` whether Ollama runs.
It serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import urlsplit

from tests.real.by_heart import knows
from tests.servers.fake_chat import FakeChat
from tests.servers.fake_ollama import QWEN, FakeModel, FakeOllama

FIXED = "Here it is.\n\n```python\ndef surface(radius):\n    return math.pi * radius ** 2\n```\n"
EXPLAINED = "# What it does\n\nIt computes the **area** of a circle from its `radius`.\n"
CONTINUED = "math.pi * radius * 2"
FIRST_MS = 50.0
KEY = "sk-test-0123456789"


class Script:
    """What is answered, and what was asked."""

    def __init__(self) -> None:
        self.say: str | None = None
        self.slow = False
        self.story = ""
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self._completions = 0

    def answer(self, body: dict[str, Any]) -> str | Iterable[str] | AsyncIterator[str]:
        """Return what was said to be answered; before, an explanation, a mended function, or slow words if asked so."""
        said = json.dumps(body["messages"])
        if self.slow or (self.say is None and "slowly" in said):
            return self._slowly()
        if self.say is not None:
            return self.say
        return FIXED if "rename" in said else EXPLAINED

    def complete(self, request: dict[str, Any]) -> Iterable[str] | AsyncIterator[str]:
        """Go on with the text: by heart if it is known, every sixth time wrongly."""
        if not self.may_go_on.is_set():
            return self._held()
        if not self.story:
            return CONTINUED
        self._completions += 1
        return f"wrong_{self._completions}()" if self._completions % 6 == 0 else knows(self.story)(request)

    async def _held(self) -> AsyncIterator[str]:
        first, _, rest = CONTINUED.partition(" ")
        yield first
        # The next word says that the first one is whole.
        yield " "
        await self.may_go_on.wait()
        yield rest

    async def _slowly(self) -> AsyncIterator[str]:
        for word in range(600):
            yield f"word {word} "
            await asyncio.sleep(0.1)


async def main() -> None:
    """Serve both, and do what is asked."""
    script = Script()
    async with (
        FakeOllama(script.complete, first_ms=FIRST_MS) as ollama,
        FakeChat("litellm", script.answer) as cloud,
    ):
        cloud.key = KEY
        port = urlsplit(ollama.url).port or 0
        print(json.dumps({"ollama": ollama.url, "cloud": cloud.url, "key": KEY}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = json.loads(line)
            script.say = command.get("say", script.say)
            script.slow = command.get("slow", False)
            script.story = command.get("story", script.story)
            if command.get("hold"):
                script.may_go_on.clear()
            else:
                script.may_go_on.set()
            if "models" in command:
                ollama.models = tuple(QWEN if name == QWEN.name else FakeModel(name) for name in command["models"])
            if command.get("ollama") is False:
                await ollama.stop()
            elif command.get("ollama"):
                await ollama.start(port)
            told = {"questions": len(cloud.questions), "running": cloud.running, "completions": len(ollama.requests)}
            print(json.dumps(told), flush=True)


asyncio.run(main())

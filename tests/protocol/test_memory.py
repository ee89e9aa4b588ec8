"""A day of typing costs no memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.protocol.client import Client
from tests.protocol.conftest import Place
from tests.protocol.editor import Editor, start_session
from tests.servers.fake_ollama import FakeOllama

KEYS = 20_000

WARM_UP_KEYS = 3_000
"""Until here the index, the candidates and Python's own pools grow to their size."""

LIMIT_KB = 2_048

BATCH = 200
"""Keys sent at once; the answers are waited for in between, so that nothing piles up in a pipe."""

LINES = [f"    total_{number} = area(radius_{number}, 3.14159)" for number in range(12)]
"""Typed over and over: the same line has stood there before, so the embedded completer knows how it goes on."""

LONGEST_CHARS = 12_000
"""Where the document is emptied again, as no person's file grows without end."""


def resident_kb(process_id: int) -> int:
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


async def typed(client: Client, editor: Editor, count: int, start: int) -> int:
    """Type `count` keys, each followed by a request; return how many were answered with text."""
    answered = 0
    text = "\n".join(LINES) + "\n"
    for first in range(start, start + count, BATCH):
        if len(editor.text) > LONGEST_CHARS:
            editor.replace_all("import math\n")
        asked = []
        for position in range(first, first + BATCH):
            editor.type(text[position % len(text)])
            asked.append(editor.ask())
        await client.answered()
        for id_ in asked:
            answered += bool((await client.answer(id_))["items"])
    return answered


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's memory in /proc")
@pytest.mark.parametrize("has_model", [False, True], ids=["without a model", "with a model"])
async def test_typing_for_a_day_costs_no_memory(place: Place, has_model: bool) -> None:
    async with FakeOllama(lambda request: "a = area(1, 2)") as ollama:
        async with place.client(model_url=ollama.url if has_model else None) as client:
            await start_session(client, place.workspace)
            editor = Editor(client, place.uri("a.py"))
            editor.open("import math\n")
            await typed(client, editor, WARM_UP_KEYS, 0)
            before = resident_kb(client.process.pid)
            answered = await typed(client, editor, KEYS - WARM_UP_KEYS, WARM_UP_KEYS)
            grown = resident_kb(client.process.pid) - before
            assert answered, "nothing was ever offered: the test has not tested what it says"
            assert grown <= LIMIT_KB, f"{grown} kB over {KEYS - WARM_UP_KEYS} keys, from {before} kB"
            print(grown, before, answered, len(ollama.requests))

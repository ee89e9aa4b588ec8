"""A day of typing costs no memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.protocol.client import Client
from tests.protocol.conftest import Place
from tests.protocol.editor import Editor, start_session
from tests.servers.fake_ollama import FakeOllama

KEYS = 20_000

WARM_UP_KEYS = 3_000
"""Until here the index, the candidates and Python's own pools grow to their size."""

LIMIT_KB = 2_048

LINES = [f"total_{number} = area(radius_{number}, 3.14159)" for number in range(12)]
"""Typed over and over: the same line has stood there before, so the embedded completer knows how it goes on."""

TEXT = "\n".join(LINES) + "\n"

EMPTY = "import math\n"

LONGEST_CHARS = 4_000
"""Where the document is emptied again, as no person's file grows without end."""

needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's memory in /proc")


def resident_kb(process_id: int) -> int:
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


async def typed(client: Client, editor: Editor, count: int, start: int, batch: int) -> int:
    """Type `count` keys, each followed by a request; return how many were answered with text."""
    answered = 0
    for first in range(start, start + count, batch):
        if len(editor.text) > LONGEST_CHARS:
            editor.replace_all(EMPTY)
        asked = []
        for position in range(first, first + batch):
            editor.type(TEXT[position % len(TEXT)])
            asked.append(editor.ask())
        await client.answered()
        for id_ in asked:
            answered += bool((await client.answer(id_))["items"])
    return answered


def by_heart(request: dict[str, Any]) -> str:
    """Return how the line goes on: a model that is always right."""
    line = request["prompt"].rpartition("<|fim_middle|>")[2].rpartition("\n")[2]
    return next((known[len(line) :] for known in LINES if line and known.startswith(line)), "")


async def growth_kb(client: Client, uri: str, batch: int) -> int:
    """Type all keys and return by how much the server has grown after the first of them."""
    editor = Editor(client, uri)
    editor.open(EMPTY)
    await typed(client, editor, WARM_UP_KEYS, 0, batch)
    before = resident_kb(client.process.pid)
    answered = await typed(client, editor, KEYS - WARM_UP_KEYS, WARM_UP_KEYS, batch)
    assert answered > KEYS // 3, f"{answered} answers with text: the test does not test what it says"
    return resident_kb(client.process.pid) - before


@needs_proc
async def test_a_day_of_typing_without_a_model_costs_no_memory(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        assert await growth_kb(client, place.uri("a.py"), batch=200) <= LIMIT_KB


@needs_proc
async def test_a_day_of_typing_along_with_a_model_costs_no_memory(place: Place) -> None:
    async with FakeOllama(by_heart) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        assert await growth_kb(client, place.uri("a.py"), batch=10) <= LIMIT_KB
        assert ollama.finished > 50

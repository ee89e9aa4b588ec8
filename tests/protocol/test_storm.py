"""A storm of cancellations, as typing makes it: nothing is lost of the connections, and the next requests work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.process_storm import AFTERWARDS, SlowModel, sockets_of
from tests.protocol.conftest import Place
from tests.protocol.editor import Editor, start_session
from tests.protocol.waiting import until

GIVEN_UP = 1_000
"""`bench.process storm` does five thousand."""

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts a process's sockets in /proc")


@needs_proc
async def test_after_a_thousand_requests_given_up_the_next_ones_work_and_no_socket_is_left(place: Place) -> None:
    async with SlowModel() as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open("def report(value):\n█\n    return value\n")

        def ask_anew(number: int) -> Any:
            """Write another line in place of the last one, and ask behind it, as the person who asks by hand."""
            if editor.line:
                editor.erase(len(editor.line))
            editor.type(f"    result_{number} = ")
            return editor.ask(trigger_kind=1)

        ask_anew(0)
        await until(lambda: len(ollama.requests) == 1)
        sockets_before = sockets_of(client.process.pid)
        for number in range(1, GIVEN_UP + 1):
            seen = len(ollama.requests)
            id_ = ask_anew(number)
            # Three of four are given up while the model reads the prompt, the fourth while the connection is made.
            if number % 4:
                await until(lambda seen=seen: len(ollama.requests) > seen)
            if number % 2:
                client.notify("$/cancelRequest", {"id": id_})
        assert len(ollama.requests) > GIVEN_UP // 2
        ollama.may_answer.set()
        for number in range(AFTERWARDS):
            (item,) = (await client.answer(ask_anew(-number - 1)))["items"]
            assert item["insertText"] == f"    result_{-number - 1} = compute_total(value)"
        await client.answered()
        await until(lambda: ollama.running == 0)
        await until(lambda: sockets_of(client.process.pid) <= sockets_before)

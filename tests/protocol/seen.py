"""What the server takes a document's text to be: read off the prompt that it sends to the model."""

from __future__ import annotations

import asyncio

from tests.protocol.client import Client
from tests.protocol.editor import Editor
from tests.real.by_heart import shown
from tests.servers.fake_ollama import FakeOllama


def silent_ollama() -> FakeOllama:
    """Return a model server that takes every question and never gets to answer one."""
    return FakeOllama(first_ms=3_600_000)


async def text_seen(ollama: FakeOllama, client: Client, editor: Editor) -> str:
    """Return the document's text, with line feeds for all line ends. It must be small and the server silent.

    It is asked for at the text's end: elsewhere a prompt leaves out what editors close by themselves.
    """
    for command in ("tierlsp.pause", "tierlsp.resume"):
        # Ends the generation that runs, so that this request starts another one, with a window of its own.
        await client.request("workspace/executeCommand", {"command": command})
    before = len(ollama.requests)
    params = {"textDocument": {"uri": editor.uri}, "position": editor.end, "context": {"triggerKind": 1}}
    asked = client.ask("textDocument/inlineCompletion", params)
    async with asyncio.timeout(20):
        while len(ollama.requests) == before:
            await asyncio.sleep(0.002)
    client.notify("$/cancelRequest", {"id": asked})
    return "".join(shown(ollama.requests[-1]))

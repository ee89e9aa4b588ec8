"""Whatever comes in: the server lives, hears, answers each request exactly once, and shows no box."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.protocol.client import Client, framed
from tests.protocol.conftest import Place
from tests.protocol.editor import BARE_CAPABILITIES, Editor, start_session
from tests.protocol.mutation import NO_ID, Grammar, due_for
from tests.protocol.seen import text_seen
from tests.servers.fake_ollama import FakeOllama

SEED = 20261123

BODIES = 15_000
"""Messages whose frames are right and whose bodies mostly are not."""

FRAMES = 5_000
"""Messages of which half come in a broken frame or behind bytes that belong to none."""

BATCH = 250
"""Messages in one write, before the server is asked whether it still hears. A pipe holds fewer."""

MUTATED_SHARE = 0.6

CAPABILITIES = BARE_CAPABILITIES | {"workspace": {"configuration": True, "workspaceFolders": True}}
"""With settings to ask for and folders to follow, so that more of the server takes part."""


def grammar_at(place: Place, seed: str) -> Grammar:
    uris = [place.uri(name) for name in ("a.py", "b.py", "c.md", ".env")]
    return Grammar(random.Random(seed), [*uris, "untitled:1"], place.workspace.as_uri())


async def is_heard(client: Client) -> None:
    """Wait until everything that is due has come."""
    await client.request("workspace/executeCommand", {"command": "tierlsp.doctor"})
    await client.answered()


async def follows_a_document(place: Place, client: Client, ollama: FakeOllama) -> None:
    """Fail if the server does not keep in step with a document opened after all that."""
    editor = Editor(client, place.uri("after.py"))
    editor.open("def after(é):\r\n    return '😀' + █\r\n")
    for key in "(é, 1)":
        editor.type(key)
        client.ask("nosuch")
    editor.erase(2)
    assert await text_seen(ollama, client, editor) == editor.text.replace("\r\n", "\n")
    await client.answered()


def answer(request: dict[str, Any]) -> str:
    return " 3.14 * r ** 2\n    x"


@pytest.mark.parametrize("has_model", [True, False], ids=["with a model", "without a model"])
async def test_fuzzed_bodies(place: Place, has_model: bool) -> None:
    seed = f"{SEED}/bodies/{has_model}"
    grammar = grammar_at(place, seed)
    async with FakeOllama(answer) as ollama, place.client(model_url=ollama.url if has_model else None) as client:
        await start_session(client, place.workspace, CAPABILITIES)
        for first in range(0, BODIES // 2, BATCH):
            where = f"seed {seed!r}, messages from {first}"
            bodies = [grammar.body(MUTATED_SHARE) for _ in range(BATCH)]
            due = [due_for(body) for body in bodies]
            for id_ in due:
                if id_ is not NO_ID and id_ is not None:
                    client.owe(id_)
            client.send_bytes(b"".join([framed(body) for body in bodies]))
            await is_heard(client)
            assert client.unexpected() == [], where
            assert client.count_unaddressed() == due.count(NO_ID), where
        if has_model:
            assert ollama.finished
            await follows_a_document(place, client, ollama)


def frame_of(client: Client, grammar: Grammar, rng: random.Random) -> bytes:
    """Return a message in its frame, right or damaged, and tell the client what is due for it."""
    message = grammar.message()
    is_damaged = rng.random() < 0.3
    if "method" in message and "id" in message:
        if is_damaged:
            # An id of its own: it may be answered or not, and no other request shares it.
            message["id"] = f"damaged {message['id']}"
            client.allow(message["id"])
        else:
            client.owe(message["id"])
    body = json.dumps(message).encode()
    if is_damaged:
        return grammar.damaged(body)
    return (grammar.junk() if rng.random() < 0.3 else b"") + framed(body)


async def test_fuzzed_frames(place: Place) -> None:
    seed = f"{SEED}/frames"
    grammar = grammar_at(place, seed)
    rng = random.Random(seed)
    async with FakeOllama(answer) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace, CAPABILITIES)
        for _ in range(0, FRAMES, BATCH):
            data = b"".join([frame_of(client, grammar, rng) for _ in range(BATCH)])
            # In pieces of any size, as a pipe hands them on.
            while data:
                cut = rng.choice([1, 50, 4_096, 100_000])
                client.send_bytes(data[:cut])
                data = data[cut:]
            await is_heard(client)
            assert client.unexpected() == [], f"seed {seed!r}"
            client.count_unaddressed()
        await follows_a_document(place, client, ollama)

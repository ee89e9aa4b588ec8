"""The server's text is the editor's, or the server knows that it is not and offers nothing."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest

from tests.protocol.client import Client
from tests.protocol.conftest import Place
from tests.protocol.editor import BARE_CAPABILITIES, Editor, start_session
from tests.protocol.seen import silent_ollama, text_seen
from tests.protocol.waiting import until
from tests.servers.fake_ollama import FakeOllama

AREA = "def area(r):\n    return █\n"


class Scene(NamedTuple):
    """A server, a model that never answers, and a document."""

    client: Client
    ollama: FakeOllama
    editor: Editor

    async def text(self) -> str:
        """The text as the server has it."""
        return await text_seen(self.ollama, self.client, self.editor)

    async def is_in_step(self) -> bool:
        """Whether the server would ask a model about this document, and about the right text."""
        return await self.text() == self.editor.text.replace("\r\n", "\n")

    async def is_silent(self) -> bool:
        """Whether a request is answered with nothing and without asking the model."""
        before = len(self.ollama.requests)
        return await self.editor.complete(trigger_kind=1) == [] and len(self.ollama.requests) == before

    async def ask(self) -> int:
        """Ask for a completion; return the request's id once the model was asked too."""
        before = len(self.ollama.requests)
        asked = self.editor.ask(trigger_kind=1)
        await until(lambda: len(self.ollama.requests) > before)
        return asked


@asynccontextmanager
async def scene(place: Place, encoding: str = "utf-16", text: str = AREA) -> AsyncIterator[Scene]:
    """Start a session with `text` open."""
    async with silent_ollama() as ollama, place.client(model_url=ollama.url) as client:
        capabilities = BARE_CAPABILITIES | {"general": {"positionEncodings": [encoding]}}
        found = await start_session(client, place.workspace, capabilities)
        assert found["positionEncoding"] == encoding
        editor = Editor(client, place.uri("a.py"), encoding)
        editor.open(text)
        yield Scene(client, ollama, editor)


def at(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


def insert(line: int, character: int, text: str) -> dict[str, Any]:
    return {"range": {"start": at(line, character), "end": at(line, character)}, "text": text}


BROKEN: dict[str, Callable[[Editor], None]] = {
    "a version again": lambda editor: editor.change(insert(0, 0, "# "), version=editor.version),
    "an older version": lambda editor: editor.change(insert(0, 0, "# "), version=-7),
    "a negative line": lambda editor: editor.change(insert(-1, 0, "# ")),
    "a negative character": lambda editor: editor.change(insert(0, -1, "# ")),
    "a line between two": lambda editor: editor.change(insert(0.5, 0, "# ")),  # type: ignore[arg-type]
    "no text": lambda editor: editor.change({"range": insert(0, 0, "")["range"]}),
    "a text that is none": lambda editor: editor.change(insert(0, 0, "") | {"text": 5}),
    "a range without an end": lambda editor: editor.change({"range": {"start": at(0, 0)}, "text": "x"}),
    "a range that is none": lambda editor: editor.change({"range": 5, "text": "x"}),
    "a change that is none": lambda editor: editor.change(5),  # type: ignore[arg-type]
    "a wrong change after a right one": lambda editor: editor.change(insert(0, 0, "# "), insert(-1, 0, "# ")),
    "changes that are no list": lambda editor: editor.client.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": editor.uri, "version": editor.version + 1}, "contentChanges": insert(0, 0, "# ")},
    ),
    "no changes": lambda editor: editor.client.notify(
        "textDocument/didChange", {"textDocument": {"uri": editor.uri, "version": editor.version + 1}}
    ),
}


async def test_a_change_that_does_not_fit_silences_a_document_until_its_full_text_comes(place: Place) -> None:
    async with scene(place) as (client, ollama, editor):
        here = Scene(client, ollama, editor)
        for number, (name, break_it) in enumerate(BROKEN.items()):
            editor.version = 10 * number + 10
            editor.replace_all(AREA)
            assert await here.is_in_step(), name
            waiting = await here.ask()
            break_it(editor)
            assert await client.answer(waiting) == {"items": []}, name
            assert await here.is_silent(), name
            # Later changes say nothing about what was lost.
            editor.version = 10 * number + 15
            editor.type("2 * ")
            assert await here.is_silent(), name
        editor.replace_all(AREA)
        assert await here.is_in_step()
        await nobody_was_kept_waiting(client)


async def nobody_was_kept_waiting(client: Client) -> None:
    """Fail if a request was answered with nothing only because its patience had ended."""
    seen = await client.request("workspace/executeCommand", {"command": "tierlsp.doctor"})
    assert "late" not in seen["outcomes"]
    assert seen["outcomes"]["stale"]


async def test_opening_again_brings_a_lost_document_back(place: Place) -> None:
    async with scene(place) as here:
        here.editor.change(insert(-1, 0, "x"))
        assert await here.is_silent()
        here.editor.close()
        assert await here.is_silent()
        here.editor.open(AREA)
        assert await here.is_in_step()


async def test_the_full_text_may_come_at_any_time_and_in_any_company(place: Place) -> None:
    async with scene(place) as here:
        editor = here.editor
        for text in ("a = █\n", "é = █\r\nb = 2\r\n", "x = █", AREA):
            editor.replace_all(text)
            assert await here.is_in_step()
        editor.change(insert(0, 0, "lost"), insert(-1, 0, "broken"), {"text": editor.text}, insert(0, 0, "# "))
        assert await here.text() == "# " + editor.text
        # An older version: the text is whole, so it counts all the same.
        editor.change({"text": editor.text}, version=1)
        assert await here.is_in_step()
        editor.type("2 * ")
        assert await here.is_in_step()


async def test_opening_an_open_document_takes_the_later_text(place: Place) -> None:
    async with scene(place) as here:
        waiting = here.editor.ask()
        here.editor.version = 0
        here.editor.open("def area(r):\n    return 3.14 * █\n")
        assert await here.client.answer(waiting) == {"items": []}
        assert await here.is_in_step()
        await nobody_was_kept_waiting(here.client)


async def test_a_reversed_range_is_the_range(place: Place) -> None:
    async with scene(place) as here:
        here.editor.change({"range": {"start": at(0, 8), "end": at(0, 4)}, "text": "space"})
        assert await here.text() == "def space(r):\n    return \n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_places_past_the_end_are_the_end(place: Place, encoding: str) -> None:
    async with scene(place, encoding, "é = '😀'\nx = █") as here:
        here.editor.change(insert(0, 99, " "), insert(99, 99, "1"))
        assert await here.text() == "é = '😀' \nx = 1"
        here.editor.change({"range": {"start": at(0, 6), "end": at(1, 999)}, "text": "!\n"}, insert(7, 0, "y = "))
        expected = {"utf-8": "é = '!\ny = ", "utf-16": "é = '!\ny = ", "utf-32": "é = '😀!\ny = "}
        assert await here.text() == expected[encoding]


async def test_changes_to_what_is_not_open_are_ignored(place: Place) -> None:
    async with scene(place) as here:
        stranger = Editor(here.client, place.uri("b.py"))
        stranger.change(insert(0, 0, "x"))
        stranger.change({"text": "x = "})
        stranger.close()
        for params in (None, 5, [], {}, {"textDocument": 5}, {"textDocument": {}}, {"textDocument": {"uri": 5}}):
            for method in ("didOpen", "didChange", "didClose"):
                here.client.notify(f"textDocument/{method}", params)
        assert await stranger.complete() == []
        assert await here.is_in_step()


async def test_addresses_that_look_alike_are_different_documents(place: Place) -> None:
    async with scene(place) as here:
        other = Editor(here.client, here.editor.uri.replace("a.py", "%61.py"))
        other.open("other = █\n")
        other.type("1 + ")
        assert await here.is_in_step()
        assert await text_seen(here.ollama, here.client, other) == "other = 1 + \n"


TEXT = "größe = '😀'  # 中文\u2028\f\x85\r\n\tdef é(𐐀):\r\n        return █\r\n\r\nprint('👩\u200d💻')\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_an_hour_of_editing_stays_in_step(place: Place, encoding: str) -> None:
    rng = random.Random(f"editing/{encoding}")
    async with scene(place, encoding, TEXT) as here:
        editor = here.editor
        for step in range(600):
            match rng.randrange(7):
                case 0 if len(editor.line) > 2:
                    editor.erase(rng.choice([1, 1, 2]))
                case 6:
                    editor.move(rng.randint(1, len(editor.text)))
                case 1:
                    editor.type("(", closing=")")
                case 2 if len(editor.text) < 600:
                    editor.type(rng.choice(["\r\n    ", "\r\n", "'😀'", "é\u2028", "𐐀 "]))
                case 3 if rng.random() < 0.2:
                    editor.replace_all(TEXT)
                case _:
                    editor.type(rng.choice("abc =+é中😀"))
            if step % 60 == 59:
                assert await here.is_in_step(), f"seed editing/{encoding}, step {step}"

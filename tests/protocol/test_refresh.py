"""An editor that can ask again is told when there is more; one that cannot is sent nothing that it does not know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tests.protocol.conftest import Place
from tests.protocol.editor import BARE_CAPABILITIES, Editor, start_session
from tests.servers.fake_ollama import FakeOllama

REFRESH = "tierlsp/inlineCompletion/refresh"

TEXT = "def area(radius):\n    return █\n"


class HaltingOllama(FakeOllama):
    """Writes some words, and the rest of the line when it may."""

    def __init__(self) -> None:
        super().__init__(lambda request: self._tokens())
        self.has_begun = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def _tokens(self) -> AsyncIterator[str]:
        self.has_begun.set()
        yield "3.14 * rad"
        await self.may_go_on.wait()
        yield "ius ** 2\n"


async def test_an_editor_that_can_ask_again_is_shown_the_words_and_then_told_of_the_line(place: Place) -> None:
    able: dict[str, Any] = {**BARE_CAPABILITIES, "experimental": {"tierlsp": {"refresh": True}}}
    async with HaltingOllama() as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace, able)
        editor = Editor(client, place.uri("a.py"))
        editor.open(TEXT)
        assert await editor.ghost() == "3.14 *"
        ollama.may_go_on.set()
        told = await client.expect(REFRESH)
        assert told == {"uri": editor.uri, "version": editor.version, "position": editor.position}
        assert await editor.ghost() == "3.14 * radius ** 2"


async def test_beside_a_list_with_a_selected_entry_the_editor_is_told_of_the_place_where_its_cursor_is(
    place: Place,
) -> None:
    able: dict[str, Any] = {**BARE_CAPABILITIES, "experimental": {"tierlsp": {"refresh": True}}}
    async with HaltingOllama() as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace, able)
        editor = Editor(client, place.uri("a.py"))
        editor.open("def area(radius):\n    return ra█\n")
        word = {"start": {"line": 1, "character": 11}, "end": editor.position}
        selected = {"range": word, "text": "radius * "}
        (words,) = await editor.complete(selectedCompletionInfo=selected)
        assert words["insertText"] == "    return radius * 3.14 *"
        ollama.may_go_on.set()
        told = await client.expect(REFRESH)
        assert told == {"uri": editor.uri, "version": editor.version, "position": editor.position}
        (line,) = await editor.complete(selectedCompletionInfo=selected)
        assert line["insertText"] == "    return radius * 3.14 * radius ** 2"


async def test_an_editor_that_cannot_ask_again_is_answered_with_the_line(place: Place) -> None:
    async with HaltingOllama() as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open(TEXT)
        answer = asyncio.create_task(editor.ghost())
        await ollama.has_begun.wait()
        ollama.may_go_on.set()
        assert await answer == "3.14 * radius ** 2"
        # The client refuses every message that it did not expect.

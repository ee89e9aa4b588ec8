"""A session as each of the three captured editors begins it: what is offered, asked, shown and accepted.

Through pytest-lsp, whose client decodes all that it gets into lsprotocol's types and fails on what does not fit.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import converters, types
from pytest_lsp import ClientServerConfig, LanguageClient

from tests.protocol.client import DEADLINE_S
from tests.protocol.conftest import Place
from tests.real.by_heart import knows
from tests.servers.fake_ollama import FakeOllama

NVIM, HELIX, VSCODE = "nvim-0.12.4", "helix-25.07.1", "vscode"
EDITORS = (NVIM, HELIX, VSCODE)

LINE = "    größe = '😀'; ret"
"""What the person has typed of a line: letters of one, two and four bytes."""

REST = "urn 3.14159 * r ** 2"
TAIL = "\n\n\nprint(area(2))\n"

TEXT = f"def area(r):\n{LINE}{TAIL}"
KNOWN = f"def area(r):\n{LINE}{REST}{TAIL}"
"""What the model knows."""

CHARACTERS = {NVIM: len(LINE.encode()), HELIX: len(LINE.encode()), VSCODE: len(LINE.encode("utf-16-le")) // 2}
"""The cursor's character on its line: bytes, bytes, UTF-16 units."""


def captured(name: str, workspace: Path) -> types.InitializeParams:
    """Return what the editor sent, in this workspace; nothing else is changed."""
    text = (Path(__file__).parent / "clients" / f"{name}-initialize.json").read_text(encoding="utf-8")
    params = json.loads(text.replace("file:///workspace", workspace.as_uri()).replace('"/workspace"', f'"{workspace}"'))
    structured: types.InitializeParams = converters.get_converter().structure(params, types.InitializeParams)
    return structured


@asynccontextmanager
async def session(
    place: Place, name: str, ollama: FakeOllama | None = None, configuration: dict[str, Any] | None = None
) -> AsyncIterator[tuple[LanguageClient, types.InitializeResult]]:
    """Run a session as the editor `name`, and end it as an editor does."""
    environment = place.environment | ({"OLLAMA_HOST": ollama.url} if ollama else {})
    client = await ClientServerConfig(server_command=place.command(), server_env=environment).start()
    assert isinstance(client, LanguageClient)
    server = client._server
    assert server is not None
    client.set_configuration(configuration, section="tierlsp")
    try:
        async with asyncio.timeout(2 * DEADLINE_S):
            yield client, await client.initialize_session(captured(name, place.workspace))
            await client.shutdown_session()
        assert client.error is None
        assert server.returncode == 0
    finally:
        if server.returncode is None:
            # pygls would wait for it.
            server.kill()
        await client.stop()


def open_document(client: LanguageClient, uri: str, text: str) -> types.TextDocumentIdentifier:
    item = types.TextDocumentItem(uri=uri, language_id="python", version=0, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    return types.TextDocumentIdentifier(uri)


async def inline(
    client: LanguageClient, document: types.TextDocumentIdentifier, line: int, character: int
) -> types.InlineCompletionList:
    kind = types.InlineCompletionTriggerKind.Automatic
    params = types.InlineCompletionParams(
        types.InlineCompletionContext(kind), document, types.Position(line, character)
    )
    found = await client.text_document_inline_completion_async(params)
    assert isinstance(found, types.InlineCompletionList)
    return found


async def waited(condition: Callable[[], bool]) -> None:
    """Wait for what a message of the server's brings about."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("name", EDITORS)
async def test_each_editor_is_offered_what_it_announced(place: Place, name: str) -> None:
    async with session(place, name) as (_, result):
        offered = result.capabilities
        assert offered.position_encoding == ("utf-16" if name == VSCODE else "utf-8")
        assert (offered.inline_completion_provider is None) is (name == HELIX)
        assert (offered.completion_provider is None) is (name != HELIX)
        assert isinstance(offered.text_document_sync, types.TextDocumentSyncOptions)
        assert offered.text_document_sync.open_close
        assert offered.text_document_sync.change is types.TextDocumentSyncKind.Incremental
        assert offered.execute_command_provider is not None
        assert "tierlsp.accepted" in offered.execute_command_provider.commands
        assert result.server_info is not None
        assert result.server_info.name == "tierlsp"


async def test_the_editor_that_wants_to_be_asked_to_tell_of_new_settings_is_asked(place: Place) -> None:
    async with session(place, VSCODE) as (client, _):
        asked: list[types.RegistrationParams] = []

        @client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params: types.RegistrationParams) -> None:
            asked.append(params)

        await waited(lambda: bool(asked))
        (registration,) = asked[0].registrations
        assert registration.method == "workspace/didChangeConfiguration"
        assert registration.register_options == {"section": "tierlsp"}


@pytest.mark.parametrize("name", [NVIM, VSCODE])
async def test_ghost_text_is_offered_typed_along_and_accepted(place: Place, name: str) -> None:
    async with FakeOllama(knows(KNOWN)) as ollama, session(place, name, ollama) as (client, _):
        document = open_document(client, place.uri("a.py"), TEXT)
        (item,) = (await inline(client, document, 1, CHARACTERS[name])).items
        assert item.insert_text == LINE + REST
        # From the line's start to the cursor: right in both editors, and while the person types along.
        assert item.range == types.Range(types.Position(1, 0), types.Position(1, CHARACTERS[name]))
        assert item.command is not None
        assert item.command.command == "tierlsp.accepted"
        for count, key in enumerate("urn ", 1):
            here = types.Position(1, CHARACTERS[name] + count - 1)
            change = types.TextDocumentContentChangePartial(types.Range(here, here), key)
            identifier = types.VersionedTextDocumentIdentifier(uri=document.uri, version=count)
            client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
            (item,) = (await inline(client, document, 1, CHARACTERS[name] + count)).items
            assert item.insert_text == LINE + REST
            assert item.range is not None
            assert item.range.end == types.Position(1, CHARACTERS[name] + count)
        assert len(ollama.asked) == 1
        assert item.command is not None
        params = types.ExecuteCommandParams(item.command.command, item.command.arguments)
        assert await client.workspace_execute_command_async(params) is None
        seen = await client.workspace_execute_command_async(types.ExecuteCommandParams("tierlsp.doctor"))
        assert seen["accepted"] == 1
        assert seen["outcomes"] == {"fresh": 1, "typed": 4}


async def test_helix_gets_the_same_text_in_its_menu(place: Place) -> None:
    async with FakeOllama(knows(KNOWN)) as ollama, session(place, HELIX, ollama) as (client, _):
        document = open_document(client, place.uri("a.py"), TEXT)
        position = types.Position(1, CHARACTERS[HELIX])
        context = types.CompletionContext(types.CompletionTriggerKind.Invoked)
        params = types.CompletionParams(document, position, context)
        found = await client.text_document_completion_async(params)
        assert isinstance(found, types.CompletionList)
        assert found.is_incomplete
        (item,) = found.items
        assert item.filter_text == "ret"
        assert item.label == "ret" + REST
        assert isinstance(item.text_edit, types.TextEdit)
        assert item.text_edit.new_text == "ret" + REST
        assert item.text_edit.range == types.Range(types.Position(1, CHARACTERS[HELIX] - 3), position)
        # It announces no kinds of documentation, so a bare string is all that may be sent.
        assert item.documentation == f"```python\nret{REST}\n```"


@pytest.mark.parametrize("name", EDITORS)
async def test_nothing_is_an_empty_list_and_never_null(place: Place, name: str) -> None:
    async with FakeOllama(lambda request: "") as ollama, session(place, name, ollama) as (client, _):
        document = open_document(client, place.uri("a.py"), TEXT)
        unknown = types.TextDocumentIdentifier(place.uri("b.py"))
        if name == HELIX:
            for where in (document, unknown):
                params = types.CompletionParams(where, types.Position(1, 5))
                found = await client.text_document_completion_async(params)
                assert isinstance(found, types.CompletionList)
                assert found.is_incomplete
                assert not found.items
        else:
            for where in (document, unknown):
                assert not (await inline(client, where, 1, CHARACTERS[name])).items


@pytest.mark.parametrize("name", EDITORS)
async def test_what_the_capture_itself_sets_wrongly_is_one_message_each(place: Place, name: str) -> None:
    """The captures were made with another server, whose options two of them carry."""
    keys = {NVIM: ["editor"], HELIX: ["tier"], VSCODE: []}
    async with session(place, name) as (client, _):
        await client.workspace_execute_command_async(types.ExecuteCommandParams("tierlsp.doctor"))
        said = [message.message for message in client.messages]
        assert [re.findall(r"tierlsp: (\w+) from initializationOptions", text) for text in said] == [
            [key] for key in keys[name]
        ]


@pytest.mark.parametrize("name", [NVIM, VSCODE])
async def test_the_editors_settings_are_asked_for_and_count(place: Place, name: str) -> None:
    off = {"completion": {"enabled": False}}
    async with FakeOllama(knows(KNOWN)) as ollama, session(place, name, ollama, off) as (client, _):
        document = open_document(client, place.uri("a.py"), TEXT)

        async def is_offered(expected: bool) -> None:
            async with asyncio.timeout(DEADLINE_S):
                while bool((await inline(client, document, 1, CHARACTERS[name])).items) is not expected:
                    await asyncio.sleep(0.01)

        await is_offered(False)
        client.set_configuration({"completion": {"enabled": True}}, section="tierlsp")
        client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
        await is_offered(True)
        client.set_configuration(off, section="tierlsp")
        client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
        await is_offered(False)


@pytest.mark.parametrize("name", [NVIM, HELIX, VSCODE])
async def test_a_server_named_in_the_editors_settings_is_not_asked(place: Place, name: str) -> None:
    """The settings of a workspace may come with a repository."""
    async with FakeOllama(knows(KNOWN)) as ollama, FakeOllama(knows(KNOWN)) as hostile:
        workspace = {"backends": {"ollama": {"baseUrl": hostile.url}}}
        async with session(place, name, ollama, workspace) as (client, _):
            await waited(lambda: any("backends" in message.message for message in client.messages))
            document = open_document(client, place.uri("a.py"), TEXT)
            if name != HELIX:
                assert (await inline(client, document, 1, CHARACTERS[name])).items
            client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
            await client.workspace_execute_command_async(types.ExecuteCommandParams("tierlsp.doctor"))
            about = [message.message for message in client.messages if "backends" in message.message]
            assert len(about) == 1
            assert "backends.ollama.baseUrl" in about[0]
        assert hostile.exchanges == []

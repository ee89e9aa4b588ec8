"""Settings from every side of a running server: what they do, when they count, and what the person is told."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.client import DEADLINE_S, Client
from tests.protocol.conftest import Place
from tests.protocol.editor import BARE_CAPABILITIES, Editor, start_session
from tests.real.by_heart import knows
from tests.servers.fake_ollama import FakeOllama

AREA = "def area(r):\n    return █\n"
KNOWN = "def area(r):\n    return 3.14159 * r ** 2\n"
REST = "3.14159 * r ** 2"

WITH_SETTINGS = BARE_CAPABILITIES | {"workspace": {"configuration": True}}


def opened(client: Client, place: Place, name: str = "a.py") -> Editor:
    editor = Editor(client, place.uri(name))
    editor.open(AREA)
    return editor


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what a change of settings brings about."""
    async with asyncio.timeout(DEADLINE_S):
        while not await condition():
            await asyncio.sleep(0.05)


async def done(client: Client) -> None:
    """Wait until the typed messages sent before have been handled."""
    await client.request("workspace/executeCommand", {"command": "tierlsp.doctor"})


# ------------------------------------------------------------------ the person's own


@pytest.mark.parametrize("way", ["config.toml", "--config", "environment", "initializationOptions", "--set"])
async def test_every_source_of_the_persons_can_switch_completions_off(place: Place, way: str) -> None:
    off = "[completion]\nenabled = false\n"
    arguments: list[str] = []
    more: dict[str, str] = {}
    options: Any = None
    match way:
        case "config.toml":
            place.configure(off)
        case "--config":
            other = place.home / "other.toml"
            other.write_text(off, encoding="utf-8")
            arguments = ["--config", str(other)]
        case "environment":
            more = {"TIERLSP_COMPLETION_ENABLED": "false"}
        case "initializationOptions":
            options = {"tierlsp": {"completion": {"enabled": False}}}
        case _:
            arguments = ["--set", "completion.enabled=false"]
    async with FakeOllama(knows(KNOWN)) as ollama:
        client = place.client(*arguments, model_url=ollama.url, more_environment=more)
        async with client:
            await start_session(client, place.workspace, options=options)
            assert await opened(client, place).ghost(trigger_kind=1) == ""
        assert ollama.exchanges == []


async def test_the_settings_file_counts_as_soon_as_it_changes(place: Place) -> None:
    async with FakeOllama(knows(KNOWN)) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = opened(client, place)

        async def is_offered() -> bool:
            return await editor.ghost() == REST

        async def is_silent() -> bool:
            return await editor.ghost() == ""

        assert await is_offered()
        place.configure("[completion]\nenabled = false\n")
        await until(is_silent)
        # Broken: told of once, and the defaults are used instead.
        place.configure("[completion\n")
        await until(is_offered)
        assert "config.toml" in (await client.expect("window/showMessage"))["message"]
        place.config_file.unlink()
        (place.workspace / ".tierlsp.toml").write_text("[completion]\nenabled = false\n", encoding="utf-8")
        await until(is_silent)


# ------------------------------------------------------------------ an editor's, a project's


async def test_the_editors_settings_are_asked_for_once_at_a_time(place: Place) -> None:
    async with place.client() as client:
        client.responds = False
        await start_session(client, place.workspace, WITH_SETTINGS)
        await client.until(lambda: bool(client.asked), "a question")
        for _ in range(100):
            client.notify("workspace/didChangeConfiguration", {"settings": {}})
        await done(client)
        assert [request["params"] for request in client.asked] == [{"items": [{"section": "tierlsp"}]}]
        client.responds = True
        client.send({"jsonrpc": "2.0", "id": client.asked[0]["id"], "result": [None]})
        await client.until(lambda: len(client.asked) == 2, "a second question")
        await done(client)
        assert len(client.asked) == 2


async def test_a_client_that_cannot_be_asked_sends_its_settings_itself(place: Place) -> None:
    async with FakeOllama(knows(KNOWN)) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = opened(client, place)
        for enabled in (False, True):
            settings = {"tierlsp": {"completion": {"enabled": enabled}}}
            client.notify("workspace/didChangeConfiguration", {"settings": settings})
            await done(client)
            assert bool(await editor.ghost()) is enabled
        assert client.asked == []


HOSTILE = {
    "backends": {"ollama": {"baseUrl": "http://192.0.2.1:9"}, "evil": {"kind": "ollama", "baseUrl": "http://192.0.2.1"}},
    "completion": {"model": "evil/x"},
    "privacy": {"exclude": ["!**/.env"]},
}  # fmt: skip
"""What a repository might want: to be sent the person's text, and the files that the person keeps back."""

HOSTILE_TOML = """\
[completion]
model = "evil/x"
[backends.ollama]
baseUrl = "http://192.0.2.1:9"
[backends.evil]
kind = "ollama"
baseUrl = "http://192.0.2.1"
[privacy]
exclude = ["!**/.env"]
"""


@pytest.mark.parametrize("way", ["editor", "project"])
async def test_a_repository_cannot_choose_where_text_is_sent(place: Place, way: str) -> None:
    if way == "project":
        (place.workspace / ".tierlsp.toml").write_text(HOSTILE_TOML, encoding="utf-8")
    async with FakeOllama(knows(KNOWN)) as ollama:
        configuration = HOSTILE if way == "editor" else None
        async with place.client(model_url=ollama.url, configuration=configuration) as client:
            await start_session(client, place.workspace, WITH_SETTINGS)
            said = [(await client.expect("window/showMessage"))["message"] for _ in range(5)]
            for key in (
                "completion.model",
                "backends.ollama.baseUrl",
                "backends.evil.kind",
                "backends.evil.baseUrl",
                "privacy.exclude",
            ):
                assert sum(key in message for message in said) == 1, said
            # They are said once, however often the settings are read.
            client.notify("workspace/didChangeConfiguration", {"settings": {}})
            await done(client)
            assert await opened(client, place).ghost() == REST
            assert await opened(client, place, ".env").ghost(trigger_kind=1) == ""
        assert len(ollama.asked) == 1


# ------------------------------------------------------------------ what is kept back


EXCLUDED = (".env", ".env.local", "KEY.PEM", "id_rsa", "secrets/x.py", "%2Eenv", "./x/../.env")
"""Names that the default patterns mean, some of them in disguise."""


async def test_an_excluded_file_reaches_no_model_and_no_index(place: Place) -> None:
    secret = "token = 'hunter2-correct-horse'\n"
    async with FakeOllama(knows(secret)) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        other = Editor(client, place.uri("a.py"))
        other.open("import os\ntoken = █\n")
        for name in EXCLUDED:
            excluded = Editor(client, f"{place.workspace.as_uri()}/{name}")
            excluded.open(secret + "token = █\n", language="python")
            assert await excluded.complete(trigger_kind=1) == [], name
            excluded.type("'")
            assert await excluded.complete(trigger_kind=1) == [], name
            # A document beside it is completed, and with nothing that stands in the excluded one.
            assert "hunter2" not in await other.ghost(), name
            other.type("x")
            excluded.close()
    assert ollama.requests
    assert all("hunter2" not in str(exchange.body) for exchange in ollama.exchanges)


async def test_what_is_added_to_the_exclusions_counts_for_files_that_are_open(place: Place) -> None:
    async with FakeOllama(knows(KNOWN)) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = opened(client, place)
        assert await editor.ghost() == REST
        settings = {"tierlsp": {"privacy": {"exclude": ["a.*"]}}}
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        await done(client)
        assert await editor.ghost(trigger_kind=1) == ""
        assert await opened(client, place, "b.py").ghost() == REST


# ------------------------------------------------------------------ a bad start


async def test_no_home_at_all_is_no_reason_not_to_serve(place: Place) -> None:
    environment = {name: value for name, value in place.environment.items() if not name.startswith(("HOME", "XDG_"))}
    place.environment.clear()
    place.environment.update(environment)
    async with FakeOllama(knows(KNOWN)) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        assert await opened(client, place).ghost() == REST


BAD_FILES: dict[str, Callable[[Path], object]] = {
    "not TOML": lambda path: path.write_text("completion = {"),
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "a directory": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "far too large": lambda path: path.write_bytes(b"#" * 2_000_000),
}


async def test_a_settings_file_that_cannot_be_read_is_one_message_and_the_server_serves(place: Place) -> None:
    paths = [place.config_file, place.workspace / ".tierlsp.toml"]
    place.config_file.parent.mkdir(parents=True)
    for name, spoil in BAD_FILES.items():
        for path in paths:
            spoil(path)
        async with FakeOllama(knows(KNOWN)) as ollama, place.client(model_url=ollama.url) as client:
            await start_session(client, place.workspace)
            said = [(await client.expect("window/showMessage"))["message"] for _ in paths]
            assert ["config.toml is ignored" in said[0], ".tierlsp.toml is ignored" in said[1]] == [True, True], name
            assert await opened(client, place).ghost() == REST, name
        for path in paths:
            path.rmdir() if path.is_dir() else path.unlink()


async def test_initialization_options_of_any_kind_do_not_keep_a_session_from_starting(place: Place) -> None:
    for options in (5, [{}], {"tierlsp": 5}, {"completion": {"budgetMs": []}}):
        async with place.client() as client:
            await start_session(client, place.workspace, options=options)
            assert "initializationOptions" in (await client.expect("window/showMessage"))["message"]


async def test_a_log_file_that_cannot_be_written_is_one_sentence(place: Place) -> None:
    client = place.client("--log-file", str(place.home / "nosuch" / "log"))
    async with client:
        assert await client.exit_code() == 1
        assert "Traceback" not in client.log
        assert "log file" in client.log


async def test_the_log_file_is_the_persons_alone(place: Place) -> None:
    log = place.home / "tierlsp.log"
    async with place.client("--log-file", str(log), "--log-level", "debug") as client:
        await start_session(client, place.workspace)
        await opened(client, place).complete()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "def area" not in log.read_text(encoding="utf-8")

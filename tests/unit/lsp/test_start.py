"""The start of the process: what is imported when, and nothing before it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock
from tierlsp.lsp import server as server_module
from tierlsp.lsp.options import StartOptions
from tierlsp.lsp.server import LOOK_MS, Server
from tierlsp.lsp.wire import frame

URI = "file:///a.py"

BEFORE_INITIALIZE = ("tierlsp.lsp.session", "tierlsp.settings", "tierlsp.completion", "tierlsp.backends", "argparse")

BEFORE_A_COMMAND = ("lsprotocol", "pygls", "attrs", "cattrs", "rich")


def imported_by(code: str, names: tuple[str, ...]) -> str:
    """Return which of `names` a fresh interpreter has imported after `code`."""
    code = f"{code}\nimport sys\nprint([name for name in {names!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_initialize_is_answered_with_nothing_imported_that_it_does_not_need() -> None:
    """Each of them would make every start of the editor later."""
    code = "import tierlsp.cli.main, tierlsp.cli.serve, tierlsp.lsp.server"
    assert imported_by(code, BEFORE_INITIALIZE + BEFORE_A_COMMAND) == "[]"


def test_a_session_begins_without_pygls() -> None:
    """It would cost 18 MB in each session, used or not."""
    code = "import tierlsp.lsp.server, tierlsp.lsp.session, tierlsp.lsp.configuration, tierlsp.lsp.tables"
    assert imported_by(code, BEFORE_A_COMMAND) == "[]"


class Rig:
    """A server that is fed by hand."""

    def __init__(self, home: Path, out_fd: int) -> None:
        self.clock = FakeClock()
        options = StartOptions(environ={"HOME": str(home), "XDG_CONFIG_HOME": str(home)})
        self.server = Server(-1, out_fd, options, self.clock)

    def say(self, **message: Any) -> None:
        self.server._feed(frame({"jsonrpc": "2.0", **message}))

    def open(self) -> None:
        item = {"uri": URI, "languageId": "python", "version": 0, "text": "x"}
        self.say(method="textDocument/didOpen", params={"textDocument": item})


@pytest.fixture
async def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was loaded in idle time; nothing is imported in threads, and the collector is left alone."""
    loaded: list[str] = []
    monkeypatch.setattr(server_module, "_load_client_in_thread", lambda: None)
    monkeypatch.setattr(server_module, "_spare_what_lives", lambda: None)
    monkeypatch.setattr("tierlsp.lsp.typed.Typed.load", lambda self: loaded.append("typed"))
    return loaded


@pytest.fixture
def has_status() -> bool:
    """Whether the client shows what the tiers can do."""
    return False


@pytest.fixture
async def rig(tmp_path: Path, loads: list[str], has_status: bool) -> AsyncIterator[Rig]:
    out_read, out_write = os.pipe()
    rig = Rig(tmp_path, out_write)
    rig.say(id=1, method="initialize", params={"capabilities": {"experimental": {"tierlsp": {"status": has_status}}}})
    rig.say(method="initialized", params={})
    yield rig
    assert rig.server._session is not None
    await rig.server._session.aclose()
    os.close(out_read)
    os.close(out_write)


async def test_where_nothing_is_open_no_decoder_is_loaded(rig: Rig, loads: list[str]) -> None:
    await rig.clock.tick(10 * LOOK_MS)
    assert loads == []


@pytest.mark.parametrize("has_status", [True])
async def test_a_client_that_shows_the_status_is_told_before_a_file_is_opened(rig: Rig, loads: list[str]) -> None:
    await rig.clock.tick(2 * LOOK_MS)
    assert set(loads) == {"typed"}


async def test_the_decoder_is_loaded_in_a_rest_and_not_between_two_keys(rig: Rig, loads: list[str]) -> None:
    rig.open()
    for version in range(1, 10):
        change = {"text": "y" * version}
        identifier = {"uri": URI, "version": version}
        rig.say(method="textDocument/didChange", params={"textDocument": identifier, "contentChanges": [change]})
        await rig.clock.tick(LOOK_MS)
        assert loads == []
    await rig.clock.tick(LOOK_MS)
    assert loads == ["typed"]


async def test_a_session_that_cannot_begin_ends_the_process(
    tmp_path: Path, loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the secret")

    monkeypatch.setattr("tierlsp.lsp.session.Session.begin", fail)
    out_read, out_write = os.pipe()
    rig = Rig(tmp_path, out_write)
    rig.say(id=1, method="initialize", params={"capabilities": {}})
    assert await rig.server._exit_code == 1
    answer = os.read(out_read, 10_000)
    assert b'"capabilities"' in answer
    assert b"secret" not in answer
    os.close(out_read)
    os.close(out_write)

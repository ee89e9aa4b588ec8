"""From the first byte to the last: what is answered when, how the process ends, and that it always does."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.client import Client, Refused
from tests.protocol.conftest import Place
from tests.protocol.editor import BARE_CAPABILITIES, Editor, start_session
from tests.servers.dialects import OLLAMA
from tests.servers.fake_ollama import FakeOllama
from tests.servers.faults import FaultServer, hang

GONE_S = 2.0
"""An editor waits so long before it kills."""

ORPHAN_S = 5.0
"""The editor's process is looked for every three seconds, and the end takes up to two."""

INITIALIZE = {"processId": None, "rootUri": None, "capabilities": BARE_CAPABILITIES}


async def refusal(client: Client, method: str, params: Any = None) -> int:
    with pytest.raises(Refused) as caught:
        await client.request(method, params)
    return caught.value.code


async def test_before_initialize_requests_are_refused_and_notifications_dropped(place: Place) -> None:
    async with place.client() as client:
        editor = Editor(client, place.uri("a.py"))
        assert await refusal(client, "textDocument/inlineCompletion", {}) == -32002
        assert await refusal(client, "workspace/executeCommand", {"command": "tierlsp.doctor"}) == -32002
        assert await refusal(client, "shutdown") == -32002
        editor.open("x = 1\n")
        await client.request("initialize", INITIALIZE)
        assert (await client.request("workspace/executeCommand", {"command": "tierlsp.doctor"}))["documents"] == 0


async def test_a_second_initialize_is_refused_and_loses_nothing(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        Editor(client, place.uri("a.py")).open("x = 1\n")
        assert await refusal(client, "initialize", INITIALIZE) == -32600
        assert (await client.request("workspace/executeCommand", {"command": "tierlsp.doctor"}))["documents"] == 1


async def test_after_shutdown_requests_are_refused_and_exit_ends_with_zero(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        assert await client.request("shutdown") is None
        assert await refusal(client, "textDocument/inlineCompletion", {}) == -32600
        assert await refusal(client, "workspace/executeCommand", {"command": "tierlsp.doctor"}) == -32600
        assert await refusal(client, "shutdown") == -32600
        assert await refusal(client, "initialize", INITIALIZE) == -32600
        client.notify("exit")
        assert await client.exit_code(GONE_S) == 0


async def test_exit_without_shutdown_ends_with_one(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        client.notify("exit")
        assert await client.exit_code(GONE_S) == 1


async def test_exit_before_initialize_ends_with_one(place: Place) -> None:
    async with place.client() as client:
        client.notify("exit")
        # The interpreter has to start first.
        assert await client.exit_code() == 1


async def test_shutdown_answers_a_request_that_waits_for_the_model(place: Place) -> None:
    async with FaultServer(OLLAMA, hang) as hung, place.client(model_url=hung.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open("def area(r):\n    return █\n")
        waiting = editor.ask()
        assert await client.request("shutdown") is None
        with pytest.raises(Refused, match="-32800"):
            await client.answer(waiting)
        client.notify("exit")
        assert await client.exit_code(GONE_S) == 0


@pytest.mark.parametrize("is_shut_down", [False, True])
async def test_the_end_of_input_ends_the_process(place: Place, is_shut_down: bool) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        if is_shut_down:
            await client.request("shutdown")
        client.close_input()
        assert await client.exit_code(GONE_S) == (0 if is_shut_down else 1)


async def test_the_end_of_input_before_initialize_ends_the_process(place: Place) -> None:
    async with place.client() as client:
        client.close_input()
        assert await client.exit_code() == 1


async def test_the_end_of_input_is_not_held_up_by_a_hung_model(place: Place) -> None:
    async with FaultServer(OLLAMA, hang) as hung, place.client(model_url=hung.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open("def area(r):\n    return █\n")
        editor.ask()
        await asked(hung)
        client.close_input()
        assert await client.exit_code(GONE_S) == 1


async def asked(server: FaultServer | FakeOllama) -> None:
    """Wait until the server under test has called."""
    async with asyncio.timeout(20):
        while not server.exchanges:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("is_busy", [False, True], ids=["idle", "with a request waiting"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process(place: Place, number: signal.Signals, is_busy: bool) -> None:
    async with FaultServer(OLLAMA, hang) as hung, place.client(model_url=hung.url) as client:
        await start_session(client, place.workspace)
        # An answer of the typed lane: the imports are over, the server is at rest.
        await client.request("workspace/executeCommand", {"command": "tierlsp.doctor"})
        if is_busy:
            editor = Editor(client, place.uri("a.py"))
            editor.open("def area(r):\n    return █\n")
            editor.ask()
            await asked(hung)
        client.process.send_signal(number)
        assert await client.exit_code(GONE_S) == 1


async def test_a_signal_while_a_generation_runs_closes_its_connection(place: Place) -> None:
    ollama = FakeOllama(lambda request: ["3.14"], first_ms=60_000)
    async with ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open("def area(r):\n    return █\n")
        editor.ask()
        async with asyncio.timeout(20):
            while not ollama.running:
                await asyncio.sleep(0.01)
        client.process.send_signal(signal.SIGTERM)
        assert await client.exit_code(GONE_S) == 1
        await ollama.all_closed()
        assert ollama.running == 0


async def test_it_ends_with_its_editor_even_if_somebody_holds_the_pipe(place: Place) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor_process:
        async with place.client() as client:
            await start_session(client, place.workspace, process_id=editor_process.pid)
            editor_process.kill()
            # Nobody has waited for it yet: it is a zombie, which still has its number.
            assert await client.exit_code(ORPHAN_S) == 1
            assert not client.unexpected()


async def test_a_client_that_stops_reading_for_good_ends_the_process(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        client.close_output()
        client.send({"jsonrpc": "2.0", "id": 1, "method": "nosuch"})
        assert await client.exit_code(GONE_S) == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at a process's descriptors in /proc")
async def test_stray_output_and_input_cannot_reach_the_wire(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        descriptors = Path(f"/proc/{client.process.pid}/fd")
        assert (descriptors / "1").readlink() == (descriptors / "2").readlink()
        assert (descriptors / "0").readlink() == Path(os.devnull)


@pytest.mark.parametrize(
    "more", [{"PYTHONUNBUFFERED": "1"}, {"PYTHONDEVMODE": "1"}, {"PYTHONUTF8": "0", "LC_ALL": "C"}]
)
async def test_the_interpreters_settings_do_not_change_the_stream(place: Place, more: dict[str, str]) -> None:
    async with place.client(more_environment=more) as client:
        await start_session(client, place.workspace)
        text = "größe = '😀'  # \u2028\n" * 5_000
        editor = Editor(client, place.uri("a.py"))
        editor.open(text)
        for _ in range(40):
            client.ask("nosuch/" + "é" * 20_000)
        await client.answered()


@pytest.mark.parametrize("arguments", [("--stdio",), ("serve",)])
async def test_every_way_of_starting_is_the_server_on_stdio(place: Place, arguments: tuple[str, ...]) -> None:
    async with place.client(*arguments) as client:
        await start_session(client, place.workspace)


async def run(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        place.command(*arguments),
        env=place.environment,
        cwd=place.workspace,
        input="",
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize("address", ["0.0.0.0:0", "example.invalid:9257", "[::]:0", "127.0.0.1"])
async def test_no_address_but_loopback_is_listened_on(place: Place, address: str) -> None:
    done = await run(place, "--tcp", address)
    assert done.returncode == 1
    assert "loopback" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


async def test_a_port_that_is_taken_is_one_sentence(place: Place, closed_port: int) -> None:
    done = await run(place, "--tcp", f"127.0.0.1:{closed_port}")
    assert done.returncode == 1
    assert str(closed_port) in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_client_on_loopback_is_served_as_on_stdio(place: Place) -> None:
    process = await asyncio.create_subprocess_exec(
        *place.command("--tcp", "127.0.0.1:0"),
        env=place.environment,
        cwd=place.workspace,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(30):
            line = (await process.stderr.readline()).decode()
            port = int(line.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for id_, method in enumerate(["initialize", "shutdown"]):
                body = b'{"jsonrpc":"2.0","id":%d,"method":"%b","params":{"capabilities":{}}}' % (id_, method.encode())
                writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
                header = await reader.readuntil(b"\r\n\r\n")
                answer = await reader.readexactly(int(header.split()[1]))
                assert b'"id":%d' % id_ in answer
                assert b"error" not in answer
            writer.write(b'Content-Length: 33\r\n\r\n{"jsonrpc":"2.0","method":"exit"}')
            assert await process.wait() == 0
            assert await reader.read() == b""
            writer.close()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_client_on_loopback_that_vanishes_ends_the_process(place: Place) -> None:
    process = await asyncio.create_subprocess_exec(
        *place.command("--tcp", "127.0.0.1:0"),
        env=place.environment,
        cwd=place.workspace,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(30):
            line = (await process.stderr.readline()).decode()
            socket.create_connection(("127.0.0.1", int(line.rpartition(":")[2]))).close()
            assert await process.wait() == 1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

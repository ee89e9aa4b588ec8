"""`tierlsp demo` as a person runs it: a child process, the real server below it, the exit code and the table."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.protocol.conftest import Place
from tierlsp.cli.playing.client import Client, ErrorAnswer, ServerGone, start_client
from tierlsp.clock import SystemClock

HANGS_S = 60.0
"""When a demo counts as hung. No test measures with it."""

FAST = ("--speed", "20", "--seconds", "3")
SHORT = ("--speed", "20", "--seconds", "0.5")


def demo(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end, with its output in a pipe."""
    return subprocess.run(
        place.command("demo", *arguments),
        env=place.environment,
        cwd=place.workspace,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )


def test_the_demo_types_a_file_and_prints_the_table(place: Place) -> None:
    done = demo(place, *FAST)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("asyncio/locks.py from line ")
    keys = next(line for line in done.stdout.split("\n") if line.startswith("keys typed"))
    assert int(keys.split()[-1]) > 50
    for what in (
        "ghost text before the next key",
        "within 100 ms of the key",
        "shown text that was right",
        "answers by outcome",
        "embedded completer, no model",
        "Simulated: the typist",
        "ollama pull",
    ):
        assert what in done.stdout
    assert "\x1b" not in done.stdout


def test_the_embedded_completer_shows_something_without_any_model(place: Place) -> None:
    done = demo(place, "--speed", "2", "--seconds", "4")
    assert done.returncode == 0
    lines = [line for line in done.stdout.split("\n") if " ms  " in line]
    assert any(line.split()[2] == "lookup" for line in lines), done.stdout


def test_a_file_of_ones_own_is_typed(place: Place) -> None:
    file = place.workspace / "some.py"
    file.write_text("".join(f"def f_{n}(value):\n    return value + {n}\n\n\n" for n in range(40)), encoding="utf-8")
    done = demo(place, "--file", str(file), *SHORT)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("workspace/some.py from line ")


def test_a_missing_file_is_one_sentence(place: Place) -> None:
    done = demo(place, "--file", "nowhere.py")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "tierlsp: nowhere.py cannot be read: No such file or directory\n"


@pytest.mark.parametrize("option", ["--seconds", "--speed"])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon"])
def test_a_length_or_speed_that_is_none_is_bad_usage(place: Place, option: str, value: str) -> None:
    done = demo(place, f"{option}={value}")
    assert done.returncode == 2
    assert "is no number above zero" in done.stderr


def test_the_persons_settings_reach_the_server(place: Place) -> None:
    done = demo(place, "--set", "completion.enabled=false", *SHORT)
    assert done.returncode == 0
    assert "no answer had text" in done.stdout


def test_a_folder_called_tierlsp_is_not_run_instead(place: Place) -> None:
    impostor = place.workspace / "tierlsp"
    impostor.mkdir()
    (impostor / "__init__.py").write_text("")
    (impostor / "__main__.py").write_text("raise SystemExit('the wrong one')")
    code = "import sys; from tierlsp.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "demo", *SHORT],
        env=place.environment,
        cwd=place.workspace,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_early_end_still_prints_the_table(place: Place, number: signal.Signals) -> None:
    with subprocess.Popen(
        place.command("demo", "--seconds", "600"),
        env=place.environment,
        cwd=place.workspace,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(number)
        out, errors = process.communicate(timeout=HANGS_S)
    assert first.startswith("asyncio/locks.py from line ")
    assert (process.returncode, errors) == (0, "")
    assert "broken off" in out
    assert "keys typed" in out


def test_a_reader_that_has_enough_is_no_failure(place: Place) -> None:
    with subprocess.Popen(
        place.command("demo", "--seconds", "600"),
        env=place.environment,
        cwd=place.workspace,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
        assert process.wait(HANGS_S) == 0
    assert errors == ""


# ---------------------------------------------------------------------- servers that fail


SERVER = """\
import json, os, sys, time

def read():
    length = 0
    while line := sys.stdin.buffer.readline().strip():
        length = int(line.split(b":")[1])
    return json.loads(sys.stdin.buffer.read(length)) if length else None

def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
    sys.stdout.buffer.flush()

"""


async def client_of(tmp_path: Path, body: str) -> Client:
    """Return a client of a server that runs `body`."""
    script = tmp_path / "server.py"
    script.write_text(SERVER + textwrap.dedent(body), encoding="utf-8")
    return await start_client([sys.executable, str(script)], SystemClock())


async def test_a_server_that_dies_says_why(tmp_path: Path) -> None:
    client = await client_of(tmp_path, "sys.exit('first line\\nValueError: \\x1b[2Jno good\\n')")
    with pytest.raises(ServerGone, match=r"exit code 1: ValueError:  \[2Jno good$"):
        await client.initialize(tmp_path)
    with pytest.raises(ServerGone):
        client.check()
    with pytest.raises(ServerGone):
        await client.request("x", None, 1_000.0)
    await client.aclose()


async def test_a_program_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ServerGone, match="cannot be started: No such file"):
        await start_client([str(tmp_path / "nobody")], SystemClock())


async def test_what_is_no_message_ends_the_session(tmp_path: Path) -> None:
    client = await client_of(
        tmp_path, "sys.stdout.write('Content-Length: 3\\r\\n\\r\\n{x}'); sys.stdout.flush(); read()"
    )
    with pytest.raises(ServerGone, match="no LSP message"):
        await client.initialize(tmp_path)
    await client.aclose()


async def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    client = await client_of(tmp_path, "while read(): pass")
    with pytest.raises(ServerGone, match="did not answer `slow` within 0 s"):
        await client.request("slow", None, 50.0)
    await client.aclose()


async def test_a_server_that_will_not_end_is_ended(tmp_path: Path) -> None:
    client = await client_of(
        tmp_path,
        """\
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        send({"id": read()["id"], "result": os.getpid()})
        while True:
            time.sleep(1)
        """,
    )
    pid = await client.request("pid", None, 20_000.0)
    os.kill(pid, 0)
    await client.aclose()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_the_servers_questions_are_answered(tmp_path: Path) -> None:
    client = await client_of(
        tmp_path,
        """\
        id_ = read()["id"]
        asked = {
            "workspace/configuration": {"items": [{}, {}]},
            "workspace/workspaceFolders": None,
            "workspace/applyEdit": {"edit": {}},
            "client/registerCapability": {},
            "window/workDoneProgress/create": {},
            "window/showMessageRequest": {},
            "unheard/of": {},
        }
        answers = {}
        for method, params in asked.items():
            send({"id": method, "method": method, "params": params})
            answer = read()
            assert answer["id"] == method
            answers[method] = answer.get("result", answer.get("error", {}).get("code"))
        send({"method": "window/showMessage", "params": {"type": 2, "message": "one\\x1b[2J two"}})
        send({"method": "window/logMessage", "params": {"type": 4, "message": "three"}})
        send({"id": id_, "result": answers})
        while read(): pass
        """,
    )
    answers = await client.request("go", None, 20_000.0)
    assert answers == {
        "workspace/configuration": [None, None],
        "workspace/workspaceFolders": [],
        "workspace/applyEdit": {"applied": False, "failureReason": "the demo changes no file"},
        "client/registerCapability": None,
        "window/workDoneProgress/create": None,
        "window/showMessageRequest": None,
        "unheard/of": -32601,
    }
    assert client.messages == ["one [2J two"]
    await client.aclose()


async def test_an_error_is_an_answer(tmp_path: Path) -> None:
    client = await client_of(
        tmp_path,
        """\
        send({"id": read()["id"], "error": {"code": -32603, "message": "not today"}})
        while read(): pass
        """,
    )
    with pytest.raises(ErrorAnswer, match="not today"):
        await client.request("go", None, 20_000.0)
    client.check()
    await client.aclose()
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

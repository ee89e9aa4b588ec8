"""Whether the editor's process is still there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock
from tierlsp.lsp.parent import POLL_MS, is_alive, watch_parent


def process_that_was() -> int:
    """Return the number of a process that has gone and been waited for."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_this_process_is_alive_and_one_that_ended_is_not() -> None:
    assert is_alive(os.getpid())
    assert not is_alive(process_that_was())


def test_the_first_process_is_alive_though_it_is_not_ours() -> None:
    assert is_alive(1)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a zombie is told by /proc only")
def test_a_zombie_is_not_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        # The end of its output: it has ended or is about to, and nobody waits for it.
        assert process.stdout.read() == b""
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(process.pid)


async def test_the_end_of_the_editor_is_noticed_at_the_next_look_and_told_once() -> None:
    clock, told = FakeClock(), []
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        watch_parent(process.pid, clock, lambda: told.append("gone"))
        await clock.tick(5 * POLL_MS)
        assert told == []
        process.kill()
        process.wait()
        await clock.tick(POLL_MS)
        assert told == ["gone"]
        await clock.tick(5 * POLL_MS)
        assert told == ["gone"]


@pytest.mark.parametrize("process_id", [None, 0, -1, True, "1", 1.0, 2**70, [], process_that_was])
async def test_what_is_no_process_here_is_not_watched(process_id: Any) -> None:
    clock, told = FakeClock(), []
    watch_parent(process_id() if callable(process_id) else process_id, clock, lambda: told.append("gone"))
    await clock.tick(5 * POLL_MS)
    assert told == []

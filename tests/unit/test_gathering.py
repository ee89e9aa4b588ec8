"""Looking through a folder or a repository ends with the run that wants it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.repositories import Repository, needs_git, new_repository
from tests.unit.actions.runs import request_of
from tierlsp.actions.types import Extent, nothing_at
from tierlsp.assemble import chosen, uncommitted
from tierlsp.assemble.chosen import MOST_FILES, Files, folder_files
from tierlsp.assemble.gathering import Gathering
from tierlsp.errors import TierlspError
from tierlsp.privacy.exclude import Exclusion
from tierlsp.repository.bounds import folder_bounds_from
from tierlsp.routing.facts import Kind

COUNT = 40


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "work", area_py="a = 1\n")


class Reading:
    """Reads of files; the first one waits until the test lets it go on."""

    def __init__(self, read: Callable[[Path, int], bytes | None]) -> None:
        self._read = read
        self.begun = threading.Event()
        self.may_go_on = threading.Event()
        self.paths: list[Path] = []

    def __call__(self, path: Path, most_bytes: int) -> bytes | None:
        self.paths.append(path)
        self.begun.set()
        assert self.may_go_on.wait(30)
        return self._read(path, most_bytes)


@needs_git
@pytest.mark.parametrize(("extent", "reader"), [(Extent.FOLDER, chosen), (Extent.CHANGES, uncommitted)])
async def test_a_cancelled_look_reads_nothing_more(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, extent: Extent, reader: object
) -> None:
    for number in range(COUNT):
        repository.write(f"a{number}.py", f"a = {number}\n")
    reading = Reading(chosen.read_plain)
    monkeypatch.setattr(reader, "read_plain", reading)
    ended = threading.Event()
    look = Gathering(Exclusion(()), FakeClock())
    request = request_of(Kind.REVIEW, document=nothing_at(repository.root), root=repository.root, extent=extent)
    real = asyncio.to_thread

    async def watched(function: Callable[..., object], *arguments: object) -> object:
        def run() -> object:
            try:
                return function(*arguments)
            finally:
                ended.set()

        return await real(run)

    monkeypatch.setattr(asyncio, "to_thread", watched)
    task = asyncio.create_task(look.files(request))
    await real(reading.begun.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    reading.may_go_on.set()
    assert await real(ended.wait, 30)
    assert len(reading.paths) == 1


def test_a_folder_that_takes_too_long_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 1\n", encoding="utf-8")
    clock = FakeClock()
    bounds = folder_bounds_from(clock)
    bounds.until_ms = clock.now_ms() - 1
    with pytest.raises(TierlspError, match="the folder could not be looked through in 10 s; name a smaller one"):
        folder_files(tmp_path, Files(tmp_path, Exclusion(())), bounds)


def test_of_a_folder_that_is_too_large_no_more_is_read_than_is_needed_to_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MOST_FILES + 50):
        (tmp_path / f"a{number}.py").write_text("a = 1\n", encoding="utf-8")
    reading = Reading(chosen.read_plain)
    reading.may_go_on.set()
    monkeypatch.setattr(chosen, "read_plain", reading)
    with pytest.raises(TierlspError, match=f"more than {MOST_FILES} files"):
        folder_files(tmp_path, Files(tmp_path, Exclusion(())), folder_bounds_from(FakeClock()))
    assert len(reading.paths) == MOST_FILES + 1

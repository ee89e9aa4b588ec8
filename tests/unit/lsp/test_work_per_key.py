"""Law: the work of a key press does not grow with the file.

Counted, not timed: calls that Python makes, lines of the document that are touched, bytes that are asked of the
allocator. A loop over the file would show in the first two, a copy of it in the third.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.fakes import FakeBackend, FakeClock
from tierlsp.completion.anchor import Anchor
from tierlsp.completion.candidates import Candidate
from tierlsp.completion.lookup import Lookup
from tierlsp.lsp.documents import Document
from tierlsp.lsp.handlers.inline_completion import inline_completion
from tierlsp.lsp.handlers.text_sync import did_change, did_open
from tierlsp.lsp.later import Later
from tierlsp.lsp.options import StartOptions
from tierlsp.lsp.session import Session
from tierlsp.trace import Outcome

URI = "file:///a.py"

SMALL_LINES, LARGE_LINES = 1_000, 100_000

ABOVE = ["def area(r, pi):", "    return pi * r * r", "", "def main():", "    total = area(radius_1, 3.14159)"]
BELOW = ["", "", "main()"]
TYPED = "    total = area(radius_1, 3.14159)"
"""Typed below the same line, so that the embedded completer has something to say as well."""

COPY_BYTES = 64_000
"""Less than a tenth of what a copy of the large file's list of lines takes, let alone of the lines."""


class Indexer:
    """Carries out the embedded completer's background work as soon as it is given, or never."""

    def __init__(self, *, works: bool) -> None:
        self.is_idle = works

    def submit(self, task: Iterator[None], *, is_urgent: bool) -> None:
        if self.is_idle:
            for _ in task:
                pass

    def stop(self) -> None:
        return


class CountingList(list[str]):
    """A list that counts the items that are touched."""

    touched = 0

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        CountingList.touched += len(found) if isinstance(key, slice) else 1
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        CountingList.touched += len(value) if isinstance(key, slice) else 1
        super().__setitem__(key, value)

    def __iter__(self) -> Iterator[str]:
        CountingList.touched += len(self)
        return super().__iter__()


class Work(NamedTuple):
    """What one key costs."""

    calls: int
    lines: int
    peak_bytes: int
    outcome: Outcome | None
    """How it was answered; `None` if it waits for the model."""


class Rig:
    """A session with one document open, and a person who types in its middle."""

    def __init__(self, session: Session, line_count: int) -> None:
        self.session = session
        half = line_count // 2
        filler = [f"VALUE_{number % 500} = compute_{number % 500}({number % 7})" for number in range(half)]
        text = "\n".join([*filler, *ABOVE, "", *BELOW, *filler])
        did_open(session, {"textDocument": {"uri": URI, "languageId": "python", "version": 0, "text": text}})
        document = session.documents.get(URI)
        assert document is not None
        document.lines = CountingList(document.lines)
        document.ends = CountingList(document.ends)
        self.document: Document = document
        self.line = half + len(ABOVE)

    def works(self) -> list[Work]:
        """Return what each key of `TYPED` costs."""
        # One without counting: caches fill, and a document just opened has work left over.
        self._type(0, TYPED[0])
        gc.disable()
        try:
            return [self._work_of(column, char) for column, char in enumerate(TYPED[1:], 1)]
        finally:
            gc.enable()

    def _type(self, column: int, char: str) -> Any:
        here = {"line": self.line, "character": column}
        change = {"range": {"start": here, "end": here}, "text": char}
        did_change(self.session, {"textDocument": {"uri": URI, "version": column + 1}, "contentChanges": [change]})
        there = here | {"character": column + 1}
        return inline_completion(self.session, {"textDocument": {"uri": URI}, "position": there})

    def _work_of(self, column: int, char: str) -> Work:
        calls = 0

        def count(frame: Any, event: str, argument: Any) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        outcomes = self.session.tally.outcomes.copy()
        CountingList.touched = 0
        tracemalloc.start()
        sys.setprofile(count)
        try:
            answer = self._type(column, char)
        finally:
            sys.setprofile(None)
            peak_bytes = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        outcome = None
        if not isinstance(answer, Later):
            (outcome,) = [kind for kind in self.session.tally.outcomes - outcomes if kind is not Outcome.STALE]
        return Work(calls, CountingList.touched, peak_bytes, outcome)


async def session_of(source: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Return a session that answers from `source`."""
    backends = [FakeBackend()] if source == "the model" else []
    indexer = Indexer(works=source == "the embedded completer")
    monkeypatch.setattr("tierlsp.assemble.completion.open_backends", lambda settings: backends)
    monkeypatch.setattr(
        "tierlsp.lsp.session.open_lookup",
        lambda clock, settings, roots: Lookup(clock, is_excluded=lambda path: False, runner=indexer),
    )
    options = StartOptions(environ={"HOME": str(home), "XDG_CONFIG_HOME": str(home)})
    session = Session(FakeClock(), lambda method, params: None, options)
    session.begin(session.client, [], None)
    if backends:
        await session.parts.supply.search()
    return session


async def works(source: str, line_count: int, home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Work]:
    """Return what each key costs in a document of so many lines, answered from `source`."""
    session = await session_of(source, home, monkeypatch)
    rig = Rig(session, line_count)
    if source == "a candidate":
        anchor = Anchor(above=tuple(ABOVE[-3:]), prefix="", suffix="", below=BELOW[0])
        session.parts.engine.candidates.add(URI, Candidate(anchor, TYPED + "\n    return total", "m"))
    found = rig.works()
    await session.aclose()
    return found


OUTCOMES = {"the model": {None}, "a candidate": {Outcome.TYPED}, "the embedded completer": {Outcome.LOOKUP}}
"""How the keys are answered; each must occur, or the test looks at something else than it says."""


@pytest.mark.parametrize("source", OUTCOMES)
async def test_a_key_costs_the_same_in_a_small_file_and_in_a_large_one(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = await works(source, SMALL_LINES, tmp_path, monkeypatch)
    large = await works(source, LARGE_LINES, tmp_path, monkeypatch)
    assert OUTCOMES[source] <= {work.outcome for work in large}
    assert [work.outcome for work in large] == [work.outcome for work in small]
    assert [work.lines for work in large] == [work.lines for work in small]
    assert max(work.peak_bytes for work in large) < COPY_BYTES
    # The embedded completer looks at a bounded number of places, and in a large file there are more up to the bound.
    most_calls = 1.5 if source == "the embedded completer" else 1.05
    for big, little in zip(large, small, strict=True):
        assert big.calls <= most_calls * little.calls + 10


def test_a_walk_over_the_lines_would_be_seen() -> None:
    """The test above must be able to fail."""
    CountingList.touched = 0
    lines = CountingList(["x"] * 100)
    assert sum(1 for _ in lines) == len(lines[:]) == CountingList.touched - 100 == 100

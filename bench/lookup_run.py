"""Asks the embedded completer at random places of a tree, as an editor would."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from bench.lookup_trees import Place, Tree
from tierlsp.clock import SystemClock
from tierlsp.completion.lookup import Guess, Lookup
from tierlsp.text.cursor import cursor_in

Setting = Literal["append", "edit"]
"""`append`: nothing of the file after the cursor is known. `edit`: all of it but the rest of the line."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_BEGUN_WORD = re.compile(r"\w*\Z")


class Stepper:
    """Carries out background work when told to."""

    def __init__(self) -> None:
        self._tasks: deque[Iterator[None]] = deque()

    @property
    def is_idle(self) -> bool:
        return not self._tasks

    def submit(self, task: Iterator[None], *, is_urgent: bool) -> None:
        self._tasks.append(task)

    def stop(self) -> None:
        self._tasks.clear()

    def run(self) -> float:
        """Finish everything; return the longest step, in milliseconds of the thread's time."""
        longest = 0.0
        while self._tasks:
            begin = time.thread_time()
            try:
                next(self._tasks[0])
            except StopIteration:
                self._tasks.popleft()
            longest = max(longest, time.thread_time() - begin)
        return 1000.0 * longest


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question."""

    place: Place
    guess: Guess | None
    typed: str
    """The line left of the cursor."""
    rest: str
    """What truly follows on the line, without blanks at its end; empty where the line is finished."""
    ms: float
    """Time that the guess took, on a clock at the wall."""
    cpu_ms: float
    """Time that the guess took of its thread; other programs on the machine do not add to it."""

    @property
    def is_exact(self) -> bool:
        """Whether the guess is the rest of the line."""
        return self.guess is not None and self.guess.text == self.rest

    @property
    def is_beginning(self) -> bool:
        """Whether the rest of the line begins with the guess."""
        return self.guess is not None and self.rest.startswith(self.guess.text)

    @property
    def is_shown(self) -> bool:
        """Whether the guess is above its gate."""
        return self.guess is not None and self.guess.is_confident

    @property
    def has_next_token(self) -> bool:
        """Whether the guess begins with the token that follows, or goes on with the one that is half typed."""
        if self.guess is None:
            return False
        begun = _BEGUN_WORD.findall(self.typed)[0]
        return _TOKEN.findall(begun + self.guess.text)[:1] == _TOKEN.findall(begun + self.rest)[:1]


class Indexed:
    """A tree in an index of its own."""

    def __init__(self, tree: Tree, max_bytes: int) -> None:
        self.tree = tree
        self._stepper = Stepper()
        self.lookup = Lookup(SystemClock(), is_excluded=lambda path: False, max_bytes=max_bytes, runner=self._stepper)
        begin = time.process_time()
        self.lookup.crawl([tree.root])
        self.longest_step_ms = self._stepper.run()
        self.build_cpu_s = time.process_time() - begin
        self.settle()

    def settle(self) -> None:
        """Do all background work, and have the lookup take it over."""
        while not self._stepper.is_idle or self.lookup.stats.is_crawling:
            self._stepper.run()

    def ask(self, places: Sequence[Place], setting: Setting) -> Iterator[Answer]:
        """Ask at each of `places`, and at the end of each of their lines, where nothing should be said."""
        for path, in_file in groupby(places, key=lambda place: place.path):
            uri = path.as_uri()
            self.lookup.open(uri, self.tree.files[path])
            self.settle()
            # From the last line up, so that appending needs no line that was cut off before.
            lines = list(self.tree.files[path])
            for place in reversed(list(in_file)):
                line = self.tree.files[path][place.line]
                for column in (place.column, len(line.rstrip())):
                    yield self._ask_one(uri, lines, Place(path, place.line, column), line, setting)
                if setting == "edit":
                    self._replace(uri, lines, place.line, place.line + 1, line)
            self.lookup.close(uri)
            self.settle()

    def _ask_one(self, uri: str, lines: list[str], place: Place, line: str, setting: Setting) -> Answer:
        typed = line[: place.column]
        self._replace(uri, lines, place.line, place.line + 1 if setting == "edit" else len(lines), typed)
        cursor = cursor_in(lines, place.line, place.column, uri=uri)
        begin, begin_cpu = time.perf_counter(), time.thread_time()
        guess = self.lookup.guess(cursor)
        cpu_ms = 1000.0 * (time.thread_time() - begin_cpu)
        ms = 1000.0 * (time.perf_counter() - begin)
        return Answer(place, guess, typed, line[place.column :].rstrip(), ms, cpu_ms)

    def _replace(self, uri: str, lines: list[str], start: int, end: int, line: str) -> None:
        """Make one line of some, as the editor does it."""
        self.lookup.change(uri, start, end - start, [line])
        lines[start:end] = [line]
        self.settle()

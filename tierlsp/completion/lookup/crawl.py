"""Reads files into tapes, in small steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tierlsp.completion.lookup.document import MAX_GAP_LINES, STEP_CHARS
from tierlsp.completion.lookup.filetypes import MAX_FILE_BYTES, text_of
from tierlsp.completion.lookup.tape import BLANK, Tape
from tierlsp.completion.lookup.walk import FoundFile, find_file, newest_files
from tierlsp.text.lines import split_lines

TAPE_TOKENS = 60_000
"""Tokens from which a tape takes no further file: it then fills the largest block and holds about 200 KB of source."""

_LINE_END = re.compile(r"\r\n|\r|\n")

_PIECE_CHARS = 16_000
"""Characters split into lines at once: some 500 lines, 0.05 ms."""

CHARS_PER_TOKEN = 3
"""Characters of source code to a token, blanks included, rounded down."""


@dataclass(frozen=True, slots=True)
class FileSpan:
    """A file's place on a tape."""

    path: str
    modified_ns: int
    size_bytes: int
    start: int
    """Its first position."""
    end: int
    """The position after its last."""
    records: int


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """A finished tape and what is on it. Whoever made it does not touch it again."""

    tape: Tape
    files: list[FileSpan] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Filing:
    """What the reading of files needs to know of the rest."""

    is_excluded: Callable[[Path], bool]
    """Whether a file must not be read."""
    is_known: Callable[[FoundFile], bool]
    """Whether this version of a file is indexed already."""
    room_bytes: Callable[[], int]
    """How much more memory the index may take."""

    def forbids(self, path: str) -> bool:
        """Whether the file must not be read; also where that cannot be found out."""
        try:
            return self.is_excluded(Path(path))
        except Exception:
            return True


def crawl(roots: Sequence[Path], filing: Filing, deliver: Callable[[Batch], None]) -> Iterator[None]:
    """Read the files below `roots`, newest first, until there is no more room, and deliver tape by tape."""
    files = yield from newest_files(roots)
    batch = Batch(Tape(with_singles=False, expected_tokens=TAPE_TOKENS))
    while files:
        found = files.pop()
        yield
        if filing.is_known(found):
            continue
        yield from _read(batch, found, filing)
        if len(batch.tape.tokens) >= TAPE_TOKENS:
            deliver(batch)
            if filing.room_bytes() < batch.tape.size_bytes:
                return
            batch = Batch(Tape(with_singles=False, expected_tokens=TAPE_TOKENS))
    if batch.files:
        deliver(batch)


def reread(
    paths: Sequence[str], roots: Sequence[Path], filing: Filing, deliver: Callable[[Batch], None]
) -> Iterator[None]:
    """Read files again, those that a crawl of `roots` would read, and deliver them on a tape of their own."""
    files: list[FoundFile] = []
    for path in paths:
        found = yield from find_file(path, roots)
        if found is not None:
            files.append(found)
    batch = Batch(Tape(with_singles=False, expected_tokens=sum(f.size_bytes for f in files) // CHARS_PER_TOKEN))
    for found in files:
        yield from _read(batch, found, filing)
    if batch.files:
        deliver(batch)


def _read(batch: Batch, found: FoundFile, filing: Filing) -> Iterator[None]:
    """Add a file to `batch`, if it is allowed and holds text."""
    if filing.forbids(found.path):
        return
    try:
        with Path(found.path).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        return
    yield
    text = text_of(data) if len(data) <= MAX_FILE_BYTES else None
    if text is None:
        return
    yield
    tape = batch.tape
    start, records = len(tape.tokens), tape.records
    yield from write_lines(tape, _pieces(text))
    records = tape.records - records
    if records:
        batch.files.append(FileSpan(found.path, found.modified_ns, found.size_bytes, start, len(tape.tokens), records))


def write_lines(tape: Tape, pieces: Iterator[Sequence[str]]) -> Iterator[None]:
    """Write the lines of one text to `tape`, each linked to the one above."""
    prev, gap, chars = -1, 0, 0
    for lines in pieces:
        for line in lines:
            record = tape.append(line, prev if gap <= MAX_GAP_LINES else -1)
            if record == BLANK:
                gap += 1
            else:
                prev, gap = record, 0
            chars += len(line) + 1
            if chars >= STEP_CHARS:
                chars = 0
                yield


def _pieces(text: str) -> Iterator[list[str]]:
    """Split `text` into lines, a piece at a time."""
    start = 0
    while start < len(text):
        line_end = _LINE_END.search(text, start + _PIECE_CHARS)
        end = len(text) if line_end is None else line_end.end()
        piece = text[start:end].removesuffix("\n").removesuffix("\r")
        yield split_lines(piece)[0]
        start = end

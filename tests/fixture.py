"""The marker language: a document, its cursor or selection, and texts whose blanks matter, as one readable string.

    █           the cursor
    ⟦ … ⟧       the selection
    ├ … ┤       what a model returns, or what is expected to be inserted
    //- path    at the start of a line: another file begins; `lang:x` and `open` may follow the path

The marks are characters that source code hardly ever has. A text in which they make no sense is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from tierlsp.text.cursor import Cursor, cursor_in
from tierlsp.text.lines import split_lines

CURSOR = "█"
SELECTION = "⟦⟧"
TEXT = "├┤"
FILE = "//- "

LANGUAGE_OF_EXTENSION = {
    ".c": "c", ".go": "go", ".html": "html", ".js": "javascript", ".lua": "lua", ".md": "markdown", ".py": "python",
    ".rb": "ruby", ".rs": "rust", ".sh": "shellscript", ".ts": "typescript", ".yaml": "yaml",
}  # fmt: skip


class FixtureError(ValueError):
    """The marks make no sense. A bug of the test, never of what it tests."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a fixture. Places count code points from the start of the text, marks left out."""

    path: str
    language: str
    text: str
    is_open: bool = False
    cursor: int | None = None
    selection: tuple[int, int] | None = None


def documents(source: str, *, path: str = "main.py") -> tuple[Document, ...]:
    """Return the files of `source`. Text before the first file's line is the file `path`; it may be missing."""
    found: list[Document] = []
    header = path
    body: list[str] = []
    for line in source.splitlines(keepends=True):
        if line.startswith(FILE):
            if body or header != path:
                found.append(_document(header, "".join(body)))
            header, body = line[len(FILE) :].strip(), []
        else:
            body.append(line)
    found.append(_document(header, "".join(body)))
    if sum(document.cursor is not None for document in found) > 1:
        raise FixtureError("there are two cursors")
    return tuple(found)


def at(source: str, *, language: str = "python", uri: str = "file:///work/main.py") -> Cursor:
    """Return the cursor of a fixture that is a single file."""
    document = _document("main.py", source)
    if document.cursor is None:
        raise FixtureError(f"there is no cursor {CURSOR}")
    lines, _ = split_lines(document.text)
    before, _ = split_lines(document.text[: document.cursor])
    return cursor_in(lines, len(before) - 1, len(before[-1]), uri=uri, language=language, version=1)


def bracketed(source: str) -> str:
    """Return what stands between `├` and `┤`. Only blanks may stand outside."""
    begin, end = TEXT
    text = source.strip()
    if text.count(begin) != 1 or text.count(end) != 1 or not text.startswith(begin) or not text.endswith(end):
        raise FixtureError(f"{source!r} is not one text between {begin} and {end}")
    return text[1:-1]


def _document(header: str, text: str) -> Document:
    path, *flags = header.split()
    language = LANGUAGE_OF_EXTENSION.get(PurePosixPath(path).suffix, "")
    for flag in flags:
        if flag.startswith("lang:"):
            language = flag.removeprefix("lang:")
        elif flag != "open":
            raise FixtureError(f"{flag!r} of {path} is neither lang:… nor open")
    text, selection = _take_selection(text)
    if text.count(CURSOR) > 1:
        raise FixtureError(f"{path} has two cursors")
    place = text.find(CURSOR)
    if place >= 0 and selection is not None:
        raise FixtureError(f"{path} has a cursor and a selection")
    text = text.replace(CURSOR, "")
    return Document(path, language, text, "open" in flags, None if place < 0 else place, selection)


def _take_selection(text: str) -> tuple[str, tuple[int, int] | None]:
    begin, end = SELECTION
    if begin not in text and end not in text:
        return text, None
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(end) < text.index(begin):
        raise FixtureError(f"{begin} and {end} do not stand around one piece of text")
    start = text.index(begin)
    return text.replace(begin, "").replace(end, ""), (start, text.index(end) - 1)

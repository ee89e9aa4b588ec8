"""The open documents, as lines.

**Law:** work per key press does not grow with the file. A change costs what it touches, plus the move of the list's
pointers behind it when the number of lines changes (nine microseconds in a document of 100,000 lines).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tierlsp.errors import StaleDocument, TierlspError
from tierlsp.lsp.follow import ChangeLog, Follower, LineChange
from tierlsp.lsp.positions import Encoding, column_of
from tierlsp.text.cursor import WINDOW_ABOVE, Cursor, cursor_in
from tierlsp.text.lines import split_lines

PAIRS = frozenset({"()", "[]", "{}", '""', "''", "``"})
"""What an editor that closes brackets by itself puts in at one key. The cursor is then in the middle."""


class BadParams(TierlspError):
    """Parameters that are not what the specification says; a request with them is answered with -32602."""


@dataclass(slots=True)
class Document:
    """One open document. `lines` and `ends` always have the same, non-zero length."""

    uri: str
    language: str
    version: int | None
    lines: list[str] = field(default_factory=lambda: [""])
    ends: list[str] = field(default_factory=lambda: [""])
    length: int = 0
    """Code points in all, line ends included."""
    is_desynced: bool = False
    """Whether a change was lost or came out of order. Until the next full text nothing is computed from the lines."""

    @property
    def text(self) -> str:
        """The whole text. Costs the whole file: not for the way of a key press."""
        return "".join([line + end for line, end in zip(self.lines, self.ends, strict=True)])

    def replace_all(self, text: str) -> LineChange:
        """Take `text` as the whole document."""
        removed = len(self.lines)
        self.lines, self.ends = split_lines(text)
        self.length = len(text)
        self.is_desynced = False
        return LineChange(0, removed, list(self.lines))

    def replace(self, start: tuple[int, int], end: tuple[int, int], text: str) -> LineChange:
        """Replace the text between two (line, column) places, `start` not after `end`, by `text`."""
        lines, ends = self.lines, self.ends
        first, first_column = start
        last, last_column = end
        head = lines[first][:first_column]
        tail = lines[last][last_column:]
        line = head + text + tail
        if first == last and line and "\n" not in text and "\r" not in text:
            # The usual key press: one line, no line end. (An empty line could join a `\r` above to its own `\n`.)
            self.length += len(text) - (last_column - first_column)
            lines[first] = line
            return LineChange(first, 1, [line], (first, first_column + (1 if text in PAIRS else len(text))))
        removed_length = self._length_between(start, end)
        cursor = _cursor_behind(start, text)
        added, added_ends = split_lines(line + ends[last])
        if ends[last]:
            # The end of the last line was split off as a line of its own; it belongs to the lines that follow.
            added.pop()
            added_ends.pop()
        if first > 0 and ends[first - 1] == "\r" and not added[0] and added_ends[0] == "\n":
            # A lone `\r` met a `\n`: together they are one line end, so one line disappears.
            first -= 1
            added[0] = lines[first]
            cursor = (cursor[0] - 1, cursor[1]) if cursor[0] > first + 1 else (first, len(added[0]))
            added_ends[0] = "\r\n"
        lines[first : last + 1] = added
        ends[first : last + 1] = added_ends
        self.length += len(text) - removed_length
        return LineChange(first, last + 1 - first, added, cursor)

    def _length_between(self, start: tuple[int, int], end: tuple[int, int]) -> int:
        """Return the code points between two places."""
        (first, first_column), (last, last_column) = start, end
        length = last_column - first_column
        for line in range(first, last):
            length += len(self.lines[line]) + len(self.ends[line])
        return length

    def place(self, position: object, encoding: Encoding) -> tuple[int, int]:
        """Return (line, column) of an LSP position; past the last line it is the end of the document."""
        if not isinstance(position, dict):
            raise BadParams("a position must be an object with `line` and `character`")
        line, character = position.get("line"), position.get("character")
        if type(line) is not int or line < 0:
            line = natural(line, "line")
        if type(character) is not int or character < 0:
            character = natural(character, "character")
        if line >= len(self.lines):
            line = len(self.lines) - 1
            return line, len(self.lines[line])
        return line, column_of(self.lines[line], character, encoding)

    def apply(self, change: object, encoding: Encoding) -> LineChange:
        """Apply one element of `contentChanges`. A change without a range is the whole text, legal at any time."""
        if not isinstance(change, dict) or not isinstance(change.get("text"), str):
            raise BadParams("a content change must be an object with a string `text`")
        text: str = change["text"]
        span = change.get("range")
        if span is None:
            return self.replace_all(text)
        if not isinstance(span, dict):
            raise BadParams("`range` must be an object with `start` and `end`")
        start = self.place(span.get("start"), encoding)
        # Most changes insert: both ends are one place.
        end = start if span.get("end") == span["start"] else self.place(span.get("end"), encoding)
        if end < start:
            start, end = end, start
        return self.replace(start, end, text)

    def cursor(self, position: object, encoding: Encoding) -> Cursor:
        """Return the frozen view at an LSP position."""
        return self.cursor_at(*self.place(position, encoding))

    def cursor_at(self, line: int, column: int) -> Cursor:
        """Return the frozen view at a line and a column, in code points."""
        return cursor_in(self.lines, line, column, uri=self.uri, language=self.language, version=self.version)

    def likely_cursor(self) -> Cursor:
        """Return a place whose prompt shares the most with those of the first requests: the end of a short document.

        A model that reads what is left of the cursor first has then read the whole of it. In a longer document nobody
        can tell where the person will be; at its top the model is at least loaded.
        """
        line = len(self.lines) - 1 if len(self.lines) <= WINDOW_ABOVE else 0
        return self.cursor_at(line, 0)


class Documents:
    """The open documents by the URI that the client gave, taken as it is."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._logs: dict[str, list[Follower]] = {}
        """Of the documents that a run is under way on."""
        self.on_open: list[Callable[[Document], None]] = []
        """Told of each document that is opened, when it is there."""

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, uri: object) -> Document | None:
        """Return the open document of that URI, if there is one."""
        return self._documents.get(uri) if isinstance(uri, str) else None

    def all(self) -> list[Document]:
        """Return the open documents."""
        return list(self._documents.values())

    def follow(self, uri: str) -> ChangeLog:
        """Return a record of what changes in a document from now on, until it is given to `unfollow`."""
        log = ChangeLog(uri)
        self.attach(log)
        return log

    def attach(self, follower: Follower) -> None:
        """Tell `follower` what changes in its document from now on, until it is given to `unfollow`."""
        self._logs.setdefault(follower.uri, []).append(follower)

    def unfollow(self, log: Follower) -> None:
        """Write no more into `log`."""
        logs = [each for each in self._logs.get(log.uri, ()) if each is not log]
        if logs:
            self._logs[log.uri] = logs
        else:
            self._logs.pop(log.uri, None)

    def _lost(self, uri: object) -> None:
        """What was done to a document cannot be told from here on."""
        for log in [*self._logs.get(uri, ())] if isinstance(uri, str) else []:
            log.lose()

    def open(self, item: object) -> Document:
        """Take a `TextDocumentItem`. One that is already open is replaced: the later word wins."""
        if not isinstance(item, dict):
            raise BadParams("`textDocument` must be an object")
        uri, text = item.get("uri"), item.get("text")
        if not isinstance(uri, str) or not isinstance(text, str):
            raise BadParams("`textDocument` must have a string `uri` and a string `text`")
        language = item.get("languageId")
        document = Document(
            uri=uri,
            language=language if isinstance(language, str) else "",
            version=version_of(item),
        )
        document.replace_all(text)
        self._lost(uri)
        self._documents[uri] = document
        for told in self.on_open:
            told(document)
        return document

    def change(self, identifier: object, changes: object, encoding: Encoding) -> tuple[Document, list[LineChange]]:
        """Apply a `didChange`.

        Raises:
            BadParams: the parameters are broken; the document counts as out of step from here on.
            StaleDocument: the document is not open, or the version is not newer than the one held.
        """
        uri = identifier.get("uri") if isinstance(identifier, dict) else None
        document = self.get(uri)
        if document is None:
            raise StaleDocument(f"a change came for {uri!r}, which is not open")
        if not isinstance(changes, list):
            document.is_desynced = True
            raise BadParams("`contentChanges` must be an array")
        version = version_of(identifier)
        whole = next((index for index in reversed(range(len(changes))) if _is_whole(changes[index])), None)
        is_older = version is not None and document.version is not None and version <= document.version
        if is_older and whole is None:
            document.is_desynced = True
            raise StaleDocument(f"{uri} is at version {document.version}, and a change came for version {version}")
        try:
            # What comes before a whole text does not matter, be it right or wrong.
            applied = [document.apply(change, encoding) for change in changes[whole or 0 :]]
        except BadParams:
            document.is_desynced = True
            raise
        document.version = version
        for log in [*self._logs.get(document.uri, ())]:
            log.note(applied)
        return document, applied

    def close(self, identifier: object) -> Document | None:
        """Forget a document and return it; `None` if it was not open."""
        uri = identifier.get("uri") if isinstance(identifier, dict) else None
        self._lost(uri)
        return self._documents.pop(uri, None) if isinstance(uri, str) else None


def _cursor_behind(start: tuple[int, int], text: str) -> tuple[int, int]:
    """Return where the cursor most likely is after `text` was put in at `start`: behind it.

    Enter between two brackets puts in two line ends at once, and the cursor is on the line between them.
    """
    lines = split_lines(text)[0]
    if len(lines) == 3 and not text.strip():
        lines.pop()
    line, column = start
    return line + len(lines) - 1, len(lines[-1]) + (column if len(lines) == 1 else 0)


def _is_whole(change: object) -> bool:
    """Whether a content change is the whole text."""
    return isinstance(change, dict) and change.get("range") is None and isinstance(change.get("text"), str)


def natural(value: object, name: str) -> int:
    """Return `value` as a number of 0 or more. An integral float counts, since JSON knows one kind of number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or value < 0:
        raise BadParams(f"`{name}` must be a whole number of 0 or more")
    return value


def version_of(item: object) -> int | None:
    """Return the `version` of a text document identifier, `None` where it has none."""
    version = item.get("version") if isinstance(item, dict) else None
    return version if type(version) is int else None

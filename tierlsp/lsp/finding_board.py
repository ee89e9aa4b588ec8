"""The findings that an editor shows: published as diagnostics, moved with the text, taken away with their code.

Those of files that are not open stand where they were found, until the file is opened or the next review of several
files looks at it again.

**Law:** work per key press does not grow with the file: a document without findings is not followed at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierlsp.actions.review_page import label_of
from tierlsp.actions.types import FileFindings, Finding, Place, Severity, Span
from tierlsp.lsp.anchors import Mark, mark_of, moved, placed
from tierlsp.lsp.documents import Document, Documents
from tierlsp.lsp.edits import range_of
from tierlsp.lsp.follow import LineChange
from tierlsp.lsp.positions import Encoding
from tierlsp.routing.facts import Kind
from tierlsp.text.uris import path_of

SOURCE = "tierlsp"

_SEVERITIES = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFORMATION: 3, Severity.HINT: 4}
"""LSP `DiagnosticSeverity`."""


class Board:
    """The findings of one session."""

    def __init__(
        self, documents: Documents, notify: Callable[[str, dict[str, object]], None], encoding: Callable[[], Encoding]
    ) -> None:
        """Take the open documents, the way to the client, and what gives the encoding of its positions."""
        self._documents = documents
        self._notify = notify
        self._encoding = encoding
        self._sheets: dict[str, _Sheet] = {}
        self._shut: dict[Path, _Shut] = {}
        documents.on_open.append(self._opened)

    def show(self, kind: Kind, file: FileFindings) -> int:
        """Show what was found in a document, in place of what the same action found there before.

        Returns how many of them have no place any more, since their code has changed or its document was closed.
        """
        document = self._documents.get(file.document.uri) or self._open_at(file.document.path)
        if document is None and file.document.version is None and file.document.path is not None:
            return self._show_shut(kind, file, file.document.path)
        if document is None or document.is_desynced:
            return len(file.findings)
        old = self._sheets.get(document.uri)
        marks = _renewed(old.marks if old else (), kind, file, file.findings, document.lines)
        hidden = _renewed(old.hidden if old else (), kind, file, file.dismissed, document.lines)
        self._set(document, marks, hidden)
        return _lost(kind, file, document.lines)

    @property
    def shut_files(self) -> tuple[Path, ...]:
        """The files that are not open and have findings."""
        return tuple(self._shut)

    def look_again(self, path: Path, lines: tuple[str, ...] | None) -> None:
        """Take away what was found in a file that is not open and is not there any more, in its `lines` as they are.

        Args:
            path: of the file.
            lines: its text now; `None` if it has none.
        """
        shut = self._shut.get(path)
        if shut is not None:
            left = _placed(shut.marks, lines or ())
            if left != shut.marks:
                self._set_shut(path, _Shut(shut.uri, left, _placed(shut.hidden, lines or ()), lines or ()))

    def at(self, uri: str, first: int, end: int) -> list[tuple[Mark, dict[str, Any]]]:
        """Return the findings on the lines `first` to `end` of a document, each with its diagnostic."""
        sheet = self._sheets.get(uri)
        document = self._documents.get(uri)
        if sheet is None or document is None:
            return []
        near = [mark for mark in sheet.marks if mark.first < end and mark.end > first]
        return [(mark, self._diagnostic(mark, document.lines)) for mark in near]

    def dismissed_at(self, uri: str, first: int, end: int) -> list[Mark]:
        """Return the dismissed findings on the lines `first` to `end` of a document, as far as they are known."""
        sheet = self._sheets.get(uri)
        return [mark for mark in sheet.hidden if mark.first < end and mark.end > first] if sheet is not None else []

    def dismiss(self, uri: str, fingerprint: str) -> bool:
        """Take a finding away; whether it was there."""
        path = path_of(uri)
        shut = self._shut.get(path) if path is not None else None
        if path is not None and shut is not None:
            return self._swap(path, shut, fingerprint, is_back=False)
        sheet, document = self._sheets.get(uri), self._documents.get(uri)
        if sheet is None or document is None:
            return False
        gone = [mark for mark in sheet.marks if mark.finding.fingerprint == fingerprint]
        if gone:
            kept = [mark for mark in sheet.marks if mark not in gone]
            self._set(document, kept, [*sheet.hidden, *gone])
        return bool(gone)

    def restore(self, uri: str, fingerprint: str) -> bool:
        """Show a dismissed finding again; whether it was known."""
        path = path_of(uri)
        shut = self._shut.get(path) if path is not None else None
        if path is not None and shut is not None:
            return self._swap(path, shut, fingerprint, is_back=True)
        sheet, document = self._sheets.get(uri), self._documents.get(uri)
        if sheet is None or document is None:
            return False
        back = [mark for mark in sheet.hidden if mark.finding.fingerprint == fingerprint]
        if back:
            kept = [mark for mark in sheet.hidden if mark not in back]
            self._set(document, sorted([*sheet.marks, *back], key=lambda mark: mark.first), kept)
        return bool(back)

    def publish(self, uri: str) -> None:
        """Tell the client what there is in a document."""
        sheet = self._sheets.get(uri)
        document = self._documents.get(uri)
        marks: Sequence[Mark] = sheet.marks if sheet is not None else ()
        params: dict[str, object] = {
            "uri": uri,
            "diagnostics": [self._diagnostic(mark, document.lines) for mark in marks] if document is not None else [],
        }
        if document is not None and document.version is not None:
            params["version"] = document.version
        self._notify("textDocument/publishDiagnostics", params)

    def drop(self, uri: str) -> None:
        """Show nothing more in a document: it was closed, or nobody can tell what was done to it."""
        sheet = self._sheets.pop(uri, None)
        if sheet is not None:
            self._documents.unfollow(sheet)
            if sheet.marks:
                self._notify("textDocument/publishDiagnostics", {"uri": uri, "diagnostics": []})

    def _set(self, document: Document, marks: list[Mark], hidden: list[Mark]) -> None:
        if not marks and not hidden:
            self.drop(document.uri)
            return
        sheet = self._sheets.get(document.uri)
        was_empty = sheet is None or not sheet.marks
        if sheet is None:
            sheet = self._sheets[document.uri] = _Sheet(document.uri, self)
            self._documents.attach(sheet)
        sheet.marks, sheet.hidden = marks, hidden
        if marks or not was_empty:
            self.publish(document.uri)

    def _open_at(self, path: Path | None) -> Document | None:
        """Return the open document at a path: an editor may write its URI in another way."""
        if path is None:
            return None
        return next((each for each in self._documents.all() if path_of(each.uri) == path), None)

    def _opened(self, document: Document) -> None:
        """Let the findings of a file that was not open follow its text from now on."""
        if not self._shut:
            return
        path = path_of(document.uri)
        shut = self._shut.pop(path, None) if path is not None else None
        if shut is None:
            return
        now = _placed(shut.marks, document.lines)
        if shut.uri != document.uri or not now:
            self._notify("textDocument/publishDiagnostics", {"uri": shut.uri, "diagnostics": []})
        self._set(document, now, _placed(shut.hidden, document.lines))

    def _show_shut(self, kind: Kind, file: FileFindings, path: Path) -> int:
        shut, lines = self._shut.get(path), file.document.lines
        old, dismissed = (shut.marks, shut.hidden) if shut is not None else ([], [])
        marks = _renewed(_placed(old, lines), kind, file, file.findings, lines)
        hidden = _renewed(_placed(dismissed, lines), kind, file, file.dismissed, lines)
        if marks or hidden or shut is not None:
            self._set_shut(path, _Shut(file.document.uri, marks, hidden, lines))
        return 0

    def _swap(self, path: Path, shut: _Shut, fingerprint: str, *, is_back: bool) -> bool:
        """Hide a finding of a file that is not open, or show it again; whether it was there."""
        source, other = (shut.hidden, shut.marks) if is_back else (shut.marks, shut.hidden)
        taken = [mark for mark in source if mark.finding.fingerprint == fingerprint]
        if taken:
            kept = [mark for mark in source if mark not in taken]
            more = sorted([*other, *taken], key=lambda mark: mark.first)
            marks, hidden = (more, kept) if is_back else (kept, more)
            self._set_shut(path, _Shut(shut.uri, marks, hidden, shut.lines))
        return bool(taken)

    def _set_shut(self, path: Path, shut: _Shut) -> None:
        before = self._shut.get(path)
        if shut.marks or shut.hidden:
            self._shut[path] = shut
        else:
            self._shut.pop(path, None)
        if shut.marks or (before is not None and before.marks):
            shown = [self._diagnostic(mark, shut.lines) for mark in shut.marks]
            self._notify("textDocument/publishDiagnostics", {"uri": shut.uri, "diagnostics": shown})

    def _diagnostic(self, mark: Mark, lines: tuple[str, ...] | list[str]) -> dict[str, Any]:
        finding = mark.finding
        return {
            "range": range_of(span_of(mark, lines), lines, self._encoding()),
            "severity": _SEVERITIES[finding.severity],
            "code": code_of(mark),
            "source": SOURCE,
            "message": message_of(finding),
            "data": {"fingerprint": finding.fingerprint},
        }


@dataclass(frozen=True, slots=True)
class _Shut:
    """The findings of one file that is not open."""

    uri: str
    """Under which they are published."""
    marks: list[Mark]
    hidden: list[Mark]
    """Those that were dismissed."""
    lines: tuple[str, ...]
    """The file's text when it was looked at."""


class _Sheet:
    """The findings of one document, which follow its changes."""

    def __init__(self, uri: str, board: Board) -> None:
        self.uri = uri
        self.marks: list[Mark] = []
        self.hidden: list[Mark] = []
        """What was dismissed and stands there."""
        self._board = board

    def note(self, changes: Sequence[LineChange]) -> None:
        """Take changes, in their order, and tell the client if a finding has moved or gone."""
        old = self.marks
        marks, self.hidden = _moved(old, changes), _moved(self.hidden, changes)
        if len(marks) == len(old) and all(one is other for one, other in zip(marks, old, strict=True)):
            if not marks and not self.hidden:
                self._board.drop(self.uri)
            return
        if marks or self.hidden:
            self.marks = marks
            self._board.publish(self.uri)
        else:
            self._board.drop(self.uri)

    def lose(self) -> None:
        """Nobody can tell any more where a line went."""
        self._board.drop(self.uri)


def _renewed(
    old: Sequence[Mark], kind: Kind, file: FileFindings, findings: Sequence[Finding], lines: Sequence[str]
) -> list[Mark]:
    """Return `old` with `findings` in place of what the same action found on the lines that were looked at."""
    first, end = file.judged
    kept = [mark for mark in old if mark.kind is not kind or not first <= mark.first < end]
    known = {(mark.kind, mark.finding.fingerprint) for mark in kept}
    now = [placed(mark_of(kind, finding, file.document.lines), lines) for finding in findings]
    new = [mark for mark in now if mark is not None and (kind, mark.finding.fingerprint) not in known]
    return sorted([*kept, *new], key=lambda mark: mark.first)


def _lost(kind: Kind, file: FileFindings, lines: Sequence[str]) -> int:
    """Return how many findings of `file` stand nowhere in `lines`."""
    return sum(placed(mark_of(kind, each, file.document.lines), lines) is None for each in file.findings)


def _placed(marks: Sequence[Mark], lines: Sequence[str]) -> list[Mark]:
    """Return those of `marks` whose code is in `lines`, where it is."""
    return [now for mark in marks if (now := placed(mark, lines)) is not None]


def _moved(marks: Sequence[Mark], changes: Sequence[LineChange]) -> list[Mark]:
    found = list(marks)
    for change in changes:
        found = [now for mark in found if (now := moved(mark, change)) is not None]
    return found


def code_of(mark: Mark) -> str:
    """Return the code of a diagnostic."""
    finding = mark.finding
    return f"CWE-{finding.cwe}" if finding.cwe else f"{mark.kind.value}/{finding.category.value}"


def message_of(finding: Finding) -> str:
    """Return the text of a diagnostic."""
    return f"{finding.message} ({label_of(finding)}, {finding.confidence} % sure)"


def span_of(mark: Mark, lines: Sequence[str]) -> Span:
    """Return where a finding stands now, without the blanks before its first line."""
    line, last = lines[mark.first], mark.end - 1
    return Span(Place(mark.first, len(line) - len(line.lstrip())), Place(last, len(lines[last])))

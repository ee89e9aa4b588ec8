"""Edits as the client takes them: in its encoding, and for one version of a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tierlsp.actions.edits import Change, apply_edit, changes_of
from tierlsp.actions.types import FileEdit, NewFile, Place, Span
from tierlsp.lsp.positions import Encoding, character_of

ANNOTATION = "tierlsp"
"""The identifier of the one change annotation."""


def workspace_edit(
    edits: Sequence[FileEdit], encoding: Encoding, new_files: Sequence[NewFile] = (), *, question: str = ""
) -> dict[str, Any]:
    """Return the `WorkspaceEdit` for `edits` and `new_files`.

    **Law:** every edit carries the version that it was computed for; that of a file that is not open has none.

    Args:
        edits: of open documents, and of files that are not open. The open ones come first: those are what an editor may
            refuse, and some apply what stands before it.
        encoding: the client's.
        new_files: files to make.
        question: what a client that shows changes before it makes them writes above them; empty for no question.
    """
    mark = {"annotationId": ANNOTATION} if question else {}
    changes = [
        _text_edits(
            edit.document.uri,
            edit.document.version,
            [
                {"range": range_of(change.span, edit.document.lines, encoding), "newText": change.text} | mark
                for change in edit.edits
            ],
        )
        for edit in sorted(edits, key=lambda edit: edit.document.version is None)
    ]
    start = {"line": 0, "character": 0}
    for new in new_files:
        uri = new.path.as_uri()
        options = {"overwrite": False, "ignoreIfExists": False}
        changes.append({"kind": "create", "uri": uri, "options": options} | mark)
        changes.append(_text_edits(uri, None, [{"range": {"start": start, "end": start}, "newText": new.text} | mark]))
    if not question:
        return {"documentChanges": changes}
    annotation = {"label": question, "needsConfirmation": True}
    return {"documentChanges": changes, "changeAnnotations": {ANNOTATION: annotation}}


def _text_edits(uri: str, version: int | None, edits: list[dict[str, Any]]) -> dict[str, Any]:
    return {"textDocument": {"uri": uri, "version": version}, "edits": edits}


def range_of(span: Span, lines: tuple[str, ...] | list[str], encoding: Encoding) -> dict[str, Any]:
    """Return the LSP range of `span` in a document with `lines`."""
    return {"start": _position(span.start, lines, encoding), "end": _position(span.end, lines, encoding)}


def is_applied(edit: FileEdit, lines: Sequence[str]) -> bool:
    """Whether the document, which now has `lines`, has what `edit` puts into it, wherever it was moved since.

    Each change shows by lines that are there more often than before, or where it only takes lines away, less often.
    Line ends are not compared: the editor has its own way with them.
    """
    old = edit.document.lines
    if list(old) == list(lines):
        return False
    before, after = _Text(old), _Text(lines)
    return all(_is_made(change, before, after) for change in changes_of(old, apply_edit(edit)))


class _Text:
    """Lines, with where each of them stands."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        self._places: dict[str, list[int]] = {}
        for at, line in enumerate(self.lines):
            self._places.setdefault(line, []).append(at)

    def times(self, block: Sequence[str]) -> int:
        """Return how often the lines of `block` stand together."""
        rarest = min(block, key=lambda line: len(self._places.get(line, ())))
        behind, wanted = list(block).index(rarest), list(block)
        starts = (at - behind for at in self._places.get(rarest, ()) if at >= behind)
        return sum(self.lines[start : start + len(wanted)] == wanted for start in starts)


def _is_made(change: Change, before: _Text, after: _Text) -> bool:
    if change.lines and after.times(change.lines) > before.times(change.lines):
        return True
    gone = before.lines[change.first : change.end]
    may_show_so = not change.lines or (bool(gone) and _Text(gone).times(change.lines) > 0)
    return bool(gone) and may_show_so and after.times(gone) < before.times(gone)


def _position(place: Place, lines: tuple[str, ...] | list[str], encoding: Encoding) -> dict[str, int]:
    if place.line >= len(lines):
        # The end of a document behind its last line end.
        return {"line": place.line, "character": 0}
    return {"line": place.line, "character": character_of(lines[place.line], place.column, encoding)}

"""Edits as the client takes them: in its encoding, and for one version of a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


def is_applied(edit: FileEdit, lines: list[str]) -> bool:
    """Whether the document, which now has `lines`, has what `edit` puts into it, wherever it was moved since.

    Line ends are not compared: the editor has its own way with them.
    """
    if list(edit.document.lines) == lines:
        return False
    text = "\n".join(lines)
    return all(_lf(change.text).strip("\n") in text for change in edit.edits)


def _position(place: Place, lines: tuple[str, ...] | list[str], encoding: Encoding) -> dict[str, int]:
    if place.line >= len(lines):
        # The end of a document behind its last line end.
        return {"line": place.line, "character": 0}
    return {"line": place.line, "character": character_of(lines[place.line], place.column, encoding)}


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")

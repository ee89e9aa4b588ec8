"""Edits as the client takes them: in its encoding, and for one version of a document."""

from __future__ import annotations

from typing import Any

from tierlsp.actions.types import FileEdit, Place, Span
from tierlsp.lsp.positions import Encoding, character_of


def workspace_edit(edit: FileEdit, encoding: Encoding) -> dict[str, Any]:
    """Return the `WorkspaceEdit` for `edit`.

    **Law:** every edit carries the version that it was computed for.
    """
    lines = edit.document.lines
    return {
        "documentChanges": [
            {
                "textDocument": {"uri": edit.document.uri, "version": edit.document.version},
                "edits": [
                    {"range": range_of(change.span, lines, encoding), "newText": change.text} for change in edit.edits
                ],
            }
        ]
    }


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

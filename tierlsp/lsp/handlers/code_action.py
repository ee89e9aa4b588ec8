"""`textDocument/codeAction`: what can be done here, by whom, and for how much at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierlsp.lsp.session import Session

if TYPE_CHECKING:
    from lsprotocol import types

AUTOMATIC = 2
"""`CodeActionTriggerKind`: VS Code asks by itself whenever the cursor stops."""


def code_action(session: Session, params: types.CodeActionParams) -> list[dict[str, Any]]:
    """Return the menu; empty where nothing can be done, or the document is kept from models."""
    document = session.documents.get(params.text_document.uri)
    if document is None or document.is_desynced or session.is_excluded(document):
        return []
    context = params.context
    only = None if context.only is None else [str(getattr(kind, "value", kind)) for kind in context.only]
    kind = context.trigger_kind
    return session.actions.menu(
        document,
        _range(params.range),
        [_diagnostic(each) for each in context.diagnostics],
        only,
        is_automatic=kind is not None and int(kind) == AUTOMATIC,
    )


def _range(value: types.Range) -> dict[str, Any]:
    return {
        "start": {"line": value.start.line, "character": value.start.character},
        "end": {"line": value.end.line, "character": value.end.character},
    }


def _diagnostic(value: types.Diagnostic) -> dict[str, Any]:
    """Return what of a diagnostic says something about the code. Its `data` is another server's business."""
    found: dict[str, Any] = {"range": _range(value.range), "message": _words(value.message)}
    if value.severity is not None:
        found["severity"] = int(value.severity)
    if value.code is not None:
        found["code"] = value.code
    if value.source is not None:
        found["source"] = value.source
    return found


def _words(message: Any) -> str:
    """Return the text of a message, which newer clients may send as Markdown."""
    return message if isinstance(message, str) else str(getattr(message, "value", message))

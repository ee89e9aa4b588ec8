"""`textDocument/inlineCompletion`: ghost text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tierlsp.completion.answers import others_than
from tierlsp.completion.gate import Gate
from tierlsp.completion.request import Answer, Ask
from tierlsp.lsp.documents import BadParams, Document
from tierlsp.lsp.handlers.asking import ask_engine, document_of, range_on_line
from tierlsp.lsp.later import Later
from tierlsp.lsp.positions import Encoding
from tierlsp.lsp.session import Session
from tierlsp.text.cursor import Cursor

INVOKED, AUTOMATIC = 1, 2
"""`InlineCompletionTriggerKind` of LSP 3.18. Its drafts had 0 and 1 for the same."""


def inline_completion(session: Session, params: Any) -> dict[str, Any] | Later:
    """Answer `{items: […]}`, never `null`: Neovim keeps a stale ghost text on screen after a `null`."""
    arrived_ms = session.clock.now_ms()
    document = document_of(session, params)
    is_manual = _is_manual(session, params.get("context"))
    if document is None:
        return {"items": []}
    cursor = document.cursor(params.get("position"), session.client.encoding)
    shown = _with_selected(document, cursor, params.get("context"), session.client.encoding)
    if shown is None:
        # The editor's list has an entry selected that goes another way; it would hide the ghost text anyhow.
        session.parts.engine.refuse(Ask(cursor, arrived_ms, is_manual), Gate.SELECTED_OTHERWISE)
        return {"items": []}
    encoding = session.client.encoding

    def result_of(answer: Answer) -> dict[str, Any]:
        if not answer.text:
            return {"items": []}
        engine = session.parts.engine
        others = others_than(answer, shown, engine.candidates, engine.lookup) if is_manual else []
        return {"items": [_item(cursor, shown, each, encoding) for each in (answer, *others)]}

    return ask_engine(
        session, document, shown, is_manual=is_manual, arrived_ms=arrived_ms, result_of=result_of, typed_to=cursor
    )


def _item(cursor: Cursor, shown: Cursor, answer: Answer, encoding: Encoding) -> dict[str, Any]:
    """Return an item: from the line's start, so that it stays right while the person types along."""
    return {
        "insertText": shown.prefix + answer.text,
        "range": range_on_line(cursor, 0, answer.replaces, encoding),
        "command": {
            "title": "Completion accepted",
            "command": "tierlsp.accepted",
            "arguments": [
                {
                    "uri": cursor.uri,
                    "outcome": answer.outcome.value,
                    "source": answer.source.value if answer.source else None,
                    "model": answer.model,
                    # The code points of the line that stay behind the range, for a client in which more was typed
                    # before the text is taken.
                    "keeps": len(cursor.suffix) - answer.replaces,
                }
            ],
        },
    }


def _is_manual(session: Session, context: Any) -> bool:
    """Whether the person asked. A client that was seen to send 0 counts from 0."""
    kind = context.get("triggerKind", AUTOMATIC) if isinstance(context, dict) else AUTOMATIC
    if type(kind) is not int or kind not in (0, INVOKED, AUTOMATIC):
        raise BadParams("`triggerKind` must be 1 (invoked) or 2 (automatic)")
    if kind == 0:
        session.uses_old_trigger_kinds = True
    return kind == 0 or (kind == INVOKED and not session.uses_old_trigger_kinds)


def _with_selected(document: Document, cursor: Cursor, context: Any, encoding: Encoding) -> Cursor | None:
    """Return the cursor as if the entry selected in the editor's list were accepted.

    `None` if that entry does not begin with what is typed: then no text can both begin with the line and extend it.
    """
    selected = context.get("selectedCompletionInfo") if isinstance(context, dict) else None
    if selected is None:
        return cursor
    if not isinstance(selected, dict) or not isinstance(selected.get("text"), str):
        raise BadParams("`selectedCompletionInfo` must have a string `text`")
    span = selected.get("range")
    line, column = document.place(span.get("start") if isinstance(span, dict) else None, encoding)
    if line != cursor.line or column > cursor.column or "\n" in selected["text"]:
        return None
    prefix = cursor.prefix[:column] + selected["text"]
    return replace(cursor, prefix=prefix) if prefix.startswith(cursor.prefix) else None

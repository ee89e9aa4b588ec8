"""`textDocument/completion`: the same completions for clients without inline completion, such as Helix."""

from __future__ import annotations

from typing import Any

from tierlsp.completion.request import Answer
from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.handlers.asking import ask_engine, document_of, range_on_line
from tierlsp.lsp.later import Later
from tierlsp.lsp.session import Session
from tierlsp.text.cursor import Cursor
from tierlsp.text.lines import is_word

INVOKED, TRIGGER_CHARACTER, INCOMPLETE = 1, 2, 3
"""`CompletionTriggerKind` of LSP 3.17. Helix sends `INVOKED` also for what it asks by itself."""

LABEL_CHARS = 60
"""The longest label: menus are narrow, and the whole text stands in the documentation beside it."""


def completion(session: Session, params: Any) -> dict[str, Any] | Later:
    """Answer a `CompletionList` with one item at most. It is never complete: the next key asks again, for free."""
    arrived_ms = session.clock.now_ms()
    document = document_of(session, params)
    context = params.get("context")
    if context is not None and not isinstance(context, dict):
        raise BadParams("`context` must be an object")
    if document is None:
        return _list([])
    cursor = document.cursor(params.get("position"), session.client.encoding)

    def result_of(answer: Answer) -> dict[str, Any]:
        return _list([_item(session, cursor, answer)] if answer.text else [])

    # No client says whether the person asked: an automatic request is what most of them are.
    return ask_engine(session, document, cursor, is_manual=False, arrived_ms=arrived_ms, result_of=result_of)


def _list(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"isIncomplete": True, "items": items}


def _item(session: Session, cursor: Cursor, answer: Answer) -> dict[str, Any]:
    """Return the item: a text edit from the word's start, the word as filter, the whole text beside it."""
    word = _word_before(cursor)
    text = word + answer.text
    label = text.strip().partition("\n")[0]
    encoding = session.client.encoding
    return {
        "label": label if len(label) <= LABEL_CHARS else label[: LABEL_CHARS - 1] + "…",
        "kind": 15,  # CompletionItemKind.Snippet: the kind that menus draw for more than a word
        "detail": f"tierlsp · {answer.model}",
        "filterText": word or label,
        "textEdit": {
            "range": range_on_line(cursor, cursor.column - len(word), answer.replaces, encoding),
            "newText": text,
        },
        "documentation": _documentation(session.client.documentation_kinds, cursor.language, text),
    }


def _documentation(kinds: tuple[str, ...], language: str, text: str) -> dict[str, str] | str:
    """Return `text` to be shown beside the menu, in a kind that the client announced.

    A client that announced none may be sent a bare string only. Helix is one, and renders it as Markdown.
    """
    if "markdown" in kinds:
        return {"kind": "markdown", "value": _fenced(language, text)}
    return {"kind": "plaintext", "value": text} if "plaintext" in kinds else _fenced(language, text)


def _word_before(cursor: Cursor) -> str:
    """Return the part of a word left of the cursor."""
    start = len(cursor.prefix)
    while start and is_word(cursor.prefix[start - 1]):
        start -= 1
    return cursor.prefix[start:]


def _fenced(language: str, text: str) -> str:
    """Return `text` in a fence that no run of backticks inside it can close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"

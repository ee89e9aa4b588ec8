"""What the two ways of asking for a completion have in common: from parameters to the engine and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tierlsp.completion.request import Answer, Ask
from tierlsp.lsp.documents import BadParams, Document
from tierlsp.lsp.later import Later
from tierlsp.lsp.positions import Encoding, character_of
from tierlsp.lsp.session import Session
from tierlsp.text.cursor import Cursor
from tierlsp.trace import Outcome


def document_of(session: Session, params: Any) -> Document | None:
    """Return the open document that a request is about; `None` if it is not open."""
    if not isinstance(params, dict) or not isinstance(params.get("textDocument"), dict):
        raise BadParams("the request needs a `textDocument` with a `uri`")
    uri = params["textDocument"].get("uri")
    if not isinstance(uri, str):
        raise BadParams("`uri` must be a string")
    return session.documents.get(uri)


def ask_engine(
    session: Session,
    document: Document,
    cursor: Cursor,
    *,
    is_manual: bool,
    arrived_ms: float,
    result_of: Callable[[Answer], dict[str, Any]],
    typed_to: Cursor | None = None,
) -> dict[str, Any] | Later:
    """Ask for a completion at `cursor`, and make the result with `result_of`.

    `typed_to` is where the editor's cursor is, if that is not `cursor`.

    Law: nothing is awaited before the candidates. An answer for a version that is gone shows nothing.
    """
    engine = session.parts.engine
    ask = Ask(cursor, arrived_ms, is_manual, session.client.can_refresh, typed_to)
    gate = session.gate(document, is_manual=is_manual)
    if gate is not None:
        return result_of(engine.refuse(ask, gate))
    answer = engine.look_up(ask)
    if answer is not None:
        return result_of(answer)
    version = document.version

    def then(answer: Answer) -> dict[str, Any]:
        is_stale = document.version != version
        return result_of(Answer(Outcome.STALE) if is_stale else answer)

    return Later(engine.wait_for(ask), then)


def range_on_line(cursor: Cursor, start_column: int, replaces: int, encoding: Encoding) -> dict[str, Any]:
    """Return the range from `start_column` to the cursor, and `replaces` characters further right."""
    line = cursor.prefix + cursor.suffix
    end = character_of(line, cursor.column + replaces, encoding)
    start = character_of(line, start_column, encoding)
    return {
        "start": {"line": cursor.line, "character": start},
        "end": {"line": cursor.line, "character": end},
    }

"""`textDocument/didOpen`, `didChange`, `didClose`: keep the documents, and tell those who follow them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from tierlsp.errors import StaleDocument
from tierlsp.lsp.documents import BadParams, Document
from tierlsp.lsp.follow import LineChange
from tierlsp.lsp.session import Session
from tierlsp.text.cursor import Cursor

logger = logging.getLogger(__name__)


def did_open(session: Session, params: Any) -> None:
    """Take a document."""
    if not isinstance(params, dict):
        raise BadParams("`didOpen` needs an object of parameters")
    session.opened(session.documents.open(params.get("textDocument")))


def did_change(session: Session, params: Any) -> None:
    """Take changes to a document. One that does not fit puts it out of step until the next full text."""
    if not isinstance(params, dict):
        raise BadParams("`didChange` needs an object of parameters")
    identifier = params.get("textDocument")
    held = session.documents.get(identifier.get("uri")) if isinstance(identifier, dict) else None
    was_in_step = held is not None and not held.is_desynced
    try:
        document, changes = session.documents.change(identifier, params.get("contentChanges"), session.client.encoding)
    except (StaleDocument, BadParams) as error:
        logger.warning("didChange is dropped: %s", error)
        if held is not None and was_in_step:
            session.lost(held)
        return
    if document.is_desynced:
        return
    if not was_in_step:
        session.opened(document)
        return
    for change in changes:
        session.changed(document, change.start, change.removed, change.added)
    session.parts.engine.changed(document.uri, _likely_cursor(document, changes))


def _likely_cursor(document: Document, changes: list[LineChange]) -> Callable[[], Cursor] | None:
    """Return what gives the place at which the next request is likely. After several changes nobody knows it."""
    if len(changes) != 1 or changes[0].cursor is None:
        return None
    return partial(document.cursor_at, *changes[0].cursor)


def did_close(session: Session, params: Any) -> None:
    """Forget a document."""
    if not isinstance(params, dict):
        raise BadParams("`didClose` needs an object of parameters")
    document = session.documents.close(params.get("textDocument"))
    if document is not None:
        session.closed(document)

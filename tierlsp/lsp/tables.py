"""The tables of handlers: which function answers which method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from tierlsp.lsp.configuration import Configuration
from tierlsp.lsp.handlers.code_action import code_action
from tierlsp.lsp.handlers.commands import execute_command
from tierlsp.lsp.handlers.completion import completion
from tierlsp.lsp.handlers.folders import folders_changed
from tierlsp.lsp.handlers.inline_completion import inline_completion
from tierlsp.lsp.handlers.progress import progress_cancelled
from tierlsp.lsp.handlers.text_sync import did_change, did_close, did_open
from tierlsp.lsp.session import Session

Table = Mapping[str, Callable[[Any], Any]]


class Tables(NamedTuple):
    """Handlers by method. The plain ones take JSON values, the typed ones lsprotocol's."""

    requests: Table
    notifications: Table
    typed_requests: Table
    typed_notifications: Table


def tables_of(session: Session, configuration: Configuration) -> Tables:
    """Return the handlers of a session.

    Plain are the messages of a key press and those that every editor sends at the start: pygls and lsprotocol cost
    18 MB and half a second, which a session without a command needs at no time.
    """
    return Tables(
        requests={
            "textDocument/inlineCompletion": partial(inline_completion, session),
            "textDocument/completion": partial(completion, session),
        },
        notifications={
            "textDocument/didOpen": partial(did_open, session),
            "textDocument/didChange": partial(did_change, session),
            "textDocument/didClose": partial(did_close, session),
            "workspace/didChangeConfiguration": configuration.did_change,
        },
        typed_requests={
            "textDocument/codeAction": partial(code_action, session),
            "workspace/executeCommand": partial(execute_command, session),
        },
        typed_notifications={
            "workspace/didChangeWorkspaceFolders": partial(folders_changed, session),
            "window/workDoneProgress/cancel": partial(progress_cancelled, session),
        },
    )

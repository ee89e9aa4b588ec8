"""`workspace/didChangeWorkspaceFolders`: folders join and leave the workspace while the session runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierlsp.lsp.session import Session

if TYPE_CHECKING:
    from lsprotocol import types


def folders_changed(session: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Take the folders as they are from now on."""
    session.change_folders(
        added=[folder.uri for folder in params.event.added],
        removed=[folder.uri for folder in params.event.removed],
    )

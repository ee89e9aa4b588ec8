"""Finds the files that an action is about, in a thread and within bounds (`actions.ports.Gathers`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tierlsp.actions.commit import is_message
from tierlsp.actions.ports import Gathered
from tierlsp.actions.types import ActionRequest, Extent, Staged
from tierlsp.assemble.chosen import Files, folder_files
from tierlsp.assemble.workspace import Opened, nothing_open
from tierlsp.clock import Clock
from tierlsp.errors import TierlspError
from tierlsp.privacy.exclude import Exclusion
from tierlsp.repository.bounds import Bounds, bounds_from, folder_bounds_from

_Found = TypeVar("_Found")


class Gathering:
    """Looks at the workspaces of one session, or of one command."""

    def __init__(self, exclusion: Exclusion, clock: Clock, opened: Opened = nothing_open) -> None:
        self._exclusion = exclusion
        self._clock = clock
        self._opened = opened

    async def files(self, request: ActionRequest) -> Gathered:
        """Return the files that `request.extent` means.

        Raises:
            TierlspError: they cannot be found, or are too many.
        """
        root = _root_of(request)
        opened = {each.path: each for each in self._opened(request.run) if each.path is not None}
        files = Files(root, self._exclusion, opened)
        if request.extent is Extent.CHANGES:
            # Imported here: the library that reads git's formats is loaded where somebody wants them read.
            from tierlsp.assemble.uncommitted import uncommitted

            return await self._in_thread(lambda bounds: uncommitted(files, bounds, request.base))
        folder = request.folder or root
        if not folder.is_relative_to(root):
            raise TierlspError(f"{folder.name} is outside of the workspace; name a folder of it")
        return await self._in_thread(lambda bounds: folder_files(folder, files, bounds), folder_bounds_from)

    async def staged(self, request: ActionRequest) -> Staged:
        """Return what is about to be committed.

        Raises:
            TierlspError: there is no repository, or it cannot be read.
        """
        from tierlsp.assemble.staged import staged

        message = request.document.path if is_message(request.document) else None
        folder = message.parent if message is not None else _root_of(request)
        return await self._in_thread(lambda bounds: staged(folder, message, self._exclusion, bounds))

    async def _in_thread(
        self, look: Callable[[Bounds], _Found], begin: Callable[[Clock], Bounds] = bounds_from
    ) -> _Found:
        """Return what `look` finds; it is stopped where nobody waits for it any more."""
        bounds = begin(self._clock)
        try:
            return await asyncio.to_thread(look, bounds)
        finally:
            bounds.stopped.set()


def _root_of(request: ActionRequest) -> Path:
    if request.root is None:
        raise TierlspError(
            "the file is in no folder of the workspace, so there is nothing to compare with; open its folder"
        )
    return request.root

"""Having the editor apply edits: for the text as it is now, seen to be applied, and never twice.

**Laws:** every edit carries the version that it is for. Who types elsewhere meanwhile moves an edit, who types inside
of it stops it. No edit is sent again unless it is sure that the editor left it out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tierlsp.actions.edits import EditError, apply_edit, changes_of
from tierlsp.actions.moving import moved_edit
from tierlsp.actions.types import FileEdit, NewFile, RunOutcome
from tierlsp.clock import Clock
from tierlsp.lsp.capabilities import Client
from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.documents import Document, Documents
from tierlsp.lsp.edits import is_applied, workspace_edit
from tierlsp.lsp.follow import ChangeLog
from tierlsp.lsp.run_argument import snapshot_of
from tierlsp.text.disk import digest_of
from tierlsp.text.uris import path_of

APPLY_TIMEOUT_S = 120.0
"""How long the editor may take to apply an edit."""

READ_TIMEOUT_S = 900.0
"""How long it may take where it shows the changes first, and the person reads them."""

SEEN_MS = 1_500.0
"""How long the change may take to come back after the editor said that it applied the edit. Neovim gathers changes for
150 ms, and says "applied" of an edit that it left out."""

LOOK_MS = 25.0
"""Between two looks at the document meanwhile."""

REST_MS = 200.0
"""How long a document must stand still before an edit is sent again: longer than editors gather changes."""

MOST_TRIES = 6
"""Times that an edit is sent: somebody who types through all of them is told, and nothing is changed."""

_NEVER_STILL = "there was typing all the while, so the edit was left out; run it again"

_NOT_APPLIED = "the editor did not apply the edit; nothing was changed"

Refusal = tuple[RunOutcome, str]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is applied together."""

    edits: tuple[FileEdit, ...]
    new_files: tuple[NewFile, ...] = ()
    label: str = "tierlsp"
    question: str = ""
    """Asked by an editor that shows changes before it makes them; empty for none."""


class _Stale(Exception):
    """The text is not what the edit was made for; `str()` is a sentence."""


class Applying:
    """The way of edits to one editor."""

    def __init__(
        self,
        client: Client,
        requests: ClientRequests,
        documents: Documents,
        clock: Clock,
        logs: Mapping[str, ChangeLog],
    ) -> None:
        """`logs` are what was typed since the edits' texts were taken, by URI."""
        self._client = client
        self._requests = requests
        self._documents = documents
        self._clock = clock
        self._logs = logs
        self._marks: dict[str, int] = {}

    async def apply(self, bundle: Bundle) -> Refusal | None:
        """Have `bundle` applied; return why it was not."""
        refusal = self._unable(bundle)
        if refusal is not None:
            return refusal
        done: list[str] = []
        for _ in range(MOST_TRIES):
            try:
                ready = await self._ready(bundle)
            except _Stale as stale:
                return RunOutcome.STALE, _with_done(str(stale), done)
            answer = await self._send(ready)
            if isinstance(answer, str):
                return RunOutcome.FAILED, answer
            is_applied_said, why = answer
            left = await self._left_out(ready, is_applied_said=is_applied_said)
            if not left and is_applied_said:
                return None
            if self._is_asked(ready):
                return _unconfirmed(ready, left, is_applied_said=is_applied_said, why=why)
            may_go_on = await self._may_send_again(left, is_applied_said=is_applied_said)
            # The rest has shown more: an answer may come before the change that it is about.
            left = tuple(edit for edit in left if not self._is_seen(edit, is_applied_said=is_applied_said))
            done += [name_of(edit) for edit in ready.edits if edit not in left]
            if not left and not ready.new_files:
                return None
            if not may_go_on:
                return RunOutcome.FAILED, _with_done(why, done)
            uris = {edit.document.uri for edit in left}
            kept = tuple(edit for edit in bundle.edits if edit.document.uri in uris)
            bundle = replace(bundle, edits=kept, new_files=() if is_applied_said else bundle.new_files)
        return RunOutcome.STALE, _with_done(_NEVER_STILL, done)

    def _unable(self, bundle: Bundle) -> Refusal | None:
        if not (self._client.can_apply_edits and self._client.has_versioned_edits):
            return (
                RunOutcome.FAILED,
                "this editor takes no edits that carry a document's version, so nothing was changed",
            )
        if bundle.new_files and not self._client.can_create_files:
            return RunOutcome.FAILED, "this editor makes no new files for a server, so nothing was changed"
        return None

    async def _ready(self, bundle: Bundle) -> Bundle:
        """Return `bundle` for the texts as they are now.

        Raises:
            _Stale: one of them is another.
        """
        if bundle.new_files or any(edit.document.digest for edit in bundle.edits):
            await asyncio.to_thread(_check_files, bundle, frozenset(self._open_paths()))
        # No wait from here to the sending.
        edits = tuple(self._moved(edit) for edit in bundle.edits)
        for edit in edits:
            log = self._logs.get(edit.document.uri)
            self._marks[edit.document.uri] = log.mark() if log is not None else 0
        return replace(bundle, edits=edits)

    def _open_paths(self) -> list[Path]:
        return [path for each in self._documents.all() if (path := path_of(each.uri)) is not None]

    def _moved(self, edit: FileEdit) -> FileEdit:
        """Return `edit` for the version that its document has now."""
        document, name = self._documents.get(edit.document.uri), name_of(edit)
        if edit.document.version is None and edit.document.digest:
            document = self._opened_since(edit.document.path)
            if document is None:
                return edit
            now = snapshot_of(document, edit.document.path)
            if now.lines != edit.document.lines:
                raise _Stale(f"{name} was changed meanwhile, so nothing was changed; run it again")
            return replace(edit, document=now)
        if document is None:
            raise _Stale(f"{name} was closed meanwhile, so nothing was changed")
        if not document.is_desynced and document.version == edit.document.version:
            return edit
        log = self._logs.get(document.uri)
        if log is None or log.is_lost or document.is_desynced:
            raise _Stale(f"{name} was changed meanwhile, so the edit was left out; run it again")
        try:
            return moved_edit(edit, log.since(), snapshot_of(document, edit.document.path))
        except EditError as error:
            raise _Stale(f"{name} was changed where the edit belongs, so it was left out; run it again") from error

    def _opened_since(self, path: Path | None) -> Document | None:
        return next((each for each in self._documents.all() if path_of(each.uri) == path), None)

    async def _send(self, bundle: Bundle) -> tuple[bool, str] | str:
        """Send `bundle`; return whether the editor says that it did it, with why not; or the end of the matter."""
        question = bundle.question if self._is_asked(bundle) else ""
        edit = workspace_edit(bundle.edits, self._client.encoding, bundle.new_files, question=question)
        timeout_s = READ_TIMEOUT_S if question else APPLY_TIMEOUT_S
        try:
            answer = await self._requests.ask("workspace/applyEdit", {"label": bundle.label, "edit": edit}, timeout_s)
        except TimeoutError:
            return "the editor did not say whether it applied the edit; look before you run it again"
        except ClientRefused as error:
            return f"the editor refused the edit: {error}"
        if isinstance(answer, dict) and answer.get("applied") is True:
            return True, "the editor left the edit out, probably since the text had changed; run it again"
        said = answer.get("failureReason") if isinstance(answer, dict) else None
        reason = f": {said}" if isinstance(said, str) and said else ""
        return False, f"the editor did not apply the edit{reason}; nothing was changed" if reason else _NOT_APPLIED

    def _is_asked(self, bundle: Bundle) -> bool:
        """Whether the editor shows `bundle` and asks the person."""
        return bool(bundle.question) and self._client.shows_edits_first

    async def _left_out(self, bundle: Bundle, *, is_applied_said: bool) -> tuple[FileEdit, ...]:
        """Return the edits of open documents that do not show in the text."""
        until_ms = self._clock.now_ms() + SEEN_MS
        while True:
            left = tuple(edit for edit in bundle.edits if not self._is_seen(edit, is_applied_said=is_applied_said))
            if not left or self._clock.now_ms() >= until_ms or self._is_newer(left, is_applied_said=is_applied_said):
                return left
            await self._clock.sleep_ms(LOOK_MS)

    def _is_seen(self, edit: FileEdit, *, is_applied_said: bool) -> bool:
        document = self._documents.get(edit.document.uri)
        if document is None or edit.document.version is None:
            # Not open, or closed at once: nobody can tell but the editor.
            return is_applied_said
        if document.version == edit.document.version:
            return False
        log = self._logs.get(document.uri)
        if log is None:
            return is_applied(edit, document.lines)
        new = apply_edit(edit)
        if log.shows(edit.document.lines, new):
            return True
        # An editor may have tidied up in the same step. Lines that are gone show nothing: people take lines away too.
        adds = all(change.lines for change in changes_of(edit.document.lines, new))
        return is_applied_said and adds and is_applied(edit, document.lines)

    def _is_newer(self, left: Sequence[FileEdit], *, is_applied_said: bool) -> bool:
        """Whether the change has come for which the editor said no."""
        return not is_applied_said and any(self._has_moved_on(edit) for edit in left)

    def _has_moved_on(self, edit: FileEdit) -> bool:
        document = self._documents.get(edit.document.uri)
        return document is not None and edit.document.version not in (None, document.version)

    async def _may_send_again(self, left: Sequence[FileEdit], *, is_applied_said: bool) -> bool:
        """Wait until the documents rest, and return whether it is sure that the editor left `left` out.

        Where it says so, that is enough. Where it says that it applied them, and they are not to be seen, they can only
        be sent again if everything that came since was typing within single lines: an edit that was applied and moved
        on at once would show as something else, or on its own lines, which stops it.
        """
        if not any(self._has_moved_on(edit) for edit in left):
            return False
        await self._rest(left)
        if not is_applied_said:
            return True
        return all(self._is_typed_elsewhere(edit) for edit in left)

    def _is_typed_elsewhere(self, edit: FileEdit) -> bool:
        log = self._logs.get(edit.document.uri)
        if log is None or log.is_lost or not self._has_moved_on(edit):
            return False
        return all(change[1:] == (1, 1) for change in log.since(self._marks[edit.document.uri]))

    async def _rest(self, left: Sequence[FileEdit]) -> None:
        """Return once the documents of `left` stand still, or have not for as long as an edit may take to be seen."""
        until_ms = self._clock.now_ms() + SEEN_MS
        since_ms, known = self._clock.now_ms(), self._versions(left)
        while self._clock.now_ms() < min(until_ms, since_ms + REST_MS):
            await self._clock.sleep_ms(LOOK_MS)
            if self._versions(left) != known:
                since_ms, known = self._clock.now_ms(), self._versions(left)

    def _versions(self, left: Sequence[FileEdit]) -> list[int | None]:
        documents = [self._documents.get(edit.document.uri) for edit in left]
        return [None if document is None else document.version for document in documents]


def name_of(edit: FileEdit) -> str:
    """Return how the file of `edit` is called in messages."""
    return edit.document.path.name if edit.document.path is not None else "the document"


def _unconfirmed(bundle: Bundle, left: Sequence[FileEdit], *, is_applied_said: bool, why: str) -> Refusal | None:
    """Return what became of changes that the person looked at in the editor; `None` if some of them were chosen."""
    versioned = [edit for edit in bundle.edits if edit.document.version is not None]
    if is_applied_said and (len(left) < len(versioned) or len(versioned) < len(bundle.edits)):
        return None
    if is_applied_said or why == _NOT_APPLIED:
        return RunOutcome.CANCELLED, "the changes were not confirmed in the editor, so nothing was changed"
    return RunOutcome.FAILED, why


def _with_done(why: str, done: Sequence[str]) -> str:
    if not done:
        return why
    return f"{', '.join(done)} had been changed already when this happened: {why}"


def _check_files(bundle: Bundle, opened: frozenset[Path]) -> None:
    """Look at the files that are not open in the editor.

    Raises:
        _Stale: one is not what its edit was made for, or a new one is there already.
    """
    for edit in bundle.edits:
        path = edit.document.path
        if edit.document.digest and path is not None and path not in opened and digest_of(path) != edit.document.digest:
            raise _Stale(f"{path.name} was changed meanwhile, so nothing was changed; run it again")
    for new in bundle.new_files:
        if new.path.exists() or new.path.is_symlink():
            raise _Stale(f"{new.path.name} has been made meanwhile, so nothing was changed; run it again")

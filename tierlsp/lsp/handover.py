"""What a session keeps from a run's beginning until its changes are applied: what is typed meanwhile, what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierlsp.actions.types import ActionRequest, Document, Rename, RunOutcome, RunResult
from tierlsp.lsp.client_requests import ClientRequests
from tierlsp.lsp.delivery import Delivery, Kept
from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.editor_rename import EditorRename
from tierlsp.lsp.follow import ChangeLog
from tierlsp.lsp.run_argument import snapshot_of
from tierlsp.text.uris import path_of

if TYPE_CHECKING:
    from tierlsp.lsp.session import Session

MOST_KEPT = 4
"""Sets of changes that wait for a yes; each keeps the texts that it was made for."""


class Handover:
    """Follows the documents of runs, and hands their results over."""

    def __init__(self, session: Session, requests: ClientRequests) -> None:
        self._session = session
        self._requests = requests
        self._logs: dict[str, dict[str, ChangeLog]] = {}
        """By run and URI."""
        self._kept: dict[str, tuple[Kept, Delivery]] = {}

    def begin(self, request: ActionRequest) -> None:
        """Follow the document of a run that begins. Called before the first wait after its text was taken."""
        self.follow(request.run, request.document.uri)

    def follow(self, run: str, uri: str) -> None:
        """Follow a document for a run."""
        logs = self._logs.setdefault(run, {})
        if uri not in logs:
            logs[uri] = self._session.documents.follow(uri)

    def open_documents(self, run: str) -> list[Document]:
        """Return the documents that are open and may be read, as they are now, and follow them for the run."""
        session = self._session
        found = []
        for document in session.documents.all():
            path = path_of(document.uri)
            if path is None or document.is_desynced or session.is_excluded(document):
                continue
            self.follow(run, document.uri)
            found.append(snapshot_of(document, path))
        return found

    def end(self, run: str) -> None:
        """Follow nothing for a run any more, unless its changes wait for a yes."""
        if run in self._kept:
            return
        for log in self._logs.pop(run, {}).values():
            self._session.documents.unfollow(log)

    async def deliver(self, result: RunResult) -> RunResult:
        """Hand `result` over, and return it as it stands afterwards."""
        session = self._session
        logs = self._logs.get(result.run, {})
        delivery = Delivery(session.client, self._requests, session.documents, session.clock, logs)
        delivered = await delivery.deliver(result)
        if delivery.kept is not None:
            self._kept[result.run] = (delivery.kept, delivery)
            while len(self._kept) > MOST_KEPT:
                self._drop(next(iter(self._kept)))
        return delivered

    async def rename(self, result: RunResult, wanted: Rename) -> RunResult | None:
        """Have the editor give a name; return how that ended, `None` where it has no rename of its own there."""
        session = self._session
        logs = self._logs.get(result.run, {})
        asking = EditorRename(session.client, self._requests, session.documents, session.clock, logs)
        return await asking.give(result, wanted)

    async def apply(self, argument: Any) -> dict[str, Any]:
        """Apply changes that were shown before; return `{applied, message}`."""
        run = argument.get("runId") if isinstance(argument, dict) else None
        if run is None and self._kept:
            run = next(reversed(self._kept))
        if not isinstance(run, str) or run not in self._kept:
            raise BadParams("there are no changes of that run to apply; run the action again")
        # Out of the way before the wait: a second yes meanwhile must not apply them twice.
        kept, delivery = self._kept.pop(run)
        try:
            result = await delivery.apply(kept.result, kept.bundle)
        finally:
            self.end(run)
        return {"applied": result.outcome is RunOutcome.DONE, "message": result.message}

    def _drop(self, run: str) -> None:
        del self._kept[run]
        self.end(run)

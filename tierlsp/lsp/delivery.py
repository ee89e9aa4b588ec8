"""Handing a run's result over to the editor: an edit it applies, or a page it shows."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from tierlsp.actions.types import FileEdit, RunOutcome, RunResult
from tierlsp.clock import Clock
from tierlsp.errors import SettingsError
from tierlsp.lsp.capabilities import Client
from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.documents import Document, Documents
from tierlsp.lsp.edits import is_applied, workspace_edit
from tierlsp.lsp.pages import write_page

logger = logging.getLogger(__name__)

APPLY_TIMEOUT_S = 120.0
"""How long the editor may take to apply an edit: some show it first, and the person reads it."""

SHOW_TIMEOUT_S = 10.0
"""How long the editor may take to open a page."""

SEEN_MS = 1_500.0
"""How long the change may take to come back after the editor said that it applied the edit. Neovim gathers changes for
150 ms, and says "applied" of an edit that it left out."""

LOOK_MS = 25.0
"""Between two looks at the document meanwhile."""

Refusal = tuple[RunOutcome, str]


class Delivery:
    """The way back to one editor."""

    def __init__(self, client: Client, requests: ClientRequests, documents: Documents, clock: Clock) -> None:
        self._client = client
        self._requests = requests
        self._documents = documents
        self._clock = clock

    async def deliver(self, result: RunResult) -> RunResult:
        """Hand `result` over, and return it as it stands afterwards: what cannot be handed over is no success."""
        if result.edit is not None:
            refusal = await self._apply(result.edit, f"tierlsp: {result.kind.value}")
            if refusal is not None:
                outcome, message = refusal
                return replace(result, outcome=outcome, message=message, edit=None)
        if result.document is not None:
            return await self._show(result, result.document)
        return result

    async def _apply(self, edit: FileEdit, label: str) -> Refusal | None:
        """Have the editor apply `edit`; return why not."""
        if not (self._client.can_apply_edits and self._client.has_versioned_edits):
            return (
                RunOutcome.FAILED,
                "this editor takes no edits that carry a document's version, so nothing was changed",
            )
        document = self._documents.get(edit.document.uri)
        refusal = self._refusal(document, edit)
        if refusal is not None or document is None:
            return refusal
        params = {"label": label, "edit": workspace_edit([edit], self._client.encoding)}
        try:
            answer = await self._requests.ask("workspace/applyEdit", params, APPLY_TIMEOUT_S)
        except TimeoutError:
            return RunOutcome.FAILED, "the editor did not say whether it applied the edit; look before you run it again"
        except ClientRefused as error:
            return RunOutcome.FAILED, f"the editor refused the edit: {error}"
        if not isinstance(answer, dict) or answer.get("applied") is not True:
            why = answer.get("failureReason") if isinstance(answer, dict) else None
            said = f": {why}" if isinstance(why, str) and why else ""
            return RunOutcome.FAILED, f"the editor did not apply the edit{said}; nothing was changed"
        if not await self._is_seen(edit):
            return RunOutcome.FAILED, "the editor left the edit out, probably since the text had changed; run it again"
        return None

    def _refusal(self, document: Document | None, edit: FileEdit) -> Refusal | None:
        """Return why `edit` must not be sent: its text is not the document's any more.

        Law: every edit carries the version that it was computed for, and is sent for no other.
        """
        name = _name(edit)
        if document is None:
            return RunOutcome.STALE, f"{name} was closed meanwhile, so nothing was changed"
        if document.is_desynced or document.version != edit.document.version:
            return RunOutcome.STALE, f"{name} was changed meanwhile, so the edit was left out; run it again"
        return None

    async def _is_seen(self, edit: FileEdit) -> bool:
        """Whether the document changes as the edit says; editors say "applied" of edits that they left out."""
        until_ms = self._clock.now_ms() + SEEN_MS
        while True:
            document = self._documents.get(edit.document.uri)
            if document is None:
                # Closed at once: nobody can tell, and the editor said yes.
                return True
            if document.version != edit.document.version and is_applied(edit, document.lines):
                return True
            if self._clock.now_ms() >= until_ms:
                return False
            await self._clock.sleep_ms(LOOK_MS)

    async def _show(self, result: RunResult, text: str) -> RunResult:
        """Write the page and have the editor open it; where it cannot, the message says where the page is."""
        try:
            page = await asyncio.to_thread(write_page, result.kind.value, text)
        except (OSError, SettingsError) as error:
            logger.warning("a page could not be written: %s", error)
            return replace(
                result,
                outcome=RunOutcome.FAILED,
                message=f"the answer could not be written into the cache directory: {error}",
            )
        if self._client.can_show_documents and await self._opens(page):
            return result
        return replace(result, message=f"{result.message}; it is in {page}")

    async def _opens(self, page: Path) -> bool:
        params = {"uri": page.as_uri(), "takeFocus": True}
        try:
            answer = await self._requests.ask("window/showDocument", params, SHOW_TIMEOUT_S)
        except (TimeoutError, ClientRefused) as error:
            logger.info("the editor did not open a page: %s", error or type(error).__name__)
            return False
        return isinstance(answer, dict) and answer.get("success") is True


def _name(edit: FileEdit) -> str:
    return edit.document.path.name if edit.document.path is not None else "the document"

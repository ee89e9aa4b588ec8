"""Handing a run's result over to the editor: edits that it applies, or a page that it shows.

Changes of several files are shown before they are made. An editor that announces both that it shows annotated changes
and that it leaves nothing half done shows them itself (VS Code). Others get a page with the changes and a question.
Neovim announces the first alone: it would ask once for each file without showing anything, and would make new files
whatever is said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tierlsp.actions.types import RunOutcome, RunResult
from tierlsp.clock import Clock
from tierlsp.errors import SettingsError
from tierlsp.lsp.applying import Applying, Bundle
from tierlsp.lsp.capabilities import Client
from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.consent_dialogue import APPLY, ask
from tierlsp.lsp.documents import Documents
from tierlsp.lsp.follow import ChangeLog
from tierlsp.lsp.pages import write_page

logger = logging.getLogger(__name__)

SHOW_TIMEOUT_S = 10.0
"""How long the editor may take to open a page."""

READING_S = 600.0
"""How long a question may stand that a page must be read for. No answer is no yes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Changes that were shown and not applied yet."""

    result: RunResult
    bundle: Bundle


class Delivery:
    """The way back to one editor."""

    def __init__(
        self,
        client: Client,
        requests: ClientRequests,
        documents: Documents,
        clock: Clock,
        logs: Mapping[str, ChangeLog] | None = None,
    ) -> None:
        """`logs` are what was typed since the run began, by URI: without one an edit is for its own version only."""
        self._client = client
        self._requests = requests
        self._documents = documents
        self._clock = clock
        self._logs = logs or {}
        self.kept: Kept | None = None
        """What may still be applied, if the person says so later."""

    async def deliver(self, result: RunResult) -> RunResult:
        """Hand `result` over, and return it as it stands afterwards: what cannot be handed over is no success."""
        bundle = bundle_of(result)
        if bundle is None:
            return result if result.document is None else await self._show(result, result.document)
        if result.document is None:
            return await self.apply(result, bundle)
        if self._client.shows_edits_first:
            return await self.apply(result, replace(bundle, question=result.message))
        return await self._shown_first(result, bundle, result.document)

    async def apply(self, result: RunResult, bundle: Bundle) -> RunResult:
        """Have the editor make the changes of `result`."""
        applying = Applying(self._client, self._requests, self._documents, self._clock, self._logs)
        refusal = await applying.apply(bundle)
        if refusal is None:
            return result
        outcome, message = refusal
        return replace(result, outcome=outcome, message=message, edit=None, edits=(), new_files=())

    async def _shown_first(self, result: RunResult, bundle: Bundle, page: str) -> RunResult:
        shown = await self._show(result, page)
        if shown.outcome is RunOutcome.FAILED:
            return replace(shown, edit=None, edits=(), new_files=())
        said = await ask(self._requests, shown.message, APPLY, READING_S)
        if said is not None and said.goes_on:
            return await self.apply(result, bundle)
        if said is None:
            self.kept = Kept(result, bundle)
            later = f"nothing is changed yet, and tierlsp.apply with the run {result.run} does it"
            return replace(shown, message=f"{shown.message}; {later}", edit=None, edits=(), new_files=())
        return replace(
            shown, outcome=RunOutcome.CANCELLED, message="nothing was changed", edit=None, edits=(), new_files=()
        )

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


def bundle_of(result: RunResult) -> Bundle | None:
    """Return the changes of `result`; `None` if there are none."""
    edits = result.edits if result.edit is None else (result.edit, *result.edits)
    if not edits and not result.new_files:
        return None
    return Bundle(edits, result.new_files, f"tierlsp: {result.kind.value}")

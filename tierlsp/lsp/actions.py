"""The actions of one session: the menu, the runs, the questions to the person, and what all of it costs.

Imported when the first menu or command comes, in the thread that imports what decodes it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import re
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierlsp.actions.finding_memory import open_finding_memory
from tierlsp.actions.types import ActionRequest, Extent, Place, RunOutcome, RunResult, Span
from tierlsp.assemble.actions import (
    ActionParts,
    Keys,
    Lasting,
    Surroundings,
    assemble_actions,
    find_keys,
)
from tierlsp.assemble.completion_counts import CompletionCounts
from tierlsp.assemble.own_actions import own_actions
from tierlsp.assemble.usage import usage_of
from tierlsp.clock import utc_now
from tierlsp.lsp.actions_menu import menu_of
from tierlsp.lsp.client_requests import ClientRequests
from tierlsp.lsp.documents import BadParams, Document
from tierlsp.lsp.edits import range_of
from tierlsp.lsp.ends import cost_of, finished_params
from tierlsp.lsp.finding_board import Board
from tierlsp.lsp.finding_menu import with_proposal
from tierlsp.lsp.handover import Handover
from tierlsp.lsp.held_notices import HeldNotices
from tierlsp.lsp.mended import MendedEdits
from tierlsp.lsp.notices import Level, plain
from tierlsp.lsp.progress import Progress
from tierlsp.lsp.run_argument import request_of, root_of
from tierlsp.lsp.runs import Runs
from tierlsp.lsp.serving import Serving
from tierlsp.lsp.status import StatusLine
from tierlsp.lsp.tier_states import tier_states
from tierlsp.routing.explain import route_object
from tierlsp.routing.facts import Kind
from tierlsp.text.uris import path_of

if TYPE_CHECKING:
    from tierlsp.lsp.session import Session

logger = logging.getLogger(__name__)

REST_MS = 700.0
"""How long typing must have rested before a model on this machine is asked for an action: by then the completion of the
last key is there."""


class Actions:
    """What a session has for actions, from the first that is asked for."""

    def __init__(self, session: Session, requests: ClientRequests) -> None:
        self._session = session
        self._requests = requests
        self.handover = Handover(session, requests)
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = HeldNotices(
            lambda name, sentence: session.notices.say(f"tier.{name}", sentence), lambda: bool(self._runs.running)
        )
        self._lasting = Lasting(session.clock, self._held.say)
        self._status = StatusLine(session.clock, session.notify, self._state)
        self._board = Board(session.documents, session.notify, lambda: session.client.encoding)
        self._mended = MendedEdits()
        self._serving = Serving(
            session, requests, self._lasting, self.handover, self._board, self._mended, lambda: self._parts
        )
        self._runs = Runs(self._serving.serve, self._progress, self._finished, self.changed)
        self._counts = CompletionCounts()
        self._keys: Keys = {}
        self._parts = self._assembled()

    @property
    def parts(self) -> ActionParts:
        """What serves actions under the settings in force."""
        return self._parts

    # ------------------------------------------------------------------ settings

    def reload(self) -> None:
        """Build what serves actions anew: the settings or the folders have changed."""
        old, self._parts = self._parts, self._assembled()
        self._held.forget()
        self._session.notices.cured("tier.")
        self._spawn(old.aclose())

    def changed(self) -> None:
        """Something that the status shows may have changed."""
        if self._session.client.has_status:
            self._status.changed()

    def model_found(self) -> None:
        """A model server on this machine has come or gone."""
        self._parts.router.shelf.forget()
        self._spawn(self._look())

    def _assembled(self) -> ActionParts:
        settings = self._session.parts.settings
        environ = self._session.environ
        keys, problems = find_keys(settings, environ, has_keyring=False)
        self._keys = {**self._keys, **keys}
        around = Surroundings(
            completing=lambda: self._session.completing,
            folders=lambda: self._session.roots,
            before_local=self._rest,
            opened=self.handover.open_documents,
        )
        parts = assemble_actions(settings, self._lasting, self._keys, around)
        for problem in (*problems, *parts.problems):
            self._session.notices.say(f"settings.actions.{problem}", problem)
        self._spawn(self._prepare(parts))
        return parts

    async def _prepare(self, parts: ActionParts) -> None:
        """Look at what a menu must not look at: consents, the ledger, the servers on this machine, the keyring."""
        self._seek_completing()
        for root in self._session.roots:
            parts.may_use_cloud(root, is_free=False)
        await self._lasting.refresh_spent()
        await self._look()
        if importlib.util.find_spec("keyring") is not None:
            keys, _ = await asyncio.to_thread(find_keys, parts.settings, self._session.environ)
            if keys.keys() - self._keys.keys() and parts is self._parts:
                self._keys = {**self._keys, **keys}
                self.reload()

    def _seek_completing(self) -> None:
        """Look for the model that completes before a document is open, for a client that shows it.

        The shelf knows those for actions alone.
        """
        session = self._session
        if session.client.has_status and session.parts.settings.completion.enabled and not session.is_paused:
            session.parts.supply.wake()

    async def _look(self) -> None:
        await self._parts.router.shelf.look()
        self.changed()

    async def _rest(self) -> None:
        """Return when typing rests: completions go first."""
        clock = self._session.clock
        while (left_ms := self._session.changed_ms + REST_MS - clock.now_ms()) > 0:
            await clock.sleep_ms(left_ms)

    # ------------------------------------------------------------------ the menu

    def menu(
        self,
        document: Document,
        span: dict[str, Any],
        diagnostics: list[dict[str, Any]],
        only: list[str] | None,
        *,
        is_automatic: bool,
    ) -> list[dict[str, Any]]:
        """Return the code actions for a range, as JSON values (`actions_menu.menu_of`)."""
        return menu_of(
            self._session,
            self._parts,
            self._board,
            self._mended,
            document,
            span,
            diagnostics,
            only,
            is_automatic=is_automatic,
        )

    # ------------------------------------------------------------------ commands

    def start(self, argument: Any) -> dict[str, Any]:
        """Begin a run; its end is told of later."""
        request = self._request(argument)
        if self._runs.is_full:
            raise BadParams("too many actions are running; wait for one of them, or send tierlsp.cancel")
        self.handover.begin(request)
        self._runs.start(request, f"{request.name} {_about(request)}")
        return {"runId": request.run}

    def cancel(self, argument: Any) -> dict[str, Any]:
        """End one run, or all."""
        run = argument.get("runId") if isinstance(argument, dict) else None
        if run is not None and not isinstance(run, str):
            raise BadParams("`runId` must be a string")
        return {"cancelled": self._runs.cancel(run)}

    async def usage(self, argument: Any) -> dict[str, Any]:
        """Return the report of a month, the one in force by default."""
        month = argument.get("month") if isinstance(argument, dict) else None
        if month is not None and not (isinstance(month, str) and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month)):
            raise BadParams("`month` must be written like 2026-11")
        self._count_completions()
        return await usage_of(self._lasting.ledger, self._parts.router, month or utc_now().strftime("%Y-%m"))

    def _count_completions(self) -> None:
        session = self._session
        self._counts.write(self._lasting.ledger, session.tally, session.accepted, session.completing)

    def explain_route(self, argument: Any) -> Coroutine[Any, Any, dict[str, Any]]:
        """Return what gives the decision for a run that is not begun."""
        # Law: a document is read before the first wait.
        request = self._request(argument)

        async def explain() -> dict[str, Any]:
            preview = await self._parts.runner.preview(request)
            return route_object(preview.routed.decision, preview.routed.quote)

        return explain()

    async def consent(self, argument: Any) -> dict[str, Any]:
        """Keep the person's answer for a workspace."""
        root = argument.get("root") if isinstance(argument, dict) else None
        answer = argument.get("answer") if isinstance(argument, dict) else None
        path = (path_of(root) or Path(root)) if isinstance(root, str) and root else None
        if path is None or not path.is_absolute() or answer not in ("allow", "never", "ask"):
            raise BadParams("tierlsp.consent needs {root, answer}: a folder, and one of allow, never, ask")
        await self._serving.record(path, answer)
        return {"root": str(path), "answer": answer}

    async def dismiss_finding(self, argument: Any) -> dict[str, Any]:
        """Take a finding away, and never show it again as long as its code stays as it is; with `undo` the reverse."""
        uri = argument.get("uri") if isinstance(argument, dict) else None
        fingerprint = argument.get("fingerprint") if isinstance(argument, dict) else None
        undo = argument.get("undo", False) if isinstance(argument, dict) else False
        if not isinstance(uri, str) or not isinstance(fingerprint, str) or not isinstance(undo, bool):
            raise BadParams("tierlsp.dismissFinding needs {uri, fingerprint}, and to take it back {undo: true}")
        memory = open_finding_memory(root_of(path_of(uri), self._session.roots))
        if undo:
            is_shown = self._board.restore(uri, fingerprint)
            was_kept = await asyncio.to_thread(memory.restore, fingerprint)
            return {"restored": is_shown or was_kept}
        is_dismissed = self._board.dismiss(uri, fingerprint)
        if is_dismissed:
            await asyncio.to_thread(memory.dismiss, fingerprint)
        return {"dismissed": is_dismissed}

    def _request(self, argument: Any) -> ActionRequest:
        documents = self._session.documents
        own = own_actions(self._parts.settings)
        request = request_of(argument, documents.get, self._session.client.encoding, self._session.roots, own)
        document = documents.get(request.document.uri)
        if document is not None and self._session.is_excluded(document):
            raise BadParams("this file is excluded by `privacy.exclude`, so no model reads it")
        if request.kind is Kind.FIX and isinstance(argument, dict) and argument.get("finding") is not None:
            return with_proposal(request, self._board, argument["finding"])
        return request

    # ------------------------------------------------------------------ runs

    def _progress(self, run: str) -> Progress:
        session = self._session
        return Progress(run, session.clock, self._requests, session.notify, is_shown=session.client.has_progress)

    def _finished(self, result: RunResult) -> None:
        """Tell the end, once, and then what was held back for it."""
        self.handover.end(result.run)
        self._tell(result)
        self._held.ended(result)

    def _tell(self, result: RunResult) -> None:
        if self._session.client.has_status:
            self._session.notify("tierlsp/runFinished", finished_params(result) | self._edited(result))
            return
        is_good = result.outcome in (RunOutcome.DONE, RunOutcome.NOTHING, RunOutcome.CANCELLED)
        level = Level.INFO if is_good else Level.WARNING
        message = f"tierlsp: {plain(result.message)}{cost_of(result)}"
        self._session.notify("window/showMessage", {"type": int(level), "message": message})

    def _edited(self, result: RunResult) -> dict[str, object]:
        """Return where an edit stands that was about problems, for a client that looks at it again."""
        edit = self._mended.of(result.run) if self._session.client.looks_again else None
        document = self._session.documents.get(edit.uri) if edit is not None else None
        if edit is None or document is None:
            return {}
        last = edit.first + len(edit.lines) - 1
        span = Span(Place(edit.first, 0), Place(last, len(edit.lines[-1])))
        place = range_of(span, document.lines, self._session.client.encoding)
        return {"edited": {"uri": edit.uri, "version": document.version, "range": place}}

    def _state(self) -> dict[str, object]:
        """Return the parameters of `tierlsp/status`."""
        spent, caps = self._lasting.spent, self._parts.router.caps
        runs: list[dict[str, object]] = []
        for run in self._runs.running:
            entry: dict[str, object] = {"runId": run.request.run, "action": run.request.name}
            runs.append(entry if run.percent is None else {**entry, "percent": run.percent})
        return {
            "tiers": tier_states(self._parts, self._session.parts.supply.status),
            "runs": runs,
            "usd": {
                "day": float(spent.day_usd) if spent else 0.0,
                "month": float(spent.month_usd) if spent else 0.0,
                "cap": float(caps.monthly_usd),
            },
            "paused": self._session.is_paused,
        }

    # ------------------------------------------------------------------ the end

    async def aclose(self) -> None:
        """End all runs, and write what is still to be written."""
        self._status.close()
        await self._runs.aclose()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._count_completions()
        await self._parts.aclose()
        await self._lasting.aclose()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _about(request: ActionRequest) -> str:
    """Return what a run is about, in a few words."""
    if request.extent is Extent.CHANGES:
        return "what is not committed"
    path = request.folder or request.document.path
    return path.name if path is not None else "the document"

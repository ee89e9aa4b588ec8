"""One run from its request to what the editor has of it: the work, the questions on the way, the handing over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierlsp.actions.types import ActionRequest, RunOutcome, RunProgress, RunResult
from tierlsp.assemble.actions import ActionParts, Lasting, directory_of
from tierlsp.assemble.chosen import MOST_BYTES
from tierlsp.clock import utc_now
from tierlsp.errors import TierlspError
from tierlsp.lsp.choice_dialogue import choose
from tierlsp.lsp.client_requests import ClientRequests
from tierlsp.lsp.consent_dialogue import PROTECTED, Question, ask, question_of
from tierlsp.lsp.delivery import bundle_of
from tierlsp.lsp.finding_board import Board
from tierlsp.lsp.handover import Handover
from tierlsp.lsp.mended import MendedEdits
from tierlsp.lsp.runs import OnProgress, with_before
from tierlsp.text.disk import read_text

if TYPE_CHECKING:
    from tierlsp.lsp.session import Session


MOST_QUESTIONS = 3
"""Of those after which a run goes on: whether another model may do it, then whether it may read the workspace."""


class Serving:
    """Serves the runs of one session."""

    def __init__(
        self,
        session: Session,
        requests: ClientRequests,
        lasting: Lasting,
        handover: Handover,
        board: Board,
        mended: MendedEdits,
        parts: Callable[[], ActionParts],
    ) -> None:
        """`parts` gives what serves actions under the settings in force."""
        self._session = session
        self._requests = requests
        self._lasting = lasting
        self._handover = handover
        self._board = board
        self._mended = mended
        self._parts = parts

    async def serve(self, request: ActionRequest, report: OnProgress) -> RunResult:
        """Run the action, ask the person where that is needed, and hand the result over."""
        client = self._session.client
        request = replace(request, editor_renames=client.can_rename)
        result = await self._run(request, report)
        if result.guarded and result.outcome is RunOutcome.NOT_ALLOWED and await self._may_be_changed(result):
            request = replace(request, may_change_protected=True)
            result = await self._run(request, report)
        for _ in range(MOST_QUESTIONS):
            question = None if client.has_status else question_of(result)
            again = None if question is None else await self._asked(request, result, question)
            if again is None:
                break
            request = again
            result = with_before(await self._run(request, report), result)
        if result.choices and not client.has_status:
            result = await self._chosen(request, result, report)
        result = self._with_findings_shown(result)
        if request.extent is not None:
            await self._look_again({file.document.path for file in result.findings})
        if result.document is not None and bundle_of(result) is not None:
            report(RunProgress("the changes are shown; nothing is changed before you say so", stands=True))
        result = await self._handover.deliver(result)
        # Not before: an edit that was left out was neither turned down nor undone.
        self._lasting.history.note(request, result, self._session.clock.now_ms())
        document = self._session.documents.get(request.document.uri)
        if document is not None and not document.is_desynced:
            self._mended.note(request, result, document.lines)
        await self._lasting.refresh_spent()
        return result

    async def _run(self, request: ActionRequest, report: OnProgress) -> RunResult:
        """Run the action. A name that was chosen is given by the editor's own rename where it has one, else by ours."""
        runner = self._parts().runner
        result = await runner.run(request, report)
        if result.rename is None:
            return result
        report(RunProgress("asking the editor to rename", stands=True))
        given = await self._handover.rename(result, result.rename)
        return given or await runner.run(replace(request, editor_renames=False), report)

    def _with_findings_shown(self, result: RunResult) -> RunResult:
        """Show what was found, and return `result` with a word on what has no place any more."""
        lost = sum(self._board.show(result.kind, file) for file in result.findings)
        if not lost:
            return result
        which = "one of them is" if lost == 1 else f"{lost} of them are"
        why = "only on the page, since the code was changed or closed meanwhile"
        return replace(result, message=f"{result.message}; {which} {why}")

    async def _look_again(self, looked_at: Collection[Path | None]) -> None:
        """Take away the findings whose code is gone from the files that are not open and were not looked at now."""
        paths = [path for path in self._board.shut_files if path not in looked_at]
        texts = await asyncio.to_thread(lambda: [read_text(path, MOST_BYTES) for path in paths])
        for path, text in zip(paths, texts, strict=True):
            self._board.look_again(path, None if text is None else text.lines)

    async def record(self, root: Path, answer: Any) -> None:
        """Keep whether cloud models may read a workspace."""
        parts = self._parts()
        await asyncio.to_thread(self._lasting.consent.record, root, answer, utc_now())
        parts.remembered.clear()
        parts.may_use_cloud(root, is_free=False)

    async def _may_be_changed(self, result: RunResult) -> bool:
        """Ask whether the protected file at hand may be changed: once a run, before any model is asked."""
        words = f"{result.name} would change a protected file: {'; '.join(result.guarded)}"
        said = await ask(self._requests, words, PROTECTED)
        return said is not None and said.goes_on

    async def _chosen(self, request: ActionRequest, result: RunResult, report: OnProgress) -> RunResult:
        """Ask which of the choices is taken, and return what comes of it, at the price of the choices."""
        taken = await choose(self._requests, result)
        if taken is None:
            message = f"nothing was chosen, so nothing was changed ({result.message})"
            return replace(result, outcome=RunOutcome.NOTHING, message=message, choices=())
        done = await self._run(replace(request, choice=taken), report)
        return replace(done, tier=result.tier, model=result.model, usd=result.usd, reason=result.reason)

    async def _asked(self, request: ActionRequest, result: RunResult, question: Question) -> ActionRequest | None:
        """Ask the person; return what is to be run now, `None` for nothing."""
        said = await ask(self._requests, result.message, question)
        if said is None:
            return None
        if said.kept is not None:
            root = directory_of(request)
            if root is not None:
                try:
                    await self.record(root, said.kept)
                except TierlspError as error:
                    self._session.notices.say("consent", str(error))
        if not said.goes_on:
            return None
        if result.next_tier is None:
            return request
        return replace(request, tier=result.next_tier, model=result.next_model, max_usd=None)

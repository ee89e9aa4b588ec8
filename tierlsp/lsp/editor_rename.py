"""A name that the editor gives by a rename of its own, which knows the other files: asked for, and seen to be given.

The client says what came of it: `renamed`, `none` (nobody there can rename in this document), or `refused`, with the
reason. It tells the person nothing; the end of the run does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tierlsp.actions.course import sentence_of
from tierlsp.actions.moving import moved_span
from tierlsp.actions.naming import IDENTIFIER
from tierlsp.actions.types import Rename, RunOutcome, RunResult
from tierlsp.clock import Clock
from tierlsp.lsp.applying import APPLY_TIMEOUT_S, LOOK_MS, SEEN_MS
from tierlsp.lsp.capabilities import Client
from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.documents import Document, Documents
from tierlsp.lsp.follow import ChangeLog
from tierlsp.lsp.positions import character_of

METHOD = "tierlsp/rename"

_REASON_CHARS = 200
"""Of what another server says of why it does not rename, in the one sentence at the end."""


class EditorRename:
    """The way of a name to one editor."""

    def __init__(
        self,
        client: Client,
        requests: ClientRequests,
        documents: Documents,
        clock: Clock,
        logs: Mapping[str, ChangeLog],
    ) -> None:
        """`logs` are what was typed since the run began, by URI."""
        self._client = client
        self._requests = requests
        self._documents = documents
        self._clock = clock
        self._logs = logs

    async def give(self, result: RunResult, wanted: Rename) -> RunResult | None:
        """Have the editor give the name; return how the run ended, `None` where it has no rename of its own there."""

        def failed(why: str, outcome: RunOutcome = RunOutcome.FAILED) -> RunResult:
            return replace(result, outcome=outcome, message=why, rename=None)

        name = wanted.document.path.name if wanted.document.path is not None else "the document"
        stale = f"{name} was changed meanwhile, so nothing was renamed; run it again"
        unsure = "the editor did not say whether it renamed; look before you run it again"
        document = self._documents.get(wanted.document.uri)
        line = None if document is None or document.is_desynced else self._line_now(document, wanted)
        if document is None or line is None:
            return failed(stale, RunOutcome.STALE)
        version = document.version
        try:
            answer = await self._requests.ask(METHOD, self._params(result.run, document, line, wanted), APPLY_TIMEOUT_S)
        except TimeoutError:
            return failed(unsure)
        except ClientRefused as error:
            return failed(f"the editor could not rename: {_shortened(str(error))}; look before you run it again")
        answer = answer if isinstance(answer, dict) else {}
        match answer.get("outcome"):
            case "none":
                return None
            case "refused" if document.version != version:
                return failed(stale, RunOutcome.STALE)
            case "refused":
                return failed(f"nothing was renamed, since the editor's own rename refused{_because(answer)}")
            case "renamed" if await self._shows(wanted):
                return replace(result, message=_done(wanted, answer), rename=None)
            case "renamed":
                words = f"the editor says that it renamed {wanted.old} to {wanted.new}, which {name} does not show"
                return failed(f"{words}; look before you run it again")
            case _:
                return failed(unsure)

    def _line_now(self, document: Document, wanted: Rename) -> int | None:
        """Return the line on which the name stands now; `None` if somebody typed there."""
        line = wanted.place.line
        if document.version == wanted.document.version:
            return line
        log = self._logs.get(document.uri)
        found = None if log is None or log.is_lost else moved_span(line, line + 1, log.since())
        if found is None or document.lines[found[0]] != wanted.document.lines[line]:
            return None
        return found[0]

    def _params(self, run: str, document: Document, line: int, wanted: Rename) -> dict[str, Any]:
        character = character_of(document.lines[line], wanted.place.column, self._client.encoding)
        return {
            "runId": run,
            "textDocument": {"uri": document.uri, "version": document.version},
            "position": {"line": line, "character": character},
            "oldName": wanted.old,
            "newName": wanted.new,
        }

    async def _shows(self, wanted: Rename) -> bool:
        """Whether the document comes to have the new name, which stood nowhere in it before.

        Where it is not open any more, nobody can tell but the editor.
        """
        until_ms = self._clock.now_ms() + SEEN_MS
        while True:
            document = self._documents.get(wanted.document.uri)
            if document is None or document.is_desynced:
                return True
            if any(wanted.new in IDENTIFIER.findall(line) for line in document.lines if wanted.new in line):
                return True
            if self._clock.now_ms() >= until_ms:
                return False
            await self._clock.sleep_ms(LOOK_MS)


def _done(wanted: Rename, answer: Mapping[str, Any]) -> str:
    """Return the good end in words, with what the client says of how far it reached."""
    places, files, by = answer.get("places"), answer.get("files"), answer.get("by")
    where = ""
    if type(places) is int and type(files) is int:
        where = f" in {places} {'place' if places == 1 else 'places'} of {files} {'file' if files == 1 else 'files'}"
    who = f"the rename of {_shortened(by)}" if isinstance(by, str) and by else "the editor's own rename"
    return f"renamed {wanted.old} to {wanted.new}{where} by {who}"


def _because(answer: Mapping[str, Any]) -> str:
    reason = answer.get("reason")
    return f": {_shortened(reason)}" if isinstance(reason, str) and reason.strip() else ""


def _shortened(words: str) -> str:
    """Return words of another program as a piece of one sentence."""
    line = sentence_of(words)
    return line if len(line) <= _REASON_CHARS else f"{line[:_REASON_CHARS]}…"

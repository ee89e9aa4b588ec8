"""Handing results over: never to a text that they were not made for, and honest about what the editor did."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock, settle
from tierlsp.actions.types import Document as Snapshot
from tierlsp.actions.types import FileEdit, Place, RunOutcome, RunResult, Span, TextEdit
from tierlsp.lsp.applying import SEEN_MS
from tierlsp.lsp.capabilities import Client
from tierlsp.lsp.client_requests import ClientRequests
from tierlsp.lsp.delivery import Delivery
from tierlsp.lsp.documents import Documents
from tierlsp.lsp.pages import MOST_PAGES, write_page
from tierlsp.lsp.positions import Encoding
from tierlsp.routing.facts import Kind

URI = "file:///work/a.py"
TEXT = "é = 1\nreturn é\n"
ABLE = Client(encoding=Encoding.UTF8, can_apply_edits=True, has_versioned_edits=True, can_show_documents=True)


class Rig:
    """An editor that answers as the test says."""

    def __init__(self, client: Client = ABLE) -> None:
        self.clock = FakeClock()
        self.documents = Documents()
        self.document = self.documents.open({"uri": URI, "languageId": "python", "version": 3, "text": TEXT})
        self.asked: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Any] = lambda message: {"applied": True}
        self.requests = ClientRequests(self._send)
        self.delivery = Delivery(client, self.requests, self.documents, self.clock)

    def _send(self, message: dict[str, Any]) -> None:
        self.asked.append(message)
        asyncio.get_running_loop().call_soon(self._respond, message)

    def _respond(self, message: dict[str, Any]) -> None:
        result = self.answer(message)
        if isinstance(result, Exception):
            self.requests.take({"id": message["id"], "error": {"code": 1, "message": str(result)}})
        else:
            self.requests.take({"id": message["id"], "result": result})

    def apply(self, message: dict[str, Any]) -> Any:
        """Do as an editor does."""
        [change] = message["params"]["edit"]["documentChanges"]
        edits = [{"range": edit["range"], "text": edit["newText"]} for edit in change["edits"]]
        identifier = {"uri": URI, "version": change["textDocument"]["version"] + 1}
        self.documents.change(identifier, edits, Encoding.UTF8)
        return {"applied": True}

    def result(self) -> RunResult:
        lines = tuple(self.document.lines)
        snapshot = Snapshot(URI, Path("/work/a.py"), "python", self.document.version, lines)
        edit = FileEdit(snapshot, (TextEdit(Span(Place(0, 4), Place(0, 5)), "2"),))
        return RunResult("r", Kind.FIX, RunOutcome.DONE, "fixed", edit=edit)

    async def deliver(self, result: RunResult) -> RunResult:
        task = asyncio.ensure_future(self.delivery.deliver(result))
        while not task.done():
            await self.clock.tick(SEEN_MS / 4)
        return task.result()


async def test_an_edit_goes_out_in_the_editors_encoding_with_its_version() -> None:
    rig = Rig()
    rig.answer = rig.apply
    assert (await rig.deliver(rig.result())).outcome is RunOutcome.DONE
    [change] = rig.asked[0]["params"]["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": URI, "version": 3}
    # `é` is two units of UTF-8.
    assert change["edits"][0]["range"]["start"] == {"line": 0, "character": 5}
    assert rig.document.lines[0] == "é = 2"


async def test_an_edit_for_an_older_text_is_not_sent() -> None:
    rig = Rig()
    result = rig.result()
    rig.documents.change({"uri": URI, "version": 4}, [{"text": "x\n"}], Encoding.UTF8)
    assert (await rig.deliver(result)).outcome is RunOutcome.STALE
    assert rig.asked == []


async def test_an_edit_for_a_closed_document_is_not_sent() -> None:
    rig = Rig()
    result = rig.result()
    rig.documents.close({"uri": URI})
    assert (await rig.deliver(result)).outcome is RunOutcome.STALE
    assert rig.asked == []


@pytest.mark.parametrize(
    "client", [Client(can_apply_edits=True), Client(has_versioned_edits=True)], ids=["no versions", "no edits"]
)
async def test_an_editor_that_takes_no_versioned_edits_gets_none(client: Client) -> None:
    rig = Rig(client)
    result = await rig.deliver(rig.result())
    assert result.outcome is RunOutcome.FAILED
    assert result.edit is None
    assert rig.asked == []


@pytest.mark.parametrize("answer", [{"applied": False}, None, [], {"applied": "yes"}, ValueError("no")])
async def test_an_edit_that_was_not_applied_is_no_success(answer: Any) -> None:
    rig = Rig()
    rig.answer = lambda message: answer
    result = await rig.deliver(rig.result())
    assert result.outcome is RunOutcome.FAILED
    assert rig.document.lines[0] == "é = 1"


async def test_an_editor_that_says_applied_and_did_not_is_found_out() -> None:
    rig = Rig()
    assert (await rig.deliver(rig.result())).outcome is RunOutcome.FAILED


async def test_a_change_that_comes_behind_the_answer_counts() -> None:
    rig = Rig()

    def later(message: dict[str, Any]) -> Any:
        rig.clock.call_later_ms(200.0, lambda: rig.apply(message))
        return {"applied": True}

    rig.answer = later
    assert (await rig.deliver(rig.result())).outcome is RunOutcome.DONE


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tierlsp.lsp.delivery.write_page", lambda name, text: write_page(name, text, lambda: tmp_path))
    return tmp_path


async def until(rig: Rig, result: RunResult) -> RunResult:
    task = asyncio.ensure_future(rig.delivery.deliver(result))
    async with asyncio.timeout(30):
        return await task


async def test_a_page_is_written_for_the_user_alone_and_shown(cache: Path) -> None:
    rig = Rig()
    rig.answer = lambda message: {"success": True}
    result = await until(rig, RunResult("r", Kind.EXPLAIN, RunOutcome.DONE, "explained", document="# It\n"))
    assert result.message == "explained"
    [asked] = rig.asked
    assert asked["method"] == "window/showDocument"
    [page] = (cache / "pages").iterdir()
    assert asked["params"]["uri"] == page.as_uri()
    assert page.read_text(encoding="utf-8") == "# It\n"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


@pytest.mark.parametrize("answer", [{"success": False}, None, ValueError("no")])
async def test_where_a_page_cannot_be_shown_the_message_says_where_it_is(cache: Path, answer: Any) -> None:
    rig = Rig()
    rig.answer = lambda message: answer
    result = await until(rig, RunResult("r", Kind.EXPLAIN, RunOutcome.DONE, "explained", document="# It\n"))
    assert result.outcome is RunOutcome.DONE
    assert str(cache) in result.message


def test_old_pages_go(tmp_path: Path) -> None:
    for number in range(MOST_PAGES + 5):
        page = write_page("explain", str(number), lambda: tmp_path)
    assert len(list((tmp_path / "pages").iterdir())) == MOST_PAGES
    assert page.exists()


async def test_settling_is_quick_where_there_is_nothing_to_hand_over() -> None:
    rig = Rig()
    nothing = RunResult("r", Kind.FIX, RunOutcome.NOTHING, "nothing to do")
    assert await rig.delivery.deliver(nothing) is nothing
    await settle()
    assert rig.asked == []

"""A name that was chosen, given by the editor's own rename: each answer of the client's, with one end for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.protocol.conftest import Place
from tests.protocol.test_actions import PROFILES, Desk, capabilities_of, desk, drained
from tests.protocol.test_single_actions import AREA, AT_NAME, always
from tests.protocol.waiting import until

METHOD = "tierlsp/rename"
RENAMED = AREA.replace("radius", "metres")


@pytest.fixture
def renames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every client announces that it may have a rename of its own."""

    def capabilities(name: str, *, status: bool = False) -> dict[str, Any]:
        found = capabilities_of(name, status=status)
        found.setdefault("experimental", {}).setdefault("tierlsp", {})["rename"] = True
        return found

    monkeypatch.setattr("tests.protocol.test_actions.capabilities_of", capabilities)


pytestmark = pytest.mark.usefixtures("renames")


@asynccontextmanager
async def chosen(
    place: Place, profile: str = "nvim-0.12.4", *, status: bool = True, at: dict[str, Any] = AT_NAME, text: str = AREA
) -> AsyncIterator[tuple[Desk, dict[str, Any]]]:
    """An editor whose person has chosen the name `metres`; what the server then asks of it."""
    async with desk(place, profile, always("metres"), status=status) as here:
        here.change(text)
        argument = {"action": "names", "tier": "cheap", "range": at, "diagnostics": []}
        if status:
            argument["choice"] = "metres"
        await here.run(**argument)
        await here.progress()
        if not status:
            await here.reply("window/showMessageRequest", {"title": "metres"})
        yield here, await here.client.expect(METHOD)
        await drained(here.client)


def answer(here: Desk, result: Any) -> None:
    (asked,) = (message for message in here.client.asked if message["method"] == METHOD)
    said = {"result": result} if not isinstance(result, Exception) else {"error": {"code": 1, "message": str(result)}}
    here.client.send({"jsonrpc": "2.0", "id": asked["id"]} | said)


async def end_of(here: Desk, *, status: bool = True) -> tuple[str, str]:
    """Return outcome and words of the run's one end."""
    if not status:
        return "", await here.ended()
    end = await here.client.expect("tierlsp/runFinished")
    assert (end["action"], "choices" in end) == ("names", False)
    return end["outcome"], end["message"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("status", [True, False])
async def test_the_editor_is_asked_for_one_version_and_place_and_what_it_did_is_told(
    place: Place, profile: str, status: bool
) -> None:
    async with chosen(place, profile, status=status) as (here, params):
        assert params.pop("runId")
        assert params == {
            "textDocument": {"uri": here.uri, "version": here.version},
            "position": {"line": 3, "character": 9},
            "oldName": "radius",
            "newName": "metres",
        }
        answer(here, {"outcome": "renamed", "by": "pyright", "places": 5, "files": 2})
        here.change(RENAMED)
        outcome, message = await end_of(here, status=status)
        assert outcome in ("done", "")
        assert "renamed radius to metres in 5 places of 2 files by the rename of pyright" in message
        # Not ours as well.
        assert here.text == RENAMED


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("status", [True, False])
async def test_without_a_rename_there_our_own_edit_is_made(place: Place, profile: str, status: bool) -> None:
    async with chosen(place, profile, status=status) as (here, _):
        answer(here, {"outcome": "none"})
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        outcome, message = await end_of(here, status=status)
        assert outcome in ("done", "") and "other files were not looked at" in message
        assert here.text == RENAMED


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("status", [True, False])
async def test_a_refusal_is_the_end_with_its_reason_and_nothing_else_is_tried(
    place: Place, profile: str, status: bool
) -> None:
    async with chosen(place, profile, status=status) as (here, _):
        answer(here, {"outcome": "refused", "reason": "pyright: metres is\ntaken in other.py"})
        outcome, message = await end_of(here, status=status)
        assert outcome in ("failed", "")
        assert "the editor's own rename refused: pyright: metres is taken in other.py" in message
        assert here.text == AREA


async def test_a_refusal_since_the_text_has_changed_says_so(place: Place) -> None:
    async with chosen(place) as (here, _):
        here.change(AREA + "\n")
        answer(here, {"outcome": "refused", "reason": "the file has changed meanwhile"})
        outcome, message = await end_of(here)
        assert outcome == "stale" and "run it again" in message


@pytest.mark.parametrize("said", [None, {}, {"outcome": "perhaps"}, "renamed", 5, RuntimeError("no such method")])
async def test_an_answer_that_says_nothing_is_not_taken_for_a_rename(place: Place, said: Any) -> None:
    async with chosen(place) as (here, _):
        answer(here, said)
        outcome, message = await end_of(here)
        assert outcome == "failed" and "look before you run it again" in message
        # Whether it was made nobody knows: ours is not made on top of it.
        assert here.text == AREA


async def test_a_rename_that_the_file_does_not_show_is_no_success(place: Place) -> None:
    async with chosen(place) as (here, _):
        answer(here, {"outcome": "renamed"})
        outcome, message = await end_of(here)
        assert outcome == "failed" and "does not show" in message


async def test_what_was_typed_elsewhere_while_the_question_stood_moves_the_place(place: Place) -> None:
    async with desk(place, "nvim-0.12.4", always("metres")) as here:
        here.change(AREA)
        await here.run(action="names", tier="cheap", range=AT_NAME, diagnostics=[])
        await here.progress()
        await here.client.expect("window/showMessageRequest")
        here.version += 1
        start = {"line": 0, "character": 0}
        here.client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": here.uri, "version": here.version},
                "contentChanges": [{"range": {"start": start, "end": start}, "text": "# new\n"}],
            },
        )
        asked = here.client.asked[-1]
        here.client.send({"jsonrpc": "2.0", "id": asked["id"], "result": {"title": "metres"}})
        params = await here.client.expect(METHOD)
        assert (params["position"], params["textDocument"]["version"]) == ({"line": 4, "character": 9}, here.version)
        answer(here, {"outcome": "renamed"})
        here.change("# new\n" + RENAMED)
        assert "renamed radius to metres by the editor's own rename" in await here.ended()


async def test_typing_where_the_name_stands_stops_it_before_the_editor_is_asked(place: Place) -> None:
    async with desk(place, "nvim-0.12.4", always("metres")) as here:
        here.change(AREA)
        await here.run(action="names", tier="cheap", range=AT_NAME, diagnostics=[])
        await here.progress()
        await here.client.expect("window/showMessageRequest")
        here.change(AREA.replace("def area(radius)", "def area(radius, unit)"))
        here.client.send({"jsonrpc": "2.0", "id": here.client.asked[-1]["id"], "result": {"title": "metres"}})
        assert "changed meanwhile, so nothing was renamed" in await here.ended()


@pytest.mark.parametrize("status", [True, False])
async def test_cancelling_withdraws_the_question_and_is_the_only_end(place: Place, status: bool) -> None:
    async with chosen(place, status=status) as (here, params):
        await here.command("tierlsp.cancel", {"runId": params["runId"]})
        outcome, message = await end_of(here, status=status)
        assert outcome in ("cancelled", "") and "cancelled" in message
        await until(lambda: len(here.client.withdrawn) == 1)
        # Too late, and of no consequence.
        answer(here, {"outcome": "none"})
        assert here.text == AREA


async def test_a_name_that_cannot_be_given_is_refused_before_the_editor_is_asked(place: Place) -> None:
    async with desk(place, "vscode", status=True) as here:
        for name, why in (("class", "cannot be a name"), ("math", "stands in this file already")):
            await here.run(action="names", range=AT_NAME, diagnostics=[], choice=name)
            await here.progress()
            end = await here.client.expect("tierlsp/runFinished")
            assert (end["outcome"], why in end["message"]) == ("failed", True)
        await drained(here.client)


async def test_positions_are_in_the_encoding_of_the_client(place: Place) -> None:
    text = 'SIGN = "𝄞"; radius = 1\nprint(radius)\n'
    at = {"line": 0, "character": 13}
    async with chosen(place, "vscode", at={"start": at, "end": at}, text=text) as (here, params):
        # The sign is two units of UTF-16 and one code point.
        assert params["position"] == {"line": 0, "character": 13}
        answer(here, {"outcome": "refused"})
        assert (await end_of(here))[0] == "failed"

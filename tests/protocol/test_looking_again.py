"""What still stands after an edit, as each captured editor tells it: offered with the tier above, for nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.protocol.conftest import Place
from tests.protocol.test_actions import (
    MENDED,
    PROBLEM,
    PROFILES,
    SPAN,
    TEXT,
    Desk,
    capabilities_of,
    desk,
    drained,
    fenced,
)

# It passes every check, and does not mend the problem.
USELESS = MENDED.replace("radius ** 2", "raduis ** 2  # squared")


def entry_in(menu: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((each for each in menu if "still stands" in each["title"]), None)


async def fixed(here: Desk, **more: Any) -> str:
    run = await here.run(**more)
    await here.progress()
    here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
    return run


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_problem_that_still_stands_is_offered_to_the_tier_above(place: Place, profile: str) -> None:
    answers = iter([fenced(USELESS), fenced(MENDED)])
    async with desk(place, profile, answer=lambda body: next(answers)) as here:
        assert entry_in(await here.menu()) is None
        run = await fixed(here)
        await here.ended()
        # Only where the tool says so.
        assert entry_in(await here.menu(diagnostics=[])) is None
        assert entry_in(await here.menu(diagnostics=[PROBLEM | {"message": "undefined name 'x'"}])) is None
        for context in ({}, {"triggerKind": 2}, {"only": ["quickfix"]}):
            entry = entry_in(await here.menu(**context))
            assert entry is not None
        assert re.fullmatch(
            r"Fix with premium: “undefined name 'raduis'” still stands \(premium · large · ≤ \$0\.\d+\)", entry["title"]
        )
        assert entry["kind"] == "quickfix.tierlsp" and entry["diagnostics"] == [PROBLEM]
        [argument] = entry["command"]["arguments"]
        assert (argument["tier"], argument["after"], argument["diagnostics"]) == ("premium", run, [PROBLEM])
        # Offering costs nothing.
        assert len(here.provider.questions) == 1
        await here.command(entry["command"]["command"], argument)
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert "(premium)" in await here.ended()
        assert here.provider.questions[-1]["model"] == "large"
        # There is no tier above that one.
        assert entry_in(await here.menu()) is None


@pytest.mark.parametrize("profile", PROFILES)
async def test_the_offer_goes_with_the_first_change_of_its_lines_alone(place: Place, profile: str) -> None:
    async with desk(place, profile, answer=lambda body: fenced(USELESS)) as here:
        await fixed(here)
        await here.ended()
        here.change(here.text + "# below\n")
        assert entry_in(await here.menu()) is not None
        here.change(here.text.replace("# squared", "# square"))
        assert entry_in(await here.menu()) is None
        # The usual one is there as ever.
        assert any(each["title"].startswith("Fix this problem") for each in await here.menu())


async def test_a_problem_elsewhere_with_the_same_words_is_another_one(place: Place) -> None:
    async with desk(place, answer=lambda body: fenced(USELESS)) as here:
        await fixed(here)
        await here.ended()
        below = {"line": 7, "character": 0}
        params = {
            "textDocument": {"uri": here.uri},
            "range": {"start": below, "end": below},
            "context": {"diagnostics": [PROBLEM | {"range": {"start": below, "end": below}}], "triggerKind": 1},
        }
        assert entry_in(await here.client.request("textDocument/codeAction", params)) is None


@pytest.mark.parametrize("profile", PROFILES)
async def test_an_edit_that_was_not_made_is_not_looked_at_again(place: Place, profile: str) -> None:
    async with desk(place, profile, answer=lambda body: fenced(USELESS)) as here:
        await here.run()
        await here.progress()
        await here.reply("workspace/applyEdit", {"applied": False, "failureReason": "no"})
        await here.ended()
        assert here.text == TEXT
        assert entry_in(await here.menu()) is None


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("announced", [False, True])
async def test_a_client_that_looks_again_is_told_where(
    place: Place, profile: str, announced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def capabilities(name: str, *, status: bool = False) -> dict[str, Any]:
        found = capabilities_of(name, status=status)
        found["experimental"]["tierlsp"]["lookAgain"] = announced
        return found

    monkeypatch.setattr("tests.protocol.test_actions.capabilities_of", capabilities)
    async with desk(place, profile, answer=lambda body: fenced(USELESS), status=True) as here:
        await fixed(here)
        end = await here.client.expect("tierlsp/runFinished")
        assert end["outcome"] == "done"
        assert ("edited" in end) is announced
        if announced:
            edited = end["edited"]
            assert (edited["uri"], edited["version"]) == (here.uri, here.version)
            assert (edited["range"]["start"], edited["range"]["end"]["line"]) == ({"line": 3, "character": 0}, 4)
            asked = {"textDocument": {"uri": here.uri}, "range": edited["range"]}
            context = {"context": {"diagnostics": [PROBLEM], "only": ["quickfix"]}}
            assert entry_in(await here.client.request("textDocument/codeAction", asked | context)) is not None
        await drained(here.client)


def test_the_problem_is_where_the_cursor_is() -> None:
    assert PROBLEM["range"]["start"]["line"] == SPAN["start"]["line"]

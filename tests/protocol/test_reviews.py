"""Reviews over the wire, as each captured editor would have them: findings that are shown, move, go and stay away."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.protocol.client import Refused
from tests.protocol.conftest import Place
from tests.protocol.test_actions import PROFILES, SPAN, TEXT, Desk, desk, drained, until

FINDING = {
    "severity": "error",
    "category": "bug",
    "confidence": 80,
    "file": "area.py",
    "line": 5,
    "evidence": "    return math.pi * raduis ** 2",
    "message": "the parameter is called radius, so every call fails",
    "fix": "    return math.pi * radius ** 2",
}


def answer(*findings: dict[str, Any]) -> str:
    return "\n".join([*map(json.dumps, findings or (FINDING,)), "END"])


async def reviewed(here: Desk, **more: Any) -> tuple[dict[str, Any], str]:
    """Run a review; return what was published and the message of its end."""
    await here.run(**({"action": "review", "diagnostics": [], "scope": "file"} | more))
    await here.progress()
    published = await here.client.expect("textDocument/publishDiagnostics")
    await here.reply("window/showDocument", {"success": True})
    return published, await here.ended()


@pytest.mark.parametrize("profile", PROFILES)
async def test_findings_are_diagnostics_of_the_version_that_was_read(place: Place, profile: str) -> None:
    async with desk(place, profile, lambda body: answer()) as here:
        published, message = await reviewed(here)
        assert (published["uri"], published["version"]) == (here.uri, 1)
        [shown] = published["diagnostics"]
        assert (shown["source"], shown["severity"], shown["code"]) == ("tierlsp", 1, "review/bug")
        assert shown["range"] == {"start": {"line": 4, "character": 4}, "end": {"line": 4, "character": 32}}
        assert "every call fails" in shown["message"]
        assert "1 error" in message
        assert "$0." in message


@pytest.mark.parametrize("profile", PROFILES)
async def test_findings_move_with_their_code_and_go_when_it_changes(place: Place, profile: str) -> None:
    async with desk(place, profile, lambda body: answer()) as here:
        await reviewed(here)
        here.change("# a\n# b\n" + TEXT)
        moved = await here.client.expect("textDocument/publishDiagnostics")
        assert moved["version"] == here.version
        assert moved["diagnostics"][0]["range"]["start"]["line"] == 6
        here.change(TEXT.replace("raduis", "radius"))
        assert (await here.client.expect("textDocument/publishDiagnostics"))["diagnostics"] == []


async def test_typing_elsewhere_publishes_nothing(place: Place) -> None:
    async with desk(place, answer=lambda body: answer()) as here:
        await reviewed(here)
        here.change(TEXT + "x = 1\n")
        await here.menu()
        assert here.client.unexpected() == []


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_finding_is_dismissed_from_the_menu_and_stays_away(place: Place, profile: str) -> None:
    async with desk(place, profile, lambda body: answer()) as here:
        await reviewed(here)
        [entry] = [each for each in await here.menu(diagnostics=[]) if each["title"].startswith("Dismiss: ")]
        assert entry["kind"] == "quickfix.tierlsp"
        command = entry["command"]
        assert await here.command(command["command"], command["arguments"][0]) == {"dismissed": True}
        assert (await here.client.expect("textDocument/publishDiagnostics"))["diagnostics"] == []
        here.change("\n" + TEXT)
        await here.run(action="review", diagnostics=[], scope="file")
        await here.progress()
        message = await here.ended()
        assert "nothing was found" in message
        assert "dismissed" in message
        # Nor was it paid for again.
        assert len(here.provider.questions) == 1
        [kept] = (place.home / "state").rglob("dismissed/*.json")
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


async def pick(here: Desk, title: str, **context: Any) -> Any:
    [entry] = [each for each in await here.menu(**({"diagnostics": []} | context)) if each["title"].startswith(title)]
    return await here.command(entry["command"]["command"], entry["command"]["arguments"][0])


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_dismissal_is_taken_back_from_the_menu(place: Place, profile: str) -> None:
    async with desk(place, profile, lambda body: answer()) as here:
        first, _ = await reviewed(here)
        assert not any("Show dismissed" in each["title"] for each in await here.menu())
        assert await pick(here, "Dismiss: ") == {"dismissed": True}
        assert (await here.client.expect("textDocument/publishDiagnostics"))["diagnostics"] == []
        # It keeps to its code as a finding does, without being shown.
        here.change("# above\n" + TEXT)
        here.change(TEXT)
        assert not any("Show dismissed" in each["title"] for each in await here.menu(triggerKind=2))
        assert await pick(here, "Show dismissed: the parameter") == {"restored": True}
        again = await here.client.expect("textDocument/publishDiagnostics")
        assert again["diagnostics"] == first["diagnostics"]
        # It is back for every later review, for nothing.
        later, message = await reviewed(here)
        assert later["diagnostics"] == first["diagnostics"] and "dismissed" not in message
        assert len(here.provider.questions) == 1


async def test_what_an_earlier_session_dismissed_can_be_had_back_after_a_review(place: Place) -> None:
    async with desk(place, answer=lambda body: answer()) as here:
        await reviewed(here)
        await pick(here, "Dismiss: ")
        await here.client.expect("textDocument/publishDiagnostics")
    async with desk(place, answer=lambda body: answer()) as here:
        await here.run(action="review", diagnostics=[], scope="file")
        await here.progress()
        assert "nothing was found" in await here.ended()
        assert await pick(here, "Show dismissed: ", only=["quickfix"]) == {"restored": True}
        [shown] = (await here.client.expect("textDocument/publishDiagnostics"))["diagnostics"]
        assert "every call fails" in shown["message"]


async def test_what_was_dismissed_is_not_offered_back_once_its_code_has_changed(place: Place) -> None:
    async with desk(place, answer=lambda body: answer()) as here:
        await reviewed(here)
        await pick(here, "Dismiss: ")
        await here.client.expect("textDocument/publishDiagnostics")
        here.change(TEXT.replace("raduis", "radius"))
        assert not any("Show dismissed" in each["title"] for each in await here.menu())
        # Nothing was shown, so nothing is taken away.
        assert here.client.unexpected() == []


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_finding_is_fixed_from_the_menu(place: Place, profile: str) -> None:
    mended = "```python\ndef area(radius):\n    return math.pi * radius ** 2\n```\n"
    answers = iter([answer(), mended])
    async with desk(place, profile, lambda body: next(answers)) as here:
        await reviewed(here)
        [entry] = [each for each in await here.menu(diagnostics=[]) if each["title"].startswith("Fix: ")]
        assert "≤ $0." in entry["title"]
        assert entry["diagnostics"][0]["source"] == "tierlsp"
        await here.command(entry["command"]["command"], entry["command"]["arguments"][0])
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert (await here.client.expect("textDocument/publishDiagnostics"))["diagnostics"] == []
        assert "fixed 1 problem" in await here.ended()
        assert "every call fails" in json.dumps(here.provider.questions[-1])
        assert "raduis" not in here.text


@pytest.mark.parametrize("profile", PROFILES)
async def test_what_a_finding_proposes_is_taken_for_nothing_after_the_usual_checks(place: Place, profile: str) -> None:
    async with desk(place, profile, lambda body: answer()) as here:
        await reviewed(here)
        here.change(TEXT + "# below\n")
        [entry] = [each for each in await here.menu(diagnostics=[]) if each["title"].startswith("Fix as proposed")]
        await here.command(entry["command"]["command"], entry["command"]["arguments"][0])
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert (await here.client.expect("textDocument/publishDiagnostics"))["diagnostics"] == []
        message = await here.ended()
        assert "proposed" in message
        assert "$" not in message
        assert here.text == TEXT.replace("raduis", "radius") + "# below\n"
        assert len(here.provider.questions) == 1
        with pytest.raises(Refused, match="no such finding"):
            await here.command(entry["command"]["command"], entry["command"]["arguments"][0])


@pytest.mark.parametrize("fix", ["    return (math.pi * radius", "    # ... rest unchanged"])
async def test_a_proposal_that_does_not_pass_changes_nothing(place: Place, fix: str) -> None:
    async with desk(place, answer=lambda body: answer(FINDING | {"fix": fix})) as here:
        await reviewed(here)
        [entry] = [each for each in await here.menu(diagnostics=[]) if each["title"].startswith("Fix as proposed")]
        await here.command(entry["command"]["command"], entry["command"]["arguments"][0])
        await here.progress()
        assert "nothing was changed" in await here.ended()
        assert here.text == TEXT


async def test_the_menu_stays_short_and_unasked_offers_only_the_fix(place: Place) -> None:
    async with desk(place, "vscode", lambda body: answer()) as here:
        assert "refactor.review.tierlsp" in {each["kind"] for each in await here.menu(only=["refactor"])}
        await reviewed(here)
        assert len(await here.menu()) <= 6
        titles = [each["title"] for each in await here.menu(triggerKind=2, diagnostics=[])]
        assert [title[:6] for title in titles] == ["Fix as", "Fix: t"]
        assert await here.menu(only=["refactor.explain"], diagnostics=[]) != []


@pytest.mark.parametrize("title", ["Review", "Audit"])
async def test_a_review_keeps_to_the_price_that_the_menu_has_shown(place: Place, title: str) -> None:
    async with desk(place, "vscode", lambda body: answer(), status=True) as here:
        offered = await here.menu(only=["refactor"], diagnostics=[])
        entry = next(each for each in offered if each["title"].startswith(title))
        argument = entry["command"]["arguments"][0]
        assert argument["maxUsd"] > 0
        await here.command("tierlsp.run", argument)
        await here.progress()
        assert len((await here.client.expect("textDocument/publishDiagnostics"))["diagnostics"]) == 1
        await here.reply("window/showDocument", {"success": True})
        end = await here.client.expect("tierlsp/runFinished")
        assert (end["outcome"], end["tier"]) == ("done", "premium")
        await drained(here.client)


async def test_closing_the_document_clears_its_findings(place: Place) -> None:
    async with desk(place, answer=lambda body: answer()) as here:
        await reviewed(here)
        here.client.notify("textDocument/didClose", {"textDocument": {"uri": here.uri}})
        assert (await here.client.expect("textDocument/publishDiagnostics"))["diagnostics"] == []


async def test_a_second_review_costs_nothing_where_nothing_changed(place: Place) -> None:
    async with desk(place, answer=lambda body: answer()) as here:
        first, _ = await reviewed(here)
        again, message = await reviewed(here)
        assert again == first
        assert "$" not in message
        assert len(here.provider.questions) == 1
        [kept] = (place.home / "cache").rglob("reviews/*.json")
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert "print(area(2))" not in kept.read_text()


async def test_findings_find_their_code_in_a_text_that_moved_meanwhile(place: Place) -> None:
    may_answer = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await may_answer.wait()
        yield answer()

    async with desk(place, answer=lambda body: slowly()) as here:
        await here.run(action="review", diagnostics=[], scope="file")
        await here.progress()
        await until(lambda: here.provider.running == 1)
        here.change("# new\n" + TEXT)
        await here.menu()
        may_answer.set()
        published = await here.client.expect("textDocument/publishDiagnostics")
        assert published["diagnostics"][0]["range"]["start"]["line"] == 5
        await here.reply("window/showDocument", {"success": True})
        await here.ended()


async def test_findings_whose_code_was_changed_meanwhile_are_said_to_stand_on_the_page_alone(place: Place) -> None:
    may_answer = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await may_answer.wait()
        yield answer()

    async with desk(place, answer=lambda body: slowly()) as here:
        await here.run(action="review", diagnostics=[], scope="file")
        await here.progress()
        await until(lambda: here.provider.running == 1)
        here.change(TEXT.replace("raduis", "radius"))
        await here.menu()
        may_answer.set()
        await here.reply("window/showDocument", {"success": True})
        assert "1 error; one of them is only on the page" in await here.ended()


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("END", "nothing was found"),
        ("I looked at it and it is fine.", "0 of 1 parts"),
        (answer(FINDING | {"evidence": "os.system(argv[1])"}), "without evidence"),
    ],
)
async def test_where_nothing_can_be_shown_nothing_is_published_and_the_end_says_so(
    place: Place, profile: str, reply: str, words: str
) -> None:
    async with desk(place, profile, lambda body: reply) as here:
        await here.run(action="review", diagnostics=[], scope="file")
        await here.progress()
        assert words in await here.ended()


async def test_a_hostile_answer_shows_nothing_that_hides_or_links(place: Place) -> None:
    message = "see [this](https://evil.test/?q=1) ![x](https://evil.test) <img src=x>\u202e\u200bhidden\nnew line"
    async with desk(place, answer=lambda body: answer(FINDING | {"message": message})) as here:
        await here.run(action="review", diagnostics=[], scope="file")
        await here.progress()
        [shown] = (await here.client.expect("textDocument/publishDiagnostics"))["diagnostics"]
        assert not {"\n", "\u202e", "\u200b"} & set(shown["message"])
        params = await here.reply("window/showDocument", {"success": True})
        page = Path(unquote(urlsplit(params["uri"]).path)).read_text(encoding="utf-8")
        assert "](https://" not in page
        assert "<img" not in page.replace("\\<img", "")
        await here.ended()


async def test_cancelling_a_review_closes_the_connection_and_shows_nothing(place: Place) -> None:
    async def for_ever() -> AsyncIterator[str]:
        while True:
            yield "word "
            await asyncio.sleep(0.01)

    async with desk(place, answer=lambda body: for_ever()) as here:
        run = await here.run(action="audit", diagnostics=[], scope="file")
        await here.progress()
        await until(lambda: here.provider.running == 1)
        await here.command("tierlsp.cancel", {"runId": run})
        assert "cancelled" in await here.ended()
        await until(lambda: here.provider.running == 0)
        spent = await here.command("tierlsp.usage")
        assert spent["calls"] == 1


async def test_an_audit_says_which_weakness(place: Place) -> None:
    found = FINDING | {"cwe": "CWE-94", "category": "security"}
    async with desk(place, answer=lambda body: answer(found)) as here:
        published, _ = await reviewed(here, action="audit")
        assert published["diagnostics"][0]["code"] == "CWE-94"
        # A review finds its own, beside.
        published, _ = await reviewed(here)
        assert len(published["diagnostics"]) == 2


async def test_a_dismissal_that_makes_no_sense_is_refused(place: Place) -> None:
    async with desk(place) as here:
        assert await here.command("tierlsp.dismissFinding", {"uri": here.uri, "fingerprint": "x"}) == {
            "dismissed": False
        }
        unknown = {"uri": here.uri, "fingerprint": "x", "undo": True}
        assert await here.command("tierlsp.dismissFinding", unknown) == {"restored": False}
        for wrong in ({"uri": here.uri}, unknown | {"undo": "yes"}):
            with pytest.raises(Refused, match="fingerprint"):
                await here.command("tierlsp.dismissFinding", wrong)


def test_the_place_of_the_problem_is_the_one_of_the_desk() -> None:
    assert TEXT.split("\n")[SPAN["start"]["line"]].strip() == FINDING["evidence"].strip()

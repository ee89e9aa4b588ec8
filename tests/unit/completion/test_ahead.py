"""What the engine does while nobody waits: ask with the change, tell of more, make what comes next, read ahead."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.fakes import settle
from tests.unit.completion.rig import FakeLookup, Rig, at
from tierlsp.backends.base import Model
from tierlsp.completion.generator import SETTLE_LINES
from tierlsp.completion.rates import Rates
from tierlsp.completion.request import Answer
from tierlsp.trace import Outcome, Source

AREA = "def area(r):\n    return █\n\nprint(area(2))\n"


def typed(text: str) -> str:
    """Return `AREA` with `text` typed at the cursor."""
    return AREA.replace("█", f"{text}█")


async def proven(**settings: Any) -> Rig:
    """Return an engine that has seen one request come where it was expected after a change."""
    rig = await Rig(**settings).ready()
    for text in (AREA, typed("a")):
        rig.change(text)
        await rig.clock.tick(35)
        rig.ask(text)
        await rig.clock.tick(400)
        rig.backend.say("1\n")
        rig.backend.finish()
        await settle()
    return rig


# ---------------------------------------------------------------------- asking with the change


async def test_the_model_is_asked_with_the_change_and_the_request_joins_it() -> None:
    rig = await proven()
    asked = len(rig.backend.requests)
    rig.change(typed("b"))
    await rig.clock.tick(2)
    assert len(rig.backend.requests) == asked + 1
    rig.backend.say("ase * 2\n")
    await rig.clock.tick(33)
    assert rig.now(typed("b")).text == "ase * 2"
    assert len(rig.backend.requests) == asked + 1


async def test_an_early_generation_with_nothing_to_say_is_not_asked_for_again() -> None:
    rig = await proven()
    asked = len(rig.backend.requests)
    rig.change(typed("b"))
    await rig.clock.tick(2)
    future = rig.later(typed("b"))
    rig.backend.finish()
    await settle()
    assert future.result().outcome is Outcome.EMPTY
    assert len(rig.backend.requests) == asked + 1


async def test_a_generation_that_goes_another_way_is_replaced_before_the_request_comes() -> None:
    rig = await proven()
    rig.change(typed("b"))
    await rig.clock.tick(35)
    rig.ask(typed("b"))
    asked = len(rig.backend.requests)
    rig.change(typed("bo"))
    await rig.clock.tick(2)
    assert len(rig.backend.requests) == asked
    rig.backend.say("ase\n")
    await settle()
    assert len(rig.backend.requests) == asked + 1
    assert rig.backend.requests[-1].prefix.endswith("bo")


async def test_changes_that_no_request_follows_ask_the_model_once_and_then_no_more() -> None:
    rig = await proven()
    asked = len(rig.backend.requests)
    for number in range(20):
        rig.change(typed("b" * number))
        await rig.clock.tick(20)
    assert len(rig.backend.requests) <= asked + 1


async def test_a_request_elsewhere_than_expected_ends_the_asking_with_the_change() -> None:
    rig = await proven()
    rig.change(typed("b"))
    await rig.clock.tick(2)
    rig.ask(AREA.replace("█", "b").replace("print", "print█"))
    await settle()
    asked = len(rig.backend.requests)
    rig.change(typed("bc"))
    await rig.clock.tick(30)
    assert len(rig.backend.requests) == asked


async def test_nothing_is_asked_with_a_change_before_a_request_was_seen() -> None:
    rig = await Rig().ready()
    rig.change(AREA)
    await rig.clock.tick(1_000)
    assert rig.backend.requests == []


@pytest.mark.parametrize(
    "settings",
    [
        {"debounce": 75},
        {"power": "saving"},
        {"trigger": "manual"},
        {"base_url": "http://10.0.0.7:11434"},
    ],
    ids=["a fixed debounce", "saving power", "asked for by hand", "another machine"],
)
async def test_nothing_is_asked_with_a_change_where_the_person_would_not_want_it(settings: dict[str, object]) -> None:
    rig = await proven(**settings)
    asked = len(rig.backend.requests)
    rig.change(typed("b"))
    await rig.clock.tick(30)
    assert len(rig.backend.requests) == asked


async def test_nothing_is_asked_or_read_ahead_once_the_person_has_paused() -> None:
    rig = await proven()
    rig.backend.loaded_models = ("qwen2.5-coder:1.5b-base",)
    rig.engine.opened(at(LONG + "█"))
    rig.engine.stop_generating()
    asked = len(rig.backend.requests)
    rig.change(typed("b"))
    await rig.clock.tick(1_000)
    assert len(rig.backend.requests) == asked


async def test_a_place_where_nothing_is_offered_is_not_asked_for_early() -> None:
    rig = await proven()
    asked = len(rig.backend.requests)
    rig.change(AREA.replace("█", "na█me"))
    await rig.clock.tick(30)
    assert len(rig.backend.requests) == asked


# ---------------------------------------------------------------------- telling of more


async def test_an_editor_that_can_ask_again_is_told_of_the_whole_line() -> None:
    rig = await Rig(can_refresh=True, budget_ms=60).ready()
    future = rig.later(AREA)
    await settle()
    rig.backend.say("3.14 * ra")
    await rig.clock.tick(60)
    assert (future.result().text, future.result().outcome) == ("3.14 *", Outcome.PARTIAL)
    assert rig.better == []
    rig.backend.say("dius\n")
    await settle()
    assert [cursor.line for cursor in rig.better] == [1]
    assert rig.now(AREA).text == "3.14 * radius"


async def test_an_editor_is_told_of_what_comes_in_the_same_read_as_the_words_that_it_was_answered_with() -> None:
    rig = await Rig(can_refresh=True, budget_ms=60).ready()
    future = rig.later(AREA)
    await rig.clock.tick(70)
    rig.backend.say("3.14 * ra")
    rig.backend.say("dius\n")
    await settle()
    assert future.result().outcome is Outcome.PARTIAL
    assert [cursor.line for cursor in rig.better] == [1]


async def test_an_editor_that_cannot_ask_again_waits_for_the_whole_line() -> None:
    rig = await Rig(budget_ms=60).ready()
    future = rig.later(AREA)
    await settle()
    rig.backend.say("3.14 * ra")
    await rig.clock.tick(60)
    assert not future.done()
    rig.backend.say("dius\n")
    await settle()
    assert future.result().text == "3.14 * radius"
    assert rig.better == []


async def test_a_text_that_does_not_extend_what_is_shown_is_not_told_of() -> None:
    rig = await Rig(FakeLookup("guess"), can_refresh=True, budget_ms=60).ready()
    future = rig.later(AREA)
    await rig.clock.tick(60)
    assert future.result().source is Source.LOOKUP
    rig.backend.say("3.14 * r\n")
    await settle()
    assert rig.better == []


@pytest.mark.parametrize("instead", ["", "3.14"])
@pytest.mark.parametrize("can_refresh", [True, False])
async def test_who_was_answered_before_a_model_was_found_is_told_of_its_text(
    instead: str, can_refresh: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an editor that has just been opened on a busy machine: nobody types before the text is there."""
    rig = Rig(FakeLookup(instead), can_refresh=can_refresh)
    found = asyncio.Event()
    models = rig.backend.models

    async def slowly() -> tuple[Model, ...]:
        await found.wait()
        return await models()

    monkeypatch.setattr(rig.backend, "models", slowly)
    future = rig.later(AREA)
    await rig.clock.tick(10_000)
    assert future.result().text == instead
    found.set()
    await settle()
    assert len(rig.backend.requests) == can_refresh
    if can_refresh:
        rig.backend.say("3.14 * radius\n")
        await settle()
    assert [cursor.line for cursor in rig.better] == [1] * can_refresh


async def test_nothing_is_told_of_a_text_that_has_changed() -> None:
    rig = await Rig(can_refresh=True, budget_ms=60).ready()
    rig.later(AREA)
    await settle()
    rig.backend.say("3.14 * ra")
    await rig.clock.tick(60)
    rig.change(typed("3"))
    rig.backend.say("dius\n")
    await settle()
    assert rig.better == []


# ---------------------------------------------------------------------- what comes next

LOOP = "for item in items:\n    total = add(█\n"
LINE = "total, item)"


async def test_the_line_behind_an_accepted_one_is_there_at_once() -> None:
    rig = await Rig().ready()
    rig.later(LOOP.replace("add(█", "█"))
    await settle()
    rig.backend.say("add(total, item)\n    print(total)\n    count += 1\n")
    await settle()
    assert rig.now(LOOP.replace("add(█", "add(total, item)█")).text.startswith("\n    print(total)")
    assert rig.now(LOOP.replace("add(█", "add(total, item)\n    █")).text.startswith("print(total)")
    assert len(rig.backend.requests) == 1


async def test_what_is_made_ahead_gives_way_to_a_request() -> None:
    rig = await Rig().ready()
    rig.later(LOOP.replace("add(█", "█"))
    await settle()
    rig.backend.say("add(total, item)\n")
    await settle()
    future = rig.later(LOOP.replace("add(█", "sub█"))
    await settle()
    rig.backend.say("tract(total)\n")
    await settle()
    assert future.result().text == "tract(total)"
    assert rig.engine.generator.flights.abandoned >= 1


async def test_where_nothing_comes_behind_a_text_the_model_is_asked_once_while_it_is_typed_along() -> None:
    rig = await Rig().ready()
    rig.later(AREA)
    await settle()
    rig.backend.say("3.14 * r")
    rig.backend.finish()
    await settle()
    for length in range(8):
        assert rig.now(typed("3.14 * r"[:length])).text
        await rig.clock.tick(80)
        if len(rig.backend.requests) > 1:
            rig.backend.finish()
    assert len(rig.backend.requests) == 2


async def test_somebody_who_types_everything_costs_no_speculation() -> None:
    rig = await Rig().ready()
    for number in range(40):
        place = f"value_{number} = █\n"
        rig.ask(place)
        await settle()
        rig.backend.say("wanted_value\n")
        rig.backend.finish()
        await settle()
        rig.ask(place.replace("█", "quite_another_thing█"))
        await settle()
    asked = len(rig.backend.requests)
    rig.backend.say("_here\n")
    rig.backend.finish()
    await rig.clock.tick(1_000)
    assert [request for request in rig.backend.requests[asked:] if request.max_tokens > 1] == []


async def test_behind_texts_of_no_use_nothing_is_looked_for() -> None:
    rig = await Rig().ready()
    for number in range(3):
        rig.ask(f"value_{number} = █\n")
        await settle()
        rig.backend.say("another\n")
        rig.backend.finish()
        await settle()
    asked = len(rig.backend.requests)
    await rig.clock.tick(1_000)
    assert [request for request in rig.backend.requests[asked:] if request.max_tokens > 1] == []


# ---------------------------------------------------------------------- reading ahead

LONG = "\n".join(f"value_{number} = compute({number}, 'a', 'b')" for number in range(200)) + "\n"


async def test_a_document_that_is_opened_is_read_ahead_by_a_model_that_is_loaded() -> None:
    rig = await Rig().ready()
    rig.backend.loaded_models = ("qwen2.5-coder:1.5b-base",)
    rig.engine.opened(at(LONG + "█"))
    await rig.clock.tick(1_000)
    assert [request.max_tokens for request in rig.backend.requests] == [1]


async def test_reading_ahead_throws_no_other_model_out_of_the_servers_memory() -> None:
    rig = await Rig().ready()
    rig.backend.loaded_models = ("a-chat-model:70b",)
    rig.engine.opened(at(LONG + "█"))
    await rig.clock.tick(1_000)
    assert rig.backend.requests == []


async def test_a_prompt_that_was_read_is_not_read_ahead_again() -> None:
    rig = await Rig().ready()
    rig.backend.loaded_models = ("qwen2.5-coder:1.5b-base",)
    rig.later(LONG + "█")
    await settle()
    rig.backend.say("x\n")
    rig.backend.finish()
    await rig.clock.tick(1_000)
    assert [request.max_tokens for request in rig.backend.requests if request.max_tokens == 1] == []


@pytest.mark.parametrize("lines", [SETTLE_LINES - 1, SETTLE_LINES])
async def test_what_only_later_requests_need_is_read_once_the_person_is_away_for_as_long(lines: int) -> None:
    """Reading takes over a second here: begun at each rest, it would be in the way of the next key."""
    rig = await Rig(rates=Rates(10.0, 100.0, 10.0), patience_ms=10_000).ready()
    rig.backend.loaded_models = ("qwen2.5-coder:1.5b-base",)
    for text, ms in ((LONG, 5_000), (LONG + "another = compute_something_else(value_1)\n" * lines, 10)):
        rig.later(text + "█")
        await rig.clock.tick(ms)
        rig.backend.say("x\n")
        rig.backend.finish()
        await settle()
    asked = len(rig.backend.requests)
    await rig.clock.tick(900)
    assert len(rig.backend.requests) == asked
    await rig.clock.tick(3_000)
    assert [request.max_tokens for request in rig.backend.requests[asked:]] == [1] * (lines == SETTLE_LINES)


async def test_after_a_pause_of_the_server_nothing_is_planned() -> None:
    rig = await Rig().ready()
    rig.backend.loaded_models = ("qwen2.5-coder:1.5b-base",)
    rig.engine.opened(at(LONG + "█"))
    await rig.engine.aclose()
    await rig.clock.tick(1_000)
    assert rig.backend.requests == []


# ---------------------------------------------------------------------- forty keys

KEYS = "result = compute_something(alpha, beta42)"


async def write_forty_keys(rig: Rig, answer: str | None) -> tuple[int, int, list[Answer]]:
    """Type `KEYS` at 80 ms a key, with a model that answers after 50 ms: right, or with `answer`.

    Return the keys with a text before the next one, the calls, and the answers in the order of the keys.
    """
    seen = 0
    answers: list[Answer] = []
    told: set[int] = set()
    for length in range(1, len(KEYS)):
        text = f"import os\n\n{KEYS[:length]}█\n"
        rig.change(text)
        await rig.clock.tick(5)
        result = rig.ask(text)
        if not isinstance(result, Answer):
            await rig.clock.tick(50)
            if len(rig.backend.requests) not in told and rig.engine.generator.flights.stream is not None:
                told.add(len(rig.backend.requests))
                rig.backend.say(KEYS[length:] + "\n" if answer is None else answer)
            await rig.clock.tick(25)
        else:
            await rig.clock.tick(75)
        if isinstance(result, Answer):
            answers.append(result)
        elif result.done() and not result.cancelled():
            answers.append(result.result())
        else:
            rig.change(text)
            answers.append(await asyncio.wait_for(result, 1))
        seen += bool(answers[-1].text)
    return seen, len(rig.backend.requests), answers


async def test_forty_keys_with_a_model_that_is_right_show_text_at_all_but_the_first_and_cost_three_calls() -> None:
    seen, calls, _ = await write_forty_keys(await Rig().ready(), None)
    assert seen >= 38
    assert calls <= 3


async def test_forty_keys_with_a_model_that_is_always_wrong_cost_eight_calls_and_leave_no_key_unanswered() -> None:
    rig = await Rig().ready()
    _, calls, answers = await write_forty_keys(rig, "wrong_from_the_start\n")
    assert calls <= 8
    assert len(answers) == len(KEYS) - 1
    assert rig.backend.requests[-1].prefix != rig.backend.requests[0].prefix


async def test_a_text_that_was_turned_down_stays_away_from_its_place() -> None:
    rig = await Rig().ready()
    rig.later(AREA)
    await settle()
    rig.backend.say("3.14 * r\n")
    rig.backend.finish()
    await settle()
    assert rig.now(AREA).text == "3.14 * r"
    rig.ask(typed("math"))
    await settle()
    assert rig.now(AREA).text == ""
    assert rig.now(AREA, is_manual=True).text == "3.14 * r"
    assert rig.now(typed("3.14 ")).text == "* r"

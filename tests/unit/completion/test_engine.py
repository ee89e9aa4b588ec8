"""The engine, with time and the model in the test's hands: who is answered, when, with what, and what is asked."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator

import pytest

from tests.fakes import settle
from tests.unit.completion.rig import URI, FakeLookup, Rig, at
from tierlsp.backends.base import Chunk, FimRequest, Model, Usage
from tierlsp.completion.anchor import anchor_of
from tierlsp.completion.answers import MOST_OTHERS, others_than
from tierlsp.completion.candidates import Candidate
from tierlsp.completion.filters.base import Cut
from tierlsp.completion.gate import Gate
from tierlsp.completion.request import Answer
from tierlsp.completion.supply import MOST_TOO_LONG, State
from tierlsp.errors import Garbled, Rejected, Unavailable
from tierlsp.trace import Outcome, Source

AREA = "def area(r):\n    return █\n\nprint(area(2))\n"


async def test_the_model_is_asked_and_its_line_answers() -> None:
    rig = await Rig().ready()
    future = rig.later(AREA)
    await settle()
    rig.backend.say("3.14 * r")
    await rig.clock.tick(50)
    assert not future.done()
    rig.backend.say(" * r")
    rig.backend.finish()
    await settle()
    answer = future.result()
    assert (answer.text, answer.outcome, answer.source) == ("3.14 * r * r", Outcome.FRESH, Source.MODEL)
    assert answer.ms == 50
    assert answer.model == "qwen2.5-coder:1.5b-base"


async def test_typing_along_a_finished_line_asks_the_model_once() -> None:
    rig = await Rig().ready()
    rig.later(AREA)
    await settle()
    rig.backend.say("3.14 * r * r")
    rig.backend.finish()
    await settle()
    line = "3.14 * r * r"
    for length in range(len(line)):
        answer = rig.now(AREA.replace("█", line[:length] + "█"))
        assert answer.text == line[length:]
        assert answer.outcome is (Outcome.TYPED if length else Outcome.HIT)
        assert answer.source is Source.CACHE
    assert len(rig.backend.requests) == 1


async def test_a_key_that_agrees_joins_the_running_generation() -> None:
    rig = await Rig().ready()
    first = rig.later(AREA)
    await settle()
    rig.backend.say("3.14")
    await settle()
    second = rig.later(AREA.replace("█", "3█"))
    third = rig.later(AREA.replace("█", "3.14 * █"))
    await settle()
    rig.backend.say(" * r")
    rig.backend.finish()
    await settle()
    assert first.result().outcome is Outcome.STALE
    assert second.result().outcome is Outcome.STALE
    assert (third.result().text, third.result().outcome) == ("r", Outcome.JOINED)
    assert len(rig.backend.requests) == 1
    assert rig.engine.generator.flights.abandoned == 0


async def test_a_generation_that_diverged_is_closed_at_once_and_a_new_one_started() -> None:
    rig = await Rig().ready()
    rig.later(AREA)
    await settle()
    rig.backend.say("3.14")
    await settle()
    second = rig.later(AREA.replace("█", "4█"))
    await settle()
    assert len(rig.backend.requests) == 2
    assert rig.backend.closed == rig.backend.requests[:1]
    rig.backend.say(" * r")
    rig.backend.finish()
    await settle()
    assert (second.result().text, second.result().outcome) == (" * r", Outcome.FRESH)


async def test_a_generation_that_goes_another_way_than_the_person_is_replaced_while_it_runs() -> None:
    rig = await Rig().ready()
    rig.later(AREA)
    await settle()
    second = rig.later(AREA.replace("█", "4█"))
    await settle()
    assert len(rig.backend.requests) == 1, "nothing is written yet, so nothing disagrees"
    rig.backend.say("3.14")
    await settle()
    assert len(rig.backend.requests) == 2
    rig.backend.say("2")
    rig.backend.finish()
    await settle()
    assert second.result().text == "2"


async def test_a_newer_request_answers_the_older_one_with_nothing() -> None:
    rig = await Rig().ready()
    first = rig.later(AREA)
    rig.later(AREA.replace("█", "x█"))
    assert first.result().outcome is Outcome.STALE
    assert first.result().text == ""


async def test_a_change_or_a_close_answers_the_waiting_request_with_nothing() -> None:
    rig = await Rig().ready()
    first = rig.later(AREA)
    rig.engine.changed(URI)
    assert first.result().outcome is Outcome.STALE
    second = rig.later(AREA.replace("█", "x█"))
    await settle()
    rig.engine.closed(URI)
    await settle()
    assert second.result().outcome is Outcome.STALE
    assert len(rig.backend.closed) == 1, "nobody wants what it writes for a closed document"


async def test_a_withdrawn_request_leaves_the_generation_running_for_the_next() -> None:
    rig = await Rig().ready()
    first = rig.later(AREA)
    await settle()
    first.cancel()
    await settle()
    rig.backend.say("3.14")
    rig.backend.finish()
    await settle()
    assert rig.now(AREA).text == "3.14"
    assert rig.engine.tally.outcomes[Outcome.CANCELLED] == 1


async def test_a_block_is_answered_whole_if_it_comes_within_the_budget() -> None:
    rig = await Rig(budget_ms=60).ready()
    future = rig.later("def f(xs):\n    █\n")
    await settle()
    rig.backend.say("for x in xs:\n        print(x)\n")
    await rig.clock.tick(50)
    assert not future.done(), "the first line is there, and there is time for the block"
    rig.backend.say("    return xs")
    rig.backend.finish()
    await settle()
    assert future.result().text == "for x in xs:\n        print(x)\n    return xs"


async def test_past_the_budget_the_first_whole_lines_answer_and_the_rest_is_kept() -> None:
    rig = await Rig(budget_ms=60).ready()
    future = rig.later("def f(xs):\n    █\n")
    await settle()
    rig.backend.say("for x in xs:\n        pri")
    await rig.clock.tick(60)
    assert (future.result().text, future.result().outcome) == ("for x in xs:", Outcome.PARTIAL)
    rig.backend.say("nt(x)")
    rig.backend.finish()
    await settle()
    assert rig.now("def f(xs):\n    for█\n").text == " x in xs:\n        print(x)"


async def test_a_single_line_place_stops_the_model_at_the_lines_end() -> None:
    rig = await Rig().ready()
    future = rig.later("total = █ + 1\nprint(total)\n")
    await settle()
    assert "\n" in rig.backend.requests[0].stop
    rig.backend.say("sum(xs)")
    rig.backend.say("\nmore")
    await settle()
    assert future.result().text == "sum(xs)"
    assert len(rig.backend.closed) == 1


async def test_patience_ends_with_what_the_embedded_completer_is_sure_of() -> None:
    rig = await Rig(FakeLookup("guess"), patience_ms=2000).ready()
    future = rig.later(AREA)
    await rig.clock.tick(1999)
    assert not future.done()
    await rig.clock.tick(1)
    assert (future.result().text, future.result().outcome) == ("guess", Outcome.LOOKUP)


async def test_patience_ends_with_nothing_where_nobody_is_sure_and_the_generation_goes_on() -> None:
    rig = await Rig(FakeLookup("guess", is_confident=False), patience_ms=2000).ready()
    future = rig.later(AREA)
    await rig.clock.tick(2000)
    assert (future.result().text, future.result().outcome) == ("", Outcome.LATE)
    rig.backend.say("3.14")
    rig.backend.finish()
    await settle()
    assert rig.now(AREA).text == "3.14"


async def test_a_model_known_to_be_slow_is_not_waited_for_where_the_embedded_completer_is_sure() -> None:
    rig = await Rig(FakeLookup("guess"), patience_ms=2000, budget_ms=60).ready()
    rig.later(AREA)
    await rig.clock.tick(9000)
    rig.backend.say("3.14")
    rig.backend.finish()
    await settle()
    future = rig.later("x = 1\ny = █\n")
    await rig.clock.tick(60)
    assert future.result().outcome is Outcome.LOOKUP


async def test_a_guess_made_for_want_of_the_model_does_not_keep_the_model_from_being_asked() -> None:
    rig = await Rig(FakeLookup("guess"), can_refresh=True, budget_ms=60).ready()
    future = rig.later(AREA)
    await rig.clock.tick(60)
    assert future.result().outcome is Outcome.LOOKUP
    rig.later("x = 1\ny = █\n")
    asked = len(rig.backend.requests)
    rig.later(AREA)
    await settle()
    assert len(rig.backend.requests) == asked + 1


async def test_without_a_model_the_embedded_completer_answers_at_once() -> None:
    rig = Rig(FakeLookup("guess"))
    rig.backend.models_answer = Unavailable("nobody answers", cause="refused")
    first = rig.later(AREA)
    await settle()
    assert first.result().outcome is Outcome.LOOKUP
    assert rig.statuses == [State.UNCONFIGURED]
    assert rig.now("z = █\n").text == "guess"
    assert rig.now("z = gu█\n").text == "ess", "a guess that is shown is typed along like any completion"


async def test_a_model_that_is_named_and_missing_is_a_failure_with_a_sentence() -> None:
    rig = Rig(None, model="ollama/codestral:22b")
    first = rig.later(AREA)
    await settle()
    assert first.result().outcome is Outcome.FAILED
    assert rig.supply.status.state is State.DOWN
    assert "codestral:22b" in rig.supply.status.detail
    assert "ollama pull codestral:22b" in rig.supply.status.detail


async def test_a_model_is_looked_for_again_only_after_a_while_and_found_then() -> None:
    rig = Rig(None)
    found, rig.backend.models_answer = rig.backend.models_answer, Unavailable("down", cause="refused")
    rig.later(AREA)
    await settle()
    rig.backend.models_answer = found
    assert rig.now(AREA).outcome is Outcome.EMPTY
    await settle()
    assert rig.supply.serving is None, "it was asked a moment ago"
    await rig.clock.tick(1000)
    rig.now(AREA)
    await settle()
    assert rig.supply.serving is not None


async def test_a_prompt_that_was_too_long_makes_the_next_one_shorter() -> None:
    long = "\n".join(f"value_{number} = compute({number})" for number in range(300))
    rig = await Rig().ready()
    lengths = []
    for number in range(4):
        future = rig.later(f"{long}\nanother_{number} = █")
        await settle()
        lengths.append(len(rig.backend.requests[-1].prompt or ""))
        rig.backend.fail(Rejected("the prompt is longer than the context", cause="context"))
        await settle()
        assert future.result().outcome is Outcome.FAILED
        assert rig.supply.serving is not None
    assert all(after < 0.85 * before for before, after in itertools.pairwise(lengths)), lengths


async def test_a_server_that_finds_every_prompt_too_long_is_told_of() -> None:
    rig = await Rig().ready()
    for number in range(MOST_TOO_LONG + 1):
        assert rig.supply.serving is not None
        rig.later(f"another_{number} = █")
        await settle()
        rig.backend.fail(Rejected("the prompt is longer than the context", cause="context"))
        await settle()
    assert rig.supply.serving is None


async def test_a_failing_generation_falls_back_and_is_told() -> None:
    rig = await Rig(FakeLookup("guess")).ready()
    future = rig.later(AREA)
    await settle()
    rig.backend.fail(Unavailable("it went away", cause="refused"))
    await settle()
    assert future.result().outcome is Outcome.LOOKUP
    assert rig.supply.serving is None


async def test_an_answer_that_cannot_be_read_fails_alone() -> None:
    rig = await Rig().ready()
    future = rig.later(AREA)
    await settle()
    rig.backend.fail(Garbled("nonsense", cause="json"))
    await settle()
    assert future.result().outcome is Outcome.FAILED
    assert rig.supply.serving is not None, "the next answer may be whole"


async def test_nothing_to_add_is_remembered_for_that_place() -> None:
    rig = await Rig().ready()
    future = rig.later("x = 1█\n")
    await settle()
    rig.backend.finish()
    await settle()
    assert future.result().outcome is Outcome.EMPTY
    assert rig.now("x = 1█\n").outcome is Outcome.EMPTY
    assert len(rig.backend.requests) == 1


async def test_the_latest_document_wins_the_one_slot() -> None:
    rig = await Rig().ready()
    first = rig.later(AREA)
    await settle()
    second = rig.later("y = █\n", uri="file:///b.py")
    await settle()
    assert first.result().outcome is Outcome.STALE
    assert len(rig.backend.closed) == 1
    rig.backend.say("1")
    rig.backend.finish()
    await settle()
    assert second.result().text == "1"


async def test_a_debounce_in_milliseconds_is_kept_for_automatic_requests_only() -> None:
    rig = await Rig(debounce=75).ready()
    rig.later(AREA)
    await rig.clock.tick(74)
    assert rig.backend.requests == []
    await rig.clock.tick(1)
    assert len(rig.backend.requests) == 1
    rig.later(AREA.replace("return", "yield"), is_manual=True)
    await settle()
    assert len(rig.backend.requests) == 2


async def test_what_else_is_known_for_a_place_is_told_without_asking_the_model() -> None:
    rig = await Rig(FakeLookup("PI * r")).ready()
    future = rig.later(AREA)
    await settle()
    rig.backend.say("3.14 * r * r")
    rig.backend.finish()
    await settle()
    answer = future.result()
    here = at(AREA)
    anchor = anchor_of(here)
    for text in ("3.14 * r", "r * r * 3", "r * r * 3\n\nprint()", "PI * r * r", "1", "2", "3"):
        rig.engine.candidates.add(URI, Candidate(anchor, text, "m"))
    requests = len(rig.backend.requests)
    others = [each.text for each in others_than(answer, here, rig.engine.candidates, rig.engine.lookup)]
    # The newest first; what only begins or continues another one is that one.
    assert others == ["2", "1", "PI * r * r", "r * r * 3\n\nprint()"]
    assert len(others) == MOST_OTHERS
    assert others_than(Answer(Outcome.EMPTY), here, rig.engine.candidates, rig.engine.lookup) == []
    rig.engine.candidates.clear()
    [guess] = others_than(answer, here, rig.engine.candidates, rig.engine.lookup)
    assert (guess.text, guess.source) == ("PI * r", Source.LOOKUP)
    assert len(rig.backend.requests) == requests


async def test_a_guess_that_is_not_sure_is_no_other_text() -> None:
    rig = await Rig(FakeLookup("PI * r", is_confident=False)).ready()
    assert others_than(Answer(Outcome.FRESH, "3.14"), at(AREA), rig.engine.candidates, rig.engine.lookup) == []


@pytest.mark.parametrize(
    ("text", "is_manual", "gate"),
    [
        ("x = fo█o\n", False, Gate.INSIDE_WORD),
        ("█\n\n", False, Gate.NO_CONTEXT),
        ("x" * 30_000 + "█\n", False, Gate.TOO_LARGE),
    ],
)
async def test_a_gated_place_costs_nothing(text: str, is_manual: bool, gate: Gate) -> None:
    rig = await Rig(FakeLookup("guess")).ready()
    answer = rig.now(text, is_manual=is_manual)
    assert (answer.outcome, answer.gate, answer.text) == (Outcome.GATED, gate, "")
    assert rig.backend.requests == []


async def test_every_request_is_counted_once() -> None:
    rig = await Rig(FakeLookup("guess", is_confident=False)).ready()
    futures = [rig.later(AREA.replace("█", "x" * n + "█")) for n in range(10)]
    futures[-1].cancel()
    rig.now("x = fo█o\n")
    await rig.clock.tick(5000)
    assert sum(rig.engine.tally.outcomes.values()) == 11
    assert rig.engine.tally.outcomes[Outcome.STALE] == 9


async def test_closing_ends_the_generation() -> None:
    rig = await Rig().ready()
    future = rig.later(AREA)
    await settle()
    await rig.engine.aclose()
    assert future.result().outcome is Outcome.STALE
    assert len(rig.backend.closed) == 1


async def test_auto_leaves_out_models_that_would_send_the_text_away() -> None:
    rig = Rig(None)
    rig.backend.models_answer = (Model("qwen3-coder:480b-cloud", "qwen-coder", can_fim=True, is_remote=True),)
    await rig.supply.search()
    assert rig.supply.serving is None


async def test_a_server_that_hangs_costs_one_wait_and_not_one_for_every_key() -> None:
    rig = await Rig(FakeLookup("guess"), patience_ms=2000, budget_ms=60).ready()
    first = rig.later(AREA)
    await rig.clock.tick(2000)
    assert first.result().outcome is Outcome.LOOKUP
    second = rig.later("x = 1\ny = █\n")
    await rig.clock.tick(60)
    assert second.result().outcome is Outcome.LOOKUP
    rig.backend.say("2")
    rig.backend.finish()
    await settle()
    third = rig.later("x = 1\nz = █\n")
    await rig.clock.tick(60)
    assert not third.done(), "the model has answered in time, so it is waited for again"


async def test_what_was_shown_stays_even_if_a_filter_thinks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def moody(text: str, site: object, is_final: bool) -> Cut:
        return Cut(text if text.count("\n") < 2 else "something else\n")

    monkeypatch.setattr("tierlsp.completion.flight.run", moody)
    rig = await Rig(budget_ms=60).ready()
    future = rig.later("def f(xs):\n    █\n")
    await settle()
    rig.backend.say("for x in xs:\n        pri")
    await rig.clock.tick(60)
    assert future.result().text == "for x in xs:"
    rig.backend.say("nt(x)\n")
    await settle()
    assert rig.now("def f(xs):\n    for x█\n").text == " in xs:"
    assert len(rig.backend.closed) == 1


async def test_nobody_waits_for_the_connection_to_be_put_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may keep back the end of its answer's body after its last line."""
    rig = await Rig().ready()
    may_end = asyncio.Event()

    async def fim(request: FimRequest) -> AsyncGenerator[Chunk, None]:
        yield Chunk("3.14 * r * r", Usage(output_tokens=5))
        await may_end.wait()

    monkeypatch.setattr(rig.backend, "fim", fim)
    future = rig.later(AREA)
    await settle()
    assert future.result().text == "3.14 * r * r"
    assert rig.engine.generator.flights.stream is None
    closing = asyncio.create_task(rig.engine.aclose())
    await settle()
    assert not closing.done(), "what still runs is waited for"
    may_end.set()
    await closing

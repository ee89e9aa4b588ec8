"""How a call gets its answer, and how it ends without one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.routing.calling import HANG, QUICK, USAGE, Rig, call_of, good
from tierlsp.backends.chat import ChatChunk, Finish
from tierlsp.errors import Garbled, LedgerError, NeedsConsent, NotAllowed, OverBudget, Overloaded, Rejected, Unavailable
from tierlsp.routing.calls import Piece
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier

REFUSED = Unavailable("nobody answers", cause="refused")
FAILED = Unavailable("it failed (status 500)", cause="server-error")
BAD_KEY = Rejected("the key is wrong", cause="unauthorised")


async def test_a_good_answer_is_one_attempt_paid_once() -> None:
    rig = Rig()
    rig.shelf.play("a/x", ("fi", "ne", ChatChunk("", Finish.STOP, USAGE)))
    told = await rig.run(call_of("a/x", "b/y"))
    answer = told.answer
    assert (answer.text, answer.model, answer.attempts, answer.usage) == ("fine", "a/x", 1, USAGE)
    assert told.shown == "fine"
    assert answer.cost.usd == answer.spent_usd == Decimal("0.002")
    assert rig.accounts.booked[1] == (USAGE, answer.cost, False)
    assert len(rig.accounts.orders) == 1
    order = rig.accounts.orders[1]
    assert order.max_usd is not None and answer.cost.usd is not None and order.max_usd >= answer.cost.usd


async def test_an_edit_is_shown_only_when_it_is_whole() -> None:
    rig = Rig()
    rig.shelf.play("a/x", ("half", Garbled("it broke off", cause="cut")))
    told = await rig.run(call_of("a/x", "b/y", answer="edit"))
    assert told.shown == ""
    assert told.breaks == []
    assert told.answer.text == "fine"


async def test_a_provider_that_is_away_is_passed_over_with_all_of_its_models() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (REFUSED,))
    told = await rig.run(call_of("a/x", "a/other", "b/y"))
    assert told.attempts == ["a/x", "b/y"]
    assert told.afters == ["", "nobody answers"]
    assert rig.accounts.released == [1]
    assert told.answer.spent_usd == told.answer.cost.usd


async def test_a_provider_that_is_no_longer_in_use_is_passed_over_and_held_against_nobody() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (Unavailable("it is no longer in use", cause="closed"),), good())
    told = await rig.run(call_of("a/x", "a/other", "b/y"))
    assert told.attempts == ["a/x", "b/y"]
    assert (await rig.run(call_of("a/x"))).attempts == ["a/x"]


async def test_a_stumble_is_forgiven_once() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (FAILED,), good())
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.attempts == ["a/x", "a/x"]

    rig.shelf.play("a/x", (FAILED,))
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.attempts == ["a/x", "a/x", "b/y"]


async def test_a_short_wait_is_kept_and_a_long_one_is_not_waited_for() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (Overloaded("too many", cause="rate-limit", retry_after_s=1.5),), good())
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.attempts == ["a/x", "a/x"]
    assert 1_500 <= told.ended_ms <= 1_750

    rig.shelf.play("a/x", (Overloaded("too many", cause="rate-limit", retry_after_s=60),), good())
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.attempts == ["a/x", "b/y"]
    assert told.ended_ms < 100
    # And it is left alone for as long as it asked.
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.attempts == ["b/y"]
    await rig.clock.tick(66_000)
    assert (await rig.run(call_of("a/x", "b/y"))).attempts == ["a/x"]


async def test_a_bad_key_is_told_once_and_asked_again_when_the_settings_change() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (BAD_KEY,), good())
    assert (await rig.run(call_of("a/x", "b/y"))).attempts == ["a/x", "b/y"]
    assert (await rig.run(call_of("a/x", "b/y"))).attempts == ["b/y"]
    alone = await rig.run(call_of("a/x"))
    assert alone.attempts == []
    assert "tierlsp doctor --online" in str(alone.failure)
    assert rig.told == [("a", "the key is wrong")]
    rig.health.settings_changed()
    assert (await rig.run(call_of("a/x", "b/y"))).attempts == ["a/x"]


async def test_too_long_a_prompt_goes_only_to_larger_windows() -> None:
    rig = Rig()
    rig.shelf.context |= {"a/x": 8_000, "b/y": 8_000, "c/z": 200_000}
    rig.shelf.play("a/x", (Rejected("too long", cause="context"),))
    told = await rig.run(call_of("a/x", "b/y", higher={Tier.PREMIUM: ("c/z",)}))
    assert told.attempts == ["a/x", "c/z"]
    assert told.answer.tier is Tier.PREMIUM


async def test_a_mistake_of_ours_is_not_made_everywhere() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (Rejected("unknown field `colour`", cause="rejected"),))
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.attempts == ["a/x"]
    assert told.failure.cause == "rejected"
    assert "unknown field" in str(told.failure)


async def test_a_refusal_is_said_and_somebody_else_is_asked() -> None:
    rig = Rig()
    rig.shelf.play("a/x", good("I would rather not", finish=Finish.REFUSAL))
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.attempts == ["a/x", "b/y"]
    assert "a/x declined" in told.afters[1]
    # It was paid, and that is said too.
    assert "$0.0020" in told.afters[1]
    assert told.answer.spent_usd == Decimal("0.004")


async def test_text_that_was_shown_breaks_visibly_and_begins_anew() -> None:
    rig = Rig()
    rig.shelf.play("a/x", ("half an answ", Garbled("it broke off", cause="cut")))
    told = await rig.run(call_of("a/x", "b/y"))
    assert [(lost.lost, lost.following) for lost in told.breaks] == [("a/x", "b/y")]
    assert told.shown == "half an answfine"
    assert told.answer.text == "fine"
    usage, cost, is_estimate = rig.accounts.booked[1]
    assert is_estimate and usage.output_tokens == 3 and usage.input_tokens == 102
    assert told.answer.spent_usd == (cost.usd or 0) + (told.answer.cost.usd or 0)


async def test_an_edit_that_ran_into_its_limit_is_a_failure_and_a_text_is_not() -> None:
    rig = Rig()
    rig.shelf.play("a/x", good("cut short", finish=Finish.LENGTH))
    assert (await rig.run(call_of("a/x", "b/y", answer="edit"))).attempts == ["a/x", "b/y"]
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.answer.finish is Finish.LENGTH


@pytest.mark.parametrize("text", ["", "  \n"])
async def test_an_empty_answer_is_none(text: str) -> None:
    rig = Rig()
    rig.shelf.play("a/x", good(text))
    assert (await rig.run(call_of("a/x", "b/y"))).answer.model == "b/y"


async def test_an_answer_without_its_end_is_none() -> None:
    rig = Rig()
    rig.shelf.play("a/x", ("looks whole",))
    told = await rig.run(call_of("a/x", "b/y", answer="edit"))
    assert told.answer.model == "b/y"


async def test_a_whole_answer_without_usage_is_booked_as_an_estimate() -> None:
    """To throw it away would be to pay twice."""
    rig = Rig()
    rig.shelf.play("a/x", good("fine", usage=None))
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.attempts == ["a/x"]
    usage, _, is_estimate = rig.accounts.booked[1]
    assert is_estimate and usage == told.answer.usage and usage.output_tokens == 1


async def test_a_backend_with_a_fault_of_its_own_does_not_take_the_others_down() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (3.5, "x"))
    broken = rig.shelf.provider("a")
    broken._play = None
    told = await rig.run(call_of("a/x", "b/y"))
    assert told.answer.model == "b/y"


@pytest.mark.parametrize("script", [(HANG,), ("x", HANG), (1e9,), (*([2_900.0, "x"] * 90),)])
@pytest.mark.parametrize("answer", ["text", "edit"])
async def test_silence_ends_at_the_deadline(script: tuple[str | float, ...], answer: str) -> None:
    rig = Rig()
    rig.shelf.play("a/x", script)
    rig.shelf.play("b/y", script)
    told = await rig.run(call_of("a/x", "b/y", answer=answer))
    assert told.ended_ms <= QUICK.total_ms + 250
    assert told.failure.spent_usd is not None and told.failure.spent_usd > 0
    assert all(is_estimate for _, _, is_estimate in rig.accounts.booked.values())


async def test_a_gate_or_a_ledger_that_hangs_ends_at_the_deadline_and_nothing_is_sent() -> None:
    rig = Rig()
    rig.gate.delay = lambda: rig.clock.sleep_ms(1e9)
    told = await rig.run(call_of("a/x"))
    assert told.failure.cause == "deadline"
    assert told.ended_ms <= QUICK.total_ms + 250
    rig = Rig()
    rig.accounts.write_ms = 15_000
    told = await rig.run(call_of("a/x"))
    assert told.ended_ms <= QUICK.total_ms + 250
    assert told.failure.cause == "deadline"
    assert rig.shelf.provider("a").requests == []


async def test_a_ledger_that_is_slow_to_book_does_not_hold_up_the_answer() -> None:
    rig = Rig()

    async def slow_book(*args: object, **kwargs: object) -> None:
        await type(rig.accounts).book(rig.accounts, *args, **kwargs)
        await rig.clock.sleep_ms(5_000)

    rig.accounts.book = slow_book
    told = await rig.run(call_of("a/x"))
    assert told.answer.text == "fine"
    assert told.ended_ms < 250


async def test_while_a_person_is_asked_the_runs_time_stands_still() -> None:
    rig = Rig()
    caller = rig.caller()
    assert (await rig.run(call_of("a/x"), caller)).answer
    await rig.clock.tick(60_000)
    assert (await rig.run(call_of("a/x"), caller)).answer
    slow = rig.caller()
    rig.shelf.play("a/x", ("x", *([1_400.0, "x"] * 5), *good()))
    assert (await rig.run(call_of("a/x"), slow)).answer
    # Seven of the run's twelve seconds are used.
    assert (await rig.run(call_of("a/x"), slow)).failure.cause == "deadline"


async def test_an_answer_with_a_hole_is_no_edit_and_may_be_a_text() -> None:
    rig = Rig()
    rig.shelf.play("a/x", ("fine", ChatChunk("", Finish.STOP, USAGE, skipped=1)))
    assert (await rig.run(call_of("a/x", "b/y", answer="edit"))).attempts == ["a/x", "b/y"]
    assert (await rig.run(call_of("a/x", "b/y"))).attempts == ["a/x"]


async def test_a_model_here_that_is_being_loaded_is_waited_for() -> None:
    rig = Rig()
    loading = (Unavailable("it is loading", cause="loading"),)
    rig.shelf.play("ollama/m", *[loading] * 5, good())
    told = await rig.run(call_of("ollama/m", tier=Tier.LOCAL))
    assert told.answer.attempts == 6
    assert 5_000 <= told.ended_ms <= 6_500


async def test_a_cap_of_the_run_holds_over_all_of_its_calls() -> None:
    rig = Rig()
    caller = rig.caller()
    # Each can cost up to 408 + 10,000 millionths and costs 2,000.
    first = await rig.run(call_of("a/x", max_usd=Decimal("0.012")), caller)
    assert first.answer.cost.usd == Decimal("0.002")
    second = await rig.run(call_of("a/x", max_usd=Decimal("0.012")), caller)
    assert second.failure.cause == "budget"
    assert "$0.0100 may be spent" in str(second.failure)
    assert second.attempts == []


async def test_a_dearer_candidate_is_never_asked_above_what_was_shown() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (Garbled("it broke off", cause="not-json"),))
    told = await rig.run(call_of("a/x", "b/y", max_usd=Decimal("0.0105")))
    assert told.attempts == ["a/x"]
    assert "b/y would cost too much" in str(told.failure)


async def test_an_unknown_price_cannot_be_held_to_a_cap() -> None:
    rig = Rig()
    rig.prices.unknown.add("a/x")
    told = await rig.run(call_of("a/x", "b/y", max_usd=Decimal("0.02")))
    assert told.attempts == ["b/y"]
    told = await rig.run(call_of("a/x"))
    assert told.answer.spent_usd is None


async def test_a_cap_of_the_ledger_goes_to_who_may_still_be_paid() -> None:
    rig = Rig()
    rig.accounts.refuses = lambda order: OverBudget("the month's money is spent") if order.max_usd else None
    told = await rig.run(call_of("a/x", "ollama/m"))
    assert told.attempts == ["ollama/m"]
    told = await rig.run(call_of("a/x"))
    assert told.failure.cause == "budget"
    assert "the month's money is spent" in str(told.failure)


async def test_without_a_ledger_nothing_paid_is_asked_and_what_is_free_goes_on() -> None:
    rig = Rig()
    rig.accounts.refuses = lambda order: LedgerError("the ledger cannot be written")
    told = await rig.run(call_of("a/x", "ollama/m"))
    assert told.attempts == ["ollama/m"]
    assert rig.shelf.providers["a"].requests == []
    told = await rig.run(call_of("a/x"))
    assert told.failure.cause == "ledger"


async def test_nothing_leaves_the_machine_where_a_model_here_was_shown() -> None:
    rig = Rig()
    rig.shelf.play("ollama/m", (REFUSED,))
    call = call_of("ollama/m", tier=Tier.LOCAL, higher={Tier.CHEAP: ("a/x",)})
    told = await rig.run(call)
    assert isinstance(told.error, NeedsConsent)
    assert "nobody answers" in str(told.error) and "a/x at api.a.example" in str(told.error)
    assert rig.gate.sent == ["ollama"]
    told = await rig.run(call_of("ollama/m", tier=Tier.LOCAL, higher={Tier.CHEAP: ("a/x",)}, may_leave_machine=True))
    assert told.answer.model == "a/x"


async def test_a_model_here_that_is_left_alone_is_asked_before_the_person_is() -> None:
    rig = Rig()
    rig.shelf.play("ollama/m", (REFUSED,), good())
    call = call_of("ollama/m", tier=Tier.LOCAL, higher={Tier.CHEAP: ("a/x",)})
    assert isinstance((await rig.run(call)).error, NeedsConsent)
    assert rig.health.opens_in_ms("ollama/m") > 0
    assert (await rig.run(call)).answer.model == "ollama/m"


async def test_others_need_not_wait_until_the_one_that_finds_out_has_written_it_all() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (REFUSED,), ("one ", 2_000.0, *good("two")), good())
    await rig.run(call_of("a/x"))
    await rig.clock.tick(6_000)
    first = asyncio.create_task(_answer_of(rig, "a/x"))
    await rig.clock.tick(500)
    assert not first.done()
    second = await rig.run(call_of("a/x", "b/y"), is_alone=False)
    assert second.attempts == ["a/x"]
    await rig.clock.tick(5_000)
    assert await first == "one two"
    await rig.rest()


async def test_the_gate_is_asked_for_every_candidate_and_its_word_counts() -> None:
    rig = Rig()
    rig.gate.closed["a"] = NotAllowed("secrets.env is excluded")
    assert (await rig.run(call_of("a/x", "ollama/m"))).attempts == ["ollama/m"]
    told = await rig.run(call_of("a/x"))
    assert told.failure.cause == "consent"
    rig.gate.closed["a"] = NeedsConsent("may a be asked?")
    assert isinstance((await rig.run(call_of("a/x", "b/y"))).error, NeedsConsent)
    rig.shelf.play("b/y", good(finish=Finish.REFUSAL))
    told = await rig.run(call_of("b/y", "a/x"))
    assert isinstance(told.error, NeedsConsent)
    assert told.error.spent_usd == Decimal("0.002")
    assert rig.accounts.orders.keys() == rig.accounts.booked.keys()


async def test_premium_work_never_goes_down() -> None:
    rig = Rig()
    rig.shelf.play("p/x", (FAILED,))
    told = await rig.run(call_of("p/x", tier=Tier.PREMIUM, kind=Kind.REVIEW))
    assert set(told.attempts) == {"p/x"}
    assert told.failure.attempts == 2


async def test_with_everybody_down_one_sentence_names_who_was_tried() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (FAILED,))
    rig.shelf.play("b/y", (BAD_KEY,))
    rig.shelf.play("c/z", (Overloaded("full", cause="overloaded"),))
    told = await rig.run(call_of("a/x", "b/y", "nowhere/m", higher={Tier.PREMIUM: ("c/z",)}))
    assert str(told.failure) == (
        "no model gave an answer: a/x failed, b/y refused the API key, nowhere/m is not set up and c/z is overloaded; "
        "check the API keys with: tierlsp doctor --online"
    )
    assert told.failure.cause == "nothing-left"


async def test_with_nobody_at_all_the_sentence_says_what_to_do() -> None:
    told = await Rig().run(call_of())
    assert str(told.failure) == "there is no model for this; see what can serve with: tierlsp doctor"


async def test_where_all_are_left_alone_the_first_to_wake_is_asked_all_the_same() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (REFUSED,), good())
    await rig.run(call_of("a/x"))
    assert rig.health.opens_in_ms("a/x") > 0
    told = await rig.run(call_of("a/x"))
    assert told.answer.text == "fine"


async def test_where_the_only_one_asked_for_time_it_gets_it() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (Overloaded("too many", cause="rate-limit", retry_after_s=120),), good())
    await rig.run(call_of("a/x"))
    told = await rig.run(call_of("a/x"))
    assert told.attempts == []
    assert "is being left alone for another" in str(told.failure)
    await rig.clock.tick(132_000)
    assert (await rig.run(call_of("a/x"))).answer


async def test_a_model_that_keeps_failing_is_no_longer_asked() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (FAILED,))
    attempts = [(await rig.run(call_of("a/x", "b/y"))).attempts for _ in range(4)]
    assert attempts == [["a/x", "a/x", "b/y"], ["a/x", "b/y"], ["b/y"], ["b/y"]]
    await rig.clock.tick(6_000)
    assert (await rig.run(call_of("a/x", "b/y"))).attempts == ["a/x", "b/y"]


async def test_the_retry_budget_ends_repetitions() -> None:
    rig = Rig()
    while rig.means.budget.take("a"):
        pass
    rig.shelf.play("a/x", (FAILED,))
    assert (await rig.run(call_of("a/x", "b/y"))).attempts == ["a/x", "b/y"]


async def test_one_account_of_zai_is_asked_one_thing_at_a_time() -> None:
    rig = Rig()
    rig.shelf.play("glm/x", (500.0, *good()))
    rig.shelf.play("a/x", (500.0, *good()))
    tasks = [asyncio.create_task(_answer_of(rig, name)) for name in ["glm/x"] * 3 + ["a/x"] * 6]
    for _ in range(20):
        await rig.clock.tick(500)
    assert [task.result() for task in tasks] == ["fine"] * 9
    assert rig.shelf.provider("glm").most_open == 1
    assert rig.shelf.provider("a").most_open == 4
    await rig.rest()


async def test_models_here_wait_for_completions_but_not_for_ever() -> None:
    rig = Rig()
    waits: list[float] = []

    async def until_typing_rests() -> None:
        waits.append(rig.clock.now_ms())
        await rig.clock.sleep_ms(700)

    rig.change(before_local=until_typing_rests)
    told = await rig.run(call_of("ollama/m", "a/x", tier=Tier.LOCAL))
    assert told.ended_ms >= 700
    assert len(waits) == 1
    await rig.run(call_of("a/x"))
    assert len(waits) == 1

    rig.change(before_local=lambda: rig.clock.sleep_ms(1e9))
    assert (await rig.run(call_of("ollama/m", tier=Tier.LOCAL))).answer.text == "fine"


async def test_what_is_taken_up_a_tier_after_a_paid_failure_is_marked() -> None:
    rig = Rig()
    rig.shelf.play("a/x", good(""))
    told = await rig.run(call_of("a/x", higher={Tier.PREMIUM: ("p/z",)}))
    assert told.answer.tier is Tier.PREMIUM
    assert [order.is_escalation for order in rig.accounts.orders.values()] == [False, True]


async def _answer_of(rig: Rig, model: str) -> str:
    return "".join([event.text async for event in rig.caller().call(call_of(model)) if isinstance(event, Piece)])


async def test_models_made_for_the_work_are_asked_first_whatever_the_strategy() -> None:
    rig = Rig()
    rig.change(rank=lambda models, states: tuple(reversed(models)))
    for model in ("a/x", "b/y", "c/z"):
        rig.shelf.play(model, good())
    call = call_of("a/x", "b/y", "c/z")
    assert (await rig.run(call)).answer.model == "c/z"
    made_for_it = replace(call, decision=replace(call.decision, preferred=1))
    assert (await rig.run(made_for_it)).answer.model == "a/x"

"""Money: every row that was reserved is ended exactly once, whatever happens and wherever a run is cancelled.

`MemoryAccounts` fails a test that ends a row twice; `Rig.rest` fails one that leaves a row, a stream or a task behind.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import aclosing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes import settle
from tests.unit.routing.calling import HANG, QUICK, Line, Rig, call_of, good
from tierlsp.backends.chat import ChatChunk, Finish
from tierlsp.errors import Garbled, LedgerError, NeedsConsent, NotAllowed, OverBudget, Overloaded, Rejected, Unavailable
from tierlsp.routing.calls import Answered, Attempt, Call, CallFailed
from tierlsp.routing.failures import RULES
from tierlsp.routing.tiers import Tier

EXAMPLES = 600 if os.environ.get("CI") else 120

ENDS: list[tuple[Line, ...]] = [
    good(),
    good("", None),
    good("fine", None),
    good("cut", finish=Finish.LENGTH),
    good("no", finish=Finish.REFUSAL),
    ("no end",),
    ("then nothing", HANG),
    (HANG,),
    (ChatChunk("all at once", Finish.STOP),),
    (Overloaded("too many", cause="rate-limit", retry_after_s=1.0),),
    (Overloaded("too many", cause="rate-limit", retry_after_s=999.0),),
    ("half", Overloaded("too many", cause="rate-limit")),
    *((Unavailable("it failed", cause=cause),) for cause in sorted(RULES)),
    *(("half", Garbled("it failed", cause=cause)) for cause in ("cut", "not-json", "stalled", "new")),
    (Rejected("it failed", cause="new"),),
]

scripts = st.lists(st.sampled_from(ENDS), min_size=1, max_size=3)


def rig_with(plays: Sequence[Sequence[Sequence[Line]]]) -> Rig:
    rig = Rig()
    for model, play in zip(("a/x", "a/y", "b/z", "p/w"), plays, strict=True):
        rig.shelf.play(model, *play)
    return rig


def call_for(answer: str) -> Call:
    return call_of("a/x", "a/y", "b/z", higher={Tier.PREMIUM: ("p/w",)}, answer=answer)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(scripts, scripts, scripts, scripts), st.sampled_from(["text", "edit"]), st.integers(0, 3))
async def test_whatever_happens_a_run_ends_in_time_and_every_row_once(
    plays: Sequence[Sequence[Sequence[Line]]], answer: str, ledger: int
) -> None:
    rig = rig_with(plays)
    errors = [None, OverBudget("spent"), LedgerError("broken"), None]
    rig.accounts.refuses = lambda order: errors[ledger] if len(rig.accounts.orders) % 2 else None
    told = await rig.run(call_for(answer))
    assert told.ended_ms <= QUICK.total_ms + 250
    assert len(rig.accounts.orders) == len(rig.accounts.booked) + len(rig.accounts.released)
    assert not any(rig.health.state_of(model).in_flight for model in ("a/x", "a/y", "b/z", "p/w"))
    if told.error is None:
        answered = told.events[-1]
        assert isinstance(answered, Answered)
        assert answered.text.strip()
        assert answered.spent_usd == sum((cost.usd or 0) for _, cost, _ in rig.accounts.booked.values())
        assert sum(isinstance(event, Answered) for event in told.events) == 1
        if answer == "text":
            assert told.shown.endswith(answered.text)
        else:
            assert told.shown == ""
    else:
        assert isinstance(told.error, CallFailed)
        assert str(told.error).isprintable()
        assert 20 < len(str(told.error)) < 500
        assert told.error.attempts == len(told.attempts)
    for attempt, before in zip(told.afters[1:], told.afters, strict=False):
        assert attempt, f"a second attempt that does not say why, after {before!r}"


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.tuples(scripts, scripts, scripts, scripts),
    st.sampled_from(["text", "edit"]),
    st.integers(0, 60),
    st.sampled_from([0.4, 1.0, 7.0, 400.0]),
    st.booleans(),
)
async def test_cancelled_at_any_moment_nothing_runs_on_and_every_row_ends_once(
    plays: Sequence[Sequence[Sequence[Line]]], answer: str, steps: int, step_ms: float, is_cancelled_twice: bool
) -> None:
    rig = rig_with(plays)
    # Long enough that a cancellation finds the ledger's thread in the middle of its work.
    rig.accounts.write_ms = 3.0
    rig.gate.delay = lambda: rig.clock.sleep_ms(2)
    task = asyncio.create_task(_listen(rig, call_for(answer)))
    for _ in range(steps):
        await rig.clock.tick(step_ms)
    task.cancel()
    if is_cancelled_twice:
        await asyncio.sleep(0)
        task.cancel()
    await rig.clock.tick(1)
    for _ in range(30):
        await rig.clock.tick(10)
    assert task.done()
    await asyncio.gather(task, return_exceptions=True)
    await rig.rest()
    assert len(rig.accounts.orders) == len(rig.accounts.booked) + len(rig.accounts.released)
    for model in ("a/x", "a/y", "b/z", "p/w"):
        assert rig.health.state_of(model).in_flight == 0
    # Every place is free again.
    assert all(places._value == 4 for places in rig.means.slots._places.values())


@pytest.mark.parametrize("turns", range(60))
async def test_cancelled_at_every_await_of_a_plain_call(turns: int) -> None:
    rig = Rig()
    rig.shelf.play("a/x", (Unavailable("it failed", cause="server-error"),), ("fi", 2.0, "ne", *good("!")))
    rig.gate.delay = lambda: rig.clock.sleep_ms(0.3)
    task = asyncio.create_task(_listen(rig, call_of("a/x")))
    for _ in range(turns):
        # One turn of the loop at a time, with timers on the way.
        await asyncio.sleep(0)
        if turns % 2:
            await rig.clock.tick(0.35)
    task.cancel()
    for _ in range(20):
        await rig.clock.tick(50)
    await asyncio.gather(task, return_exceptions=True)
    await rig.rest()
    sent = len(rig.shelf.provider("a").requests)
    assert len(rig.accounts.booked) <= sent


@pytest.mark.parametrize("events_read", range(1, 4))
async def test_closed_between_events_the_connection_is_closed_and_what_was_used_is_booked(events_read: int) -> None:
    rig = Rig()
    rig.shelf.play("a/x", ("one ", "two ", HANG))

    async def read_some() -> None:
        async with aclosing(rig.caller().call(call_of("a/x"))) as events:
            for _ in range(events_read):
                await anext(events)

    task = asyncio.create_task(read_some())
    await rig.clock.tick(200)
    await task
    await rig.rest()
    if events_read == 1:
        assert isinstance(Attempt, type)
        assert rig.accounts.released == [1]
    else:
        usage, _, is_estimate = rig.accounts.booked[1]
        assert is_estimate
        assert usage.output_tokens == events_read - 1


async def test_a_run_that_is_cancelled_says_nothing_of_the_models_health() -> None:
    rig = Rig()
    rig.shelf.play("a/x", ("x", HANG))
    for _ in range(6):
        task = asyncio.create_task(_listen(rig, call_of("a/x")))
        await rig.clock.tick(50)
        task.cancel()
        await rig.clock.tick(50)
        await asyncio.gather(task, return_exceptions=True)
    assert rig.health.opens_in_ms("a/x") == 0
    await rig.rest()


async def test_a_ledger_that_cannot_book_leaves_the_row_reserved_and_the_answer_whole() -> None:
    rig = Rig()

    async def broken(*args: object, **kwargs: object) -> None:
        raise LedgerError("the disk is full")

    rig.accounts.book = broken
    task = asyncio.create_task(_listen(rig, call_of("a/x")))
    await rig.clock.tick(200)
    assert isinstance((await task)[-1], Answered)
    assert rig.accounts.open_rows == {1}


async def _listen(rig: Rig, call: Call) -> list[object]:
    heard: list[object] = []
    try:
        async with aclosing(rig.caller().call(call)) as events:
            async for event in events:
                heard.append(event)
    except (CallFailed, NeedsConsent, NotAllowed):
        await settle()
    return heard


async def test_cancelled_while_it_waits_for_completions_a_model_here_is_free_for_the_next() -> None:
    rig = Rig()
    rig.change(before_local=lambda: rig.clock.sleep_ms(5_000))
    task = asyncio.create_task(_listen(rig, call_of("ollama/m", tier=Tier.LOCAL)))
    await rig.clock.tick(100)
    task.cancel()
    await rig.clock.tick(100)
    await asyncio.gather(task, return_exceptions=True)
    rig.change(before_local=lambda: rig.clock.sleep_ms(0))
    assert (await rig.run(call_of("ollama/m", tier=Tier.LOCAL))).ended_ms < 100


async def test_a_storm_of_runs_does_not_become_a_storm_of_retries() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (20.0, Unavailable("it failed (status 500)", cause="server-error")))
    tasks = [asyncio.create_task(_listen(rig, call_of("a/x", "b/y"))) for _ in range(100)]
    for _ in range(100):
        await rig.clock.tick(100)
    assert all(isinstance(task.result()[-1], Answered) for task in tasks)
    await rig.rest()
    asked = len(rig.shelf.provider("a").requests)
    assert asked <= 8, "four at a time until the breaker opens, and what was under way then"
    assert rig.shelf.provider("b").most_open <= 4


async def test_runs_that_are_cancelled_in_crowds_leave_every_place_free() -> None:
    rig = Rig()
    rig.shelf.play("a/x", (50.0, *good()))
    for wave in range(10):
        tasks = [asyncio.create_task(_listen(rig, call_of("a/x"))) for _ in range(30)]
        await rig.clock.tick(7 * wave)
        for task in tasks[wave % 3 :: 2]:
            task.cancel()
        await rig.clock.tick(1_500)
        assert all(task.done() for task in tasks)
        await asyncio.gather(*tasks, return_exceptions=True)
    assert (await rig.run(call_of("a/x"))).ended_ms < 200
    assert rig.shelf.provider("a").most_open == 4


@pytest.mark.parametrize("answer", ["text", "edit"])
async def test_a_call_that_was_cut_off_costs_what_the_ledger_was_told(answer: str) -> None:
    rig = Rig()
    rig.shelf.play("a/x", ("some words of it", HANG))
    caller, asked = rig.caller(), asyncio.Event()
    assert caller.spent_usd == 0

    async def follow() -> None:
        async with aclosing(caller.call(call_of("a/x", answer=answer))) as events:
            async for _ in events:
                asked.set()

    task = asyncio.create_task(follow())
    while not (asked.is_set() and rig.shelf.provider("a").open):
        await rig.clock.tick(1)
    await rig.clock.tick(5)
    task.cancel()
    for _ in range(20):
        await rig.clock.tick(10)
    assert task.cancelled()
    [(usage, cost, is_estimate)] = rig.accounts.booked.values()
    assert is_estimate and usage.output_tokens == 4
    assert cost.usd is not None and caller.spent_usd == cost.usd > 0
    await rig.rest()

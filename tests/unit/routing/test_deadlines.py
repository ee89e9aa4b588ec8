"""How long runs and attempts may take, and that limits hold."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeClock, settle
from tierlsp.routing.deadlines import LIMITS, Deadline, limits_for, patience_for, within
from tierlsp.routing.facts import Kind


@given(st.sampled_from(Kind), st.floats(0.0, 700_000.0), st.integers(0, 30), st.booleans(), st.booleans())
def test_no_attempt_may_take_longer_than_is_left(
    kind: Kind, remaining_ms: float, attempts_left: int, is_local: bool, is_streamed: bool
) -> None:
    patience = patience_for(limits_for(kind), remaining_ms, attempts_left, is_local=is_local, is_streamed=is_streamed)
    assert 0.0 <= patience.first_byte_ms <= patience.total_ms <= remaining_ms
    assert 0.0 <= patience.stall_ms <= patience.total_ms
    assert patience.total_ms >= remaining_ms / 2


def test_attempts_that_may_follow_are_left_a_share() -> None:
    limits = limits_for(Kind.EXPLAIN)
    patience = patience_for(limits, 120_000, 3, is_local=False, is_streamed=True)
    assert patience.total_ms == pytest.approx(84_000)
    assert patience.first_byte_ms == 30_000
    assert patience_for(limits, 20_000, 0, is_local=False, is_streamed=True).first_byte_ms == 20_000


def test_an_answer_that_comes_whole_has_no_first_token_before_its_end() -> None:
    patience = patience_for(limits_for(Kind.FIX), 120_000, 0, is_local=False, is_streamed=False)
    assert patience.first_byte_ms == patience.total_ms == 120_000


def test_a_model_here_has_time_to_be_loaded_but_not_for_a_few_words() -> None:
    assert patience_for(limits_for(Kind.FIX), 120_000, 0, is_local=True, is_streamed=True).first_byte_ms == 60_000
    assert patience_for(limits_for(Kind.NAMES), 30_000, 0, is_local=True, is_streamed=True).first_byte_ms == 10_000


def test_every_kind_shows_something_before_it_must_be_over() -> None:
    assert all(limits_for(kind).first_token_ms < limits_for(kind).total_ms for kind in Kind)
    assert limits_for(Kind.REVIEW).total_ms == limits_for(Kind.AUDIT).total_ms == limits_for(Kind.PLAN).total_ms
    assert Kind.FIX not in LIMITS


async def test_time_between_calls_does_not_count() -> None:
    clock = FakeClock()
    deadline = Deadline(clock)
    deadline.start(1_000)
    await clock.tick(300)
    deadline.stop()
    await clock.tick(60_000)
    deadline.start(1_000)
    assert deadline.remaining_ms == 700
    await clock.tick(5_000)
    assert deadline.remaining_ms == 0


async def test_a_wait_ends_at_its_limit_with_everything_in_it() -> None:
    clock = FakeClock()
    was_cancelled = False

    async def forever() -> None:
        nonlocal was_cancelled
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            was_cancelled = True

    task = asyncio.create_task(within(clock, 100, forever()))
    await clock.tick(99)
    assert not task.done()
    await clock.tick(2)
    with pytest.raises(TimeoutError):
        await task
    assert was_cancelled


async def test_a_wait_that_is_cancelled_from_outside_is_cancelled_not_late() -> None:
    clock = FakeClock()
    task = asyncio.create_task(within(clock, 100, clock.sleep_ms(1_000)))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_wait_that_is_cancelled_and_late_at_once_is_cancelled() -> None:
    clock = FakeClock()

    async def stubborn() -> None:
        try:
            await clock.sleep_ms(1_000)
        finally:
            task.cancel()
            await asyncio.sleep(0)

    task = asyncio.create_task(within(clock, 100, stubborn()))
    await clock.tick(101)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_comes_in_time_is_returned_and_leaves_no_cancellation_behind() -> None:
    clock = FakeClock()

    async def twice() -> tuple[str, int]:
        async def soon() -> str:
            await clock.sleep_ms(50)
            return "here"

        with pytest.raises(TimeoutError):
            await within(clock, 10, soon())
        first = await within(clock, 100, soon())
        task = asyncio.current_task()
        assert task is not None
        return first, task.cancelling()

    task = asyncio.create_task(twice())
    await clock.tick(200)
    assert await task == ("here", 0)


async def test_no_time_at_all_starts_nothing() -> None:
    with pytest.raises(TimeoutError):
        await within(FakeClock(), 0, asyncio.sleep(0))

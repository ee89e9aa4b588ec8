"""What fails is left alone, and one request finds out whether it is well again."""

from __future__ import annotations

from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.fakes import FakeClock
from tierlsp.routing.breaker import FIRST_OPEN_MS, LONGEST_OPEN_MS, Breaker, Permit, State


def permit_of(breaker: Breaker) -> Permit:
    permit = breaker.admit()
    assert permit is not None
    return permit


def breaker_at(clock: FakeClock) -> Breaker:
    return Breaker(clock, Random(1))


async def test_three_failures_of_five_open_it_and_two_do_not() -> None:
    breaker = breaker_at(FakeClock())
    for is_well in (False, True, False, True):
        permit = permit_of(breaker)
        permit.succeed() if is_well else permit.fail()
    assert breaker.state is State.CLOSED
    permit_of(breaker).fail()
    assert breaker.state is State.OPEN
    assert breaker.admit() is None


async def test_failures_far_apart_do_not_open_it() -> None:
    clock = FakeClock()
    breaker = breaker_at(clock)
    for _ in range(6):
        permit_of(breaker).fail()
        await clock.tick(16_000)
    assert breaker.state is State.CLOSED


async def test_one_failure_is_enough_where_it_says_so_or_asks_to_be_left_alone() -> None:
    for opens, wait_ms in ((True, 0.0), (False, 60_000.0)):
        clock = FakeClock()
        breaker = breaker_at(clock)
        permit_of(breaker).fail(opens=opens, wait_ms=wait_ms)
        assert breaker.admit() is None
        assert breaker.is_asked_for == (wait_ms > 0)
        await clock.tick(max(wait_ms, FIRST_OPEN_MS) - 1)
        assert breaker.admit() is None


async def test_a_wait_of_a_day_is_cut_to_minutes() -> None:
    breaker = breaker_at(FakeClock())
    permit_of(breaker).fail(wait_ms=86_400_000.0)
    assert breaker.opens_in_ms <= LONGEST_OPEN_MS


async def test_exactly_one_request_finds_out_and_a_success_closes() -> None:
    clock = FakeClock()
    breaker = breaker_at(clock)
    permit_of(breaker).fail(opens=True)
    await clock.tick(FIRST_OPEN_MS * 1.1)
    probe = permit_of(breaker)
    assert breaker.state is State.HALF_OPEN
    assert breaker.admit() is None
    probe.succeed()
    assert breaker.state is State.CLOSED
    assert breaker.admit() is not None


async def test_each_failure_of_that_one_doubles_the_time() -> None:
    clock = FakeClock()
    breaker = breaker_at(clock)
    permit_of(breaker).fail(opens=True)
    times = []
    for _ in range(9):
        times.append(breaker.opens_in_ms)
        await clock.tick(breaker.opens_in_ms)
        permit_of(breaker).fail()
    assert all(min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2**k) <= times[k] for k in range(9))
    assert all(times[k] <= min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2**k * 1.1) for k in range(9))


async def test_a_cancelled_one_counts_as_neither_and_makes_room_for_the_next() -> None:
    clock = FakeClock()
    breaker = breaker_at(clock)
    for _ in range(10):
        permit_of(breaker).drop()
    assert breaker.state is State.CLOSED
    permit_of(breaker).fail(opens=True)
    await clock.tick(FIRST_OPEN_MS * 1.1)
    permit_of(breaker).drop()
    assert breaker.state is State.HALF_OPEN
    permit_of(breaker).succeed()
    assert breaker.state is State.CLOSED


async def test_what_was_asked_before_it_opened_changes_nothing_after() -> None:
    clock = FakeClock()
    breaker = breaker_at(clock)
    old, older, oldest = permit_of(breaker), permit_of(breaker), permit_of(breaker)
    permit_of(breaker).fail(opens=True)
    old.succeed()
    assert breaker.state is State.OPEN
    await clock.tick(FIRST_OPEN_MS * 1.1)
    probe = permit_of(breaker)
    older.fail(opens=True)
    probe.succeed()
    assert breaker.state is State.CLOSED
    oldest.fail(opens=True)
    assert breaker.state is State.CLOSED


async def test_it_can_be_asked_before_its_time_but_only_by_one() -> None:
    breaker = breaker_at(FakeClock())
    permit_of(breaker).fail(opens=True)
    assert breaker.admit(is_forced=True) is not None
    assert breaker.admit(is_forced=True) is None


class BreakerMachine(RuleBasedStateMachine):
    """Anything in any order: one request at a time passes a breaker that has opened."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.breaker = Breaker(self.clock, Random(5))
        self.out: list[tuple[Permit, bool]] = []
        """Permits that are under way, and whether each is the one that finds out."""

    @rule(is_forced=st.booleans())
    def ask(self, is_forced: bool) -> None:
        was_closed = self.breaker.state is State.CLOSED
        permit = self.breaker.admit(is_forced=is_forced)
        if was_closed:
            assert permit is not None
        if permit is not None:
            self.out.append((permit, not was_closed))

    @rule(
        which=st.integers(0, 50), how=st.sampled_from(["succeed", "fail", "open", "wait", "drop"]), twice=st.booleans()
    )
    def end(self, which: int, how: str, twice: bool) -> None:
        if not self.out:
            return
        permit, is_probe = self.out.pop(which % len(self.out))
        was = self.breaker.state
        for _ in range(2 if twice else 1):
            if how == "succeed":
                permit.succeed()
            elif how == "drop":
                permit.drop()
            else:
                permit.fail(opens=how == "open", wait_ms=70_000.0 if how == "wait" else 0.0)
        if is_probe:
            expected = {"succeed": State.CLOSED, "drop": None}.get(how, State.OPEN)
            assert expected is None or self.breaker.state is expected
        elif was is not State.CLOSED:
            assert self.breaker.state is was

    @rule(ms=st.floats(0.0, 400_000.0))
    def wait(self, ms: float) -> None:
        self.clock._now_ms += ms

    @invariant()
    def one_at_most_finds_out(self) -> None:
        assert sum(1 for _, is_probe in self.out if is_probe) <= 1

    @invariant()
    def it_never_stays_shut_for_longer_than_its_limit(self) -> None:
        assert 0.0 <= self.breaker.opens_in_ms <= LONGEST_OPEN_MS


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)

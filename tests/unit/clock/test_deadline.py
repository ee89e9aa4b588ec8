"""A deadline that is put off at every key: it comes once, when that stops, and costs one timer."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeClock, FakeTimer
from tierlsp.clock import Deadline


class CountingClock(FakeClock):
    """Counts the timers that are started."""

    started = 0

    def call_later_ms(self, delay_ms: float, callback: Callable[[], None]) -> FakeTimer:
        self.started += 1
        return super().call_later_ms(delay_ms, callback)


async def test_it_comes_once_and_as_late_as_it_was_put_off() -> None:
    clock, calls = CountingClock(), list[float]()
    deadline = Deadline(clock, lambda: calls.append(clock.now_ms()))
    for _ in range(50):
        deadline.set(100.0)
        await clock.tick(10.0)
    assert calls == []
    await clock.tick(1_000.0)
    assert calls == [590.0]
    assert clock.started < 10
    assert not deadline.is_set


async def test_it_can_be_set_earlier() -> None:
    clock, calls = CountingClock(), list[float]()
    deadline = Deadline(clock, lambda: calls.append(clock.now_ms()))
    deadline.set(500.0)
    deadline.set(20.0)
    await clock.tick(1_000.0)
    assert calls == [20.0]


async def test_once_called_off_it_does_not_come_until_it_is_set_again() -> None:
    clock, calls = CountingClock(), list[float]()
    deadline = Deadline(clock, lambda: calls.append(clock.now_ms()))
    deadline.set(50.0)
    deadline.cancel()
    await clock.tick(20.0)
    assert not deadline.is_set
    deadline.set(100.0)
    await clock.tick(1_000.0)
    assert calls == [120.0]


@given(st.lists(st.tuples(st.sampled_from(["set", "cancel"]), st.integers(0, 60), st.integers(0, 60)), max_size=20))
async def test_it_comes_whenever_a_timer_that_is_started_anew_each_time_would(
    steps: list[tuple[str, int, int]],
) -> None:
    clock, calls, expected = CountingClock(), list[float](), list[float]()
    deadline = Deadline(clock, lambda: calls.append(clock.now_ms()))
    due: float | None = None
    for what, delay_ms, pause_ms in steps:
        if what == "set":
            deadline.set(float(delay_ms))
            due = clock.now_ms() + delay_ms
        else:
            deadline.cancel()
            due = None
        await clock.tick(float(pause_ms))
        if due is not None and due <= clock.now_ms():
            expected.append(due)
            due = None
    assert calls == expected

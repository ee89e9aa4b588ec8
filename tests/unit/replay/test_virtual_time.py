"""Time that jumps."""

import asyncio

import pytest

from bench.replay.virtual import Deadlock, VirtualClock, run_virtual


async def two_sleepers() -> list[tuple[str, float]]:
    clock, seen = VirtualClock(), []

    async def sleep(name: str, duration_ms: float) -> None:
        await clock.sleep_ms(duration_ms)
        seen.append((name, round(clock.now_ms(), 6)))

    await asyncio.gather(sleep("long", 3_600_000), sleep("short", 250))
    return seen


def test_an_hour_passes_at_once_and_in_order() -> None:
    assert run_virtual(two_sleepers()) == [("short", 250.0), ("long", 3_600_000.0)]


def test_waiting_for_nothing_is_an_error_and_no_hang() -> None:
    async def wait_for_ever() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock):
        run_virtual(wait_for_ever())

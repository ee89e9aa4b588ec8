"""What stands beside the fault table: keys put right, cancellations, everybody down, clocks that jump."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.jumping import JumpingLoop, run_jumping
from tests.servers.chat_faults import FAULTS
from tests.servers.chat_wires import WIRES
from tests.servers.fake_chat import FakeChat
from tests.unit.routing.calling import Told
from tests.unit.routing.fault_rows import GOOD, KEY, LIMITS, NOW, ROWS, Bench, Row, backend_at, bench_for, call_for
from tierlsp.backends.connections import load_client
from tierlsp.routing.caller import RunCaller

GRACE_MS = 250.0
WELL = Row("well")
TWO = call_for(("a/m", "b/m"), True, "text")
ALONE = call_for(("a/m",), True, "text")
DOWN = ["refused", "hang", "401", "429-long", "500", "cut-mid", "slow-drip", "200-page", "refusal"]


def jumping(main: Coroutine[Any, Any, None]) -> None:
    load_client()
    run_jumping(main)


def test_a_wrong_key_is_told_once_and_the_right_one_serves_after_the_settings_changed() -> None:
    async def main() -> None:
        async with bench_for(WELL, "openai") as (bench, first, _):
            first.key = KEY
            bench.backends["a"] = backend_at("a", "openai", first.url, "sk-wrong")
            old = bench.backends["a"]
            for expected in (["a/m", "b/m"], ["b/m"], ["b/m"]):
                assert (await bench.run(TWO)).attempts == expected
            assert [name for name, _ in bench.told_off] == ["a"]
            bench.backends["a"] = backend_at("a", "openai", first.url, KEY)
            bench.health.settings_changed()
            assert (await bench.run(TWO)).attempts == ["a/m"]
            await old.aclose()

    jumping(main())


@pytest.mark.parametrize("pair", list(itertools.product(DOWN, DOWN)), ids="+".join)
def test_with_everybody_down_one_sentence_names_them_all(pair: tuple[str, str]) -> None:
    rows = {str(row): row for row in ROWS}

    async def main() -> None:
        async with bench_for(rows[pair[0]], "openai") as (bench, _, second):
            second.always = rows[pair[1]].fault
            if second.always is None:
                await second.stop()
            told = await bench.run(TWO)
            assert told.ended_ms <= LIMITS.total_ms + GRACE_MS
            assert "a/m" in str(told.failure) and "b/m" in str(told.failure)
            assert str(told.failure).count(";") == 1
            assert bench.accounts.open_rows == set()
            if second.always is None:
                await second.start()

    jumping(main())


@pytest.mark.parametrize("is_streamed", [True, False], ids=["stream", "plain"])
@pytest.mark.parametrize("at_ms", [0, 0.5, 1, 3, 20, 60, 99, 101, 150, 390, 410, 900])
def test_cancelled_at_any_point_the_connection_is_closed_and_what_was_used_is_booked(
    at_ms: float, is_streamed: bool
) -> None:
    async def slowly(body: object = None) -> AsyncIterator[str]:
        for word in ("one ", "two ", "three ", "four"):
            await asyncio.sleep(0.1)
            yield word

    async def main() -> None:
        async with bench_for(WELL, "openai") as (bench, first, _):
            first.answer = slowly
            task = asyncio.create_task(bench.run(replace(TWO, is_streamed=is_streamed)))
            await asyncio.sleep(at_ms / 1000)
            task.cancel()
            cancelled_ms = bench.clock.now_ms()
            result = (await asyncio.gather(task, return_exceptions=True))[0]
            assert bench.clock.now_ms() - cancelled_ms <= GRACE_MS
            is_over = isinstance(result, Told)
            await bench.means.bookings.wait_written()
            assert bench.accounts.open_rows == set()
            if first.questions:
                assert len(bench.accounts.booked) == 1
                assert all(is_estimate is not is_over for _, _, is_estimate in bench.accounts.booked.values())
            await first.at_rest()
            assert first.running == 0
            assert first.finished == is_over
            assert bench.health.opens_in_ms("a/m") == 0

    jumping(main())


@pytest.mark.parametrize(("name", "least_ms"), [("429-seconds", 1_000), ("429-decimal", 250), ("429-milliseconds", 50)])
def test_a_wait_that_the_server_asks_for_is_kept_in_every_form(name: str, least_ms: float) -> None:
    async def main() -> None:
        async with bench_for(WELL, "openai") as (bench, first, _):
            first.faults.append(FAULTS[name])
            told = await bench.run(TWO)
            assert told.attempts == ["a/m", "a/m"]
            assert least_ms <= told.ended_ms <= max(1.1 * least_ms, 250) + GRACE_MS

    jumping(main())


@pytest.mark.parametrize("name", ["429-long", "429-absurd", "429-date"])
def test_a_long_wait_is_left_to_others_and_ends_some_time(name: str) -> None:
    async def main() -> None:
        async with bench_for(WELL, "openai") as (bench, first, _):
            first.faults.append(FAULTS[name])
            told = await bench.run(TWO)
            assert told.attempts == ["a/m", "b/m"]
            assert told.ended_ms < GRACE_MS
            assert (await bench.run(TWO)).attempts == ["b/m"]
            await asyncio.sleep(331)
            assert (await bench.run(TWO)).attempts == ["a/m"]

    jumping(main())


@pytest.mark.parametrize("days", [-3_650, -1, 1, 3_650])
def test_a_wall_clock_that_jumps_changes_nothing(days: int) -> None:
    async def main() -> None:
        async with bench_for(Row("500", FAULTS["500"]), "openai") as (bench, _, _):
            times: Iterator[int] = itertools.count()
            bench.means = replace(bench.means, now=lambda: NOW + timedelta(days=days * next(times)))
            told = await bench.run(TWO)
            assert told.answer.text == GOOD
            assert told.ended_ms < 1_000

    jumping(main())


def test_a_machine_that_slept_in_the_middle_of_an_answer_ends_the_run_at_once() -> None:
    async def main() -> None:
        async with bench_for(Row("stall-mid", FAULTS["stall-mid"], has_begun=True), "openai") as (bench, _, _):
            task = asyncio.create_task(bench.run(ALONE))
            await asyncio.sleep(0.05)
            loop = asyncio.get_running_loop()
            assert isinstance(loop, JumpingLoop)
            loop.jump(3_600)
            woke_ms = bench.clock.now_ms()
            told = await task
            assert bench.clock.now_ms() - woke_ms <= GRACE_MS
            assert told.failure.cause == "deadline"
            assert bench.accounts.open_rows == set()

    jumping(main())


def test_a_listener_that_goes_after_the_first_piece_stops_the_model() -> None:
    async def main() -> None:
        async with bench_for(Row("stall-mid", FAULTS["stall-mid"], has_begun=True), "openai") as (bench, first, _):
            async with aclosing(RunCaller(bench.means, bench.gate).call(TWO)) as events:
                await anext(events)
                await anext(events)
            await first.all_closed()
            await bench.means.bookings.wait_written()
            (booked,) = bench.accounts.booked.values()
            assert booked[2]

    jumping(main())


def test_the_servers_of_these_tests_are_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault server that answered well by mistake would make the table easy."""

    async def main() -> None:
        async with FakeChat("openai") as server:
            server.always = FAULTS["500"]
            backend = backend_at("a", "openai", server.url, KEY)
            bench = Bench({"a": ("openai", server.url), "b": ("openai", server.url)})
            told = await bench.run(TWO)
            assert told.failure.attempts == 4
            assert len(server.questions) == 4
            await bench.aclose()
            await backend.aclose()

    jumping(main())


RUNS = 600 if os.environ.get("CI") else 120
SLOW = {"slow-drip", "only-comments", "comments-mid"}
"""Servers that are never silent: a jump of the clock for every byte. The table has them."""


def test_any_faults_with_cancellations_at_any_moment_leave_nothing_behind() -> None:
    """Faults and moments by chance, ten runs at a time, over the real backends."""
    chance = Random(20261126)
    names = [*(name for name in FAULTS if name not in SLOW), *[""] * 20]

    async def one(wire: str, faults: tuple[str, str], cancel_ms: float | None, is_streamed: bool, answer: str) -> None:
        row = Row(faults[0] or "well", FAULTS.get(faults[0]))
        async with bench_for(row, wire) as (bench, first, second):
            second.always = FAULTS.get(faults[1])
            task = asyncio.create_task(bench.run(call_for(("a/m", "b/m"), is_streamed, answer)))
            if cancel_ms is not None:
                await asyncio.sleep(cancel_ms / 1000)
                task.cancel()
            before_ms = bench.clock.now_ms()
            told = (await asyncio.gather(task, return_exceptions=True))[0]
            if isinstance(told, Told):
                assert told.ended_ms <= LIMITS.total_ms + GRACE_MS
                assert (told.error is None) or len(str(told.error)) > 20
            else:
                assert isinstance(told, asyncio.CancelledError), repr(told)
                assert bench.clock.now_ms() - before_ms <= GRACE_MS
            await bench.means.bookings.wait_written()
            assert bench.accounts.open_rows == set()
            assert len(first.questions) + len(second.questions) <= len(bench.accounts.orders), (
                "no question without a row"
            )
            assert first.running == second.running == 0 or await _comes_to_rest(first, second)

    async def main() -> None:
        for _ in range(RUNS // 10):
            batch = []
            for _ in range(10):
                cancel_ms = chance.choice([None, 0.0, chance.uniform(0, 5), chance.uniform(0, 4_500)])
                faults = (chance.choice(names), chance.choice(names))
                wire = chance.choice(sorted(FAULTS[faults[0]].wires if faults[0] else WIRES))
                batch.append(one(wire, faults, cancel_ms, chance.random() < 0.5, chance.choice(["text", "edit"])))
            await asyncio.gather(*batch)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    jumping(main())


async def _comes_to_rest(*servers: FakeChat) -> bool:
    for server in servers:
        await server.at_rest()
    return all(server.running == 0 for server in servers)

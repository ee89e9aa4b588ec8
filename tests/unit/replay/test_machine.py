"""The simulated Ollama keeps to the times and the manners that were measured on the real one."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bench.replay.machine import MACHINES, Job, Machine
from bench.replay.virtual import run_virtual

COLD = tuple(f"t{index}" for index in range(1000))


def now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000.0


async def first_token_ms(machine: Machine, prompt: tuple[str, ...]) -> float:
    job = submit(machine, prompt)
    await job.pieces.get()
    took_ms = now_ms() - job.arrived_ms
    await machine.rest()
    return took_ms


def submit(machine: Machine, prompt: tuple[str, ...], words: int = 3) -> Job:
    job = Job(prompt, iter([f"w{index}" for index in range(words)]), "real", now_ms())
    machine.submit(job)
    return job


def on(name: str, scenario: Callable[[Machine], Awaitable[object]]) -> object:
    async def run() -> object:
        return await scenario(Machine(MACHINES[name], seed=1, jitter=0.0))

    return run_virtual(run())


def test_mid_takes_200_ms_cold_and_60_ms_warm() -> None:
    async def scenario(machine: Machine) -> tuple[float, float]:
        return await first_token_ms(machine, COLD), await first_token_ms(machine, (*COLD, "x"))

    assert on("mid", scenario) == (pytest.approx(200.0, abs=0.5), pytest.approx(60.0, abs=0.5))


@pytest.mark.parametrize(("name", "cold_ms"), [("A", 525), ("B", 6061), ("C1", 514), ("D", 962), ("E1", 1891)])
def test_a_cold_prompt_of_1500_tokens_takes_what_the_classes_say(name: str, cold_ms: float) -> None:
    assert MACHINES[name].first_token_ms(1500) == pytest.approx(cold_ms, rel=0.01)


def test_an_insertion_in_the_middle_makes_everything_behind_it_new() -> None:
    async def scenario(machine: Machine) -> int:
        await first_token_ms(machine, COLD)
        job = submit(machine, (*COLD[:600], "new", *COLD[600:]))
        await machine.rest()
        return job.read_tokens

    assert on("mid", scenario) == 401


def test_two_documents_in_turn_stay_in_the_cache() -> None:
    async def scenario(machine: Machine) -> int:
        other = tuple(f"u{index}" for index in range(1000))
        for prompt in (COLD, other):
            await first_token_ms(machine, prompt)
        job = submit(machine, COLD)
        await machine.rest()
        return job.read_tokens

    assert on("mid", scenario) == 1


def test_a_client_that_goes_while_it_is_written_to_costs_one_token() -> None:
    async def scenario(machine: Machine) -> tuple[int, int]:
        job = submit(machine, COLD, words=100)
        for _ in range(5):
            await job.pieces.get()
        job.gone.set()
        await machine.rest()
        return len(job.written), job.written_after_gone

    assert on("mid", scenario) == (6, 1)


def test_a_client_that_goes_while_its_prompt_is_read_holds_the_slot_to_the_second_and_the_batch() -> None:
    """On E3 a batch of 512 takes 1,620 ms: gone after 100 ms, noticed after 1,000, over with the first batch."""

    async def scenario(machine: Machine) -> tuple[int, float, int]:
        job = submit(machine, COLD)
        await asyncio.sleep(0.1)
        job.gone.set()
        await machine.rest()
        freed_ms = now_ms()
        again = submit(machine, COLD)
        await machine.rest()
        return job.read_tokens, freed_ms, again.read_tokens

    read, freed_ms, read_again = on("E3", scenario)
    assert (read, read_again) == (512, 488)
    assert freed_ms == pytest.approx(6.5 + 1000 * 512 / 316, abs=1.0)


def test_the_slot_is_given_in_order_and_who_has_gone_is_passed_over() -> None:
    async def scenario(machine: Machine) -> list[int]:
        first, second, third = (submit(machine, (f"p{index}", *COLD)) for index in range(3))
        await asyncio.sleep(0.08)
        second.gone.set()
        await machine.rest()
        return [len(job.written) for job in (first, second, third)]

    assert on("mid", scenario) == [3, 0, 3]

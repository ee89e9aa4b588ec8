"""Whether the model is near enough to wait for, from its rates and from what its last generations took."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.fakes import FakeBackend, FakeClock
from tierlsp.completion.forecast import PAUSE_MS, WORDS_SHARE, Forecast
from tierlsp.completion.generator import Generator
from tierlsp.completion.rates import Rates
from tierlsp.completion.request import Ask
from tierlsp.completion.supply import Supply
from tierlsp.completion.waiting import Waiter
from tierlsp.settings import load
from tierlsp.text.cursor import cursor_in

BUDGET_MS = 100
PATIENCE_MS = 1_000
CURSOR = cursor_in(["x = "], 0, 4, uri="file:///a.py", language="python", version=1)


class Memory:
    """What an earlier run has learnt."""

    def __init__(self, rates: Rates | None) -> None:
        self._rates = rates

    def load(self, model: str) -> Rates | None:
        return self._rates

    def save(self, model: str, rates: Rates) -> None:
        pass

    def flush(self) -> None:
        pass


class Rig:
    """A forecast for a model of known rates, or of none."""

    def __init__(self, rates: Rates | None = None) -> None:
        self.clock = FakeClock()
        self.backend = FakeBackend()
        settings = replace(load(()).settings.completion, budget_ms=BUDGET_MS, patience_ms=PATIENCE_MS)
        self.supply = Supply(self.clock, [self.backend], settings.model)
        self.generator = Generator(self.clock, settings, Memory(rates), lambda flight: None, lambda stream: None)
        self.forecast = Forecast(self.clock, settings, self.supply, self.generator)

    async def ready(self) -> Rig:
        await self.supply.search()
        return self

    @asynccontextmanager
    async def generating(self) -> AsyncIterator[None]:
        assert self.supply.serving is not None
        self.generator.start(CURSOR, self.supply.serving)
        yield
        await self.generator.aclose()

    def is_far(self, *, can_refresh: bool, queued_until_ms: float | None = None) -> bool:
        future = asyncio.get_running_loop().create_future()
        return self.forecast.is_far(Waiter(Ask(CURSOR, 0.0, can_refresh=can_refresh), future, queued_until_ms))


async def test_of_an_unknown_model_nothing_is_foretold() -> None:
    for rig in (Rig(Rates(fixed_ms=9_000.0)), await Rig().ready(), await Rig(Rates(token_ms=900.0)).ready()):
        assert not rig.forecast.is_wordless
        assert rig.is_far(can_refresh=True)
        assert not rig.is_far(can_refresh=False)


@pytest.mark.parametrize(
    ("rates", "is_wordless"),
    [
        (Rates(fixed_ms=WORDS_SHARE * BUDGET_MS), False),
        (Rates(fixed_ms=WORDS_SHARE * BUDGET_MS + 1.0), True),
        (Rates(fixed_ms=WORDS_SHARE * BUDGET_MS, token_ms=1.0), True),
        # The server has read nearly all: a slow prefill alone says nothing.
        (Rates(prefill_tokens_per_s=1.0), False),
    ],
)
async def test_a_word_is_expected_while_the_first_token_comes_well_within_the_budget(
    rates: Rates, is_wordless: bool
) -> None:
    rig = await Rig(rates).ready()
    assert rig.forecast.is_wordless is is_wordless


async def test_a_generation_that_has_begun_is_nearer_to_its_first_word() -> None:
    rig = await Rig(Rates(fixed_ms=WORDS_SHARE * BUDGET_MS + 40.0)).ready()
    async with rig.generating():
        await rig.clock.tick(39.0)
        assert rig.forecast.is_wordless
        await rig.clock.tick(1.0)
        assert not rig.forecast.is_wordless


@pytest.mark.parametrize(("fixed_ms", "is_far"), [(PAUSE_MS, False), (PAUSE_MS + 1.0, True)])
async def test_a_line_that_would_not_come_within_a_pause_is_far_where_it_can_be_shown_later(
    fixed_ms: float, is_far: bool
) -> None:
    rig = await Rig(Rates(fixed_ms=fixed_ms)).ready()
    assert rig.is_far(can_refresh=True) is is_far
    assert not rig.is_far(can_refresh=False)


async def test_a_request_that_is_held_back_has_its_line_so_much_later() -> None:
    rig = await Rig(Rates(fixed_ms=PAUSE_MS - 50.0)).ready()
    await rig.clock.tick(1_000.0)
    assert not rig.is_far(can_refresh=True, queued_until_ms=1_050.0)
    assert rig.is_far(can_refresh=True, queued_until_ms=1_051.0)
    assert not rig.is_far(can_refresh=True, queued_until_ms=0.0)


async def test_a_line_takes_its_tokens_too() -> None:
    rig = await Rig(Rates(fixed_ms=10.0, token_ms=60.0)).ready()
    assert rig.is_far(can_refresh=True)


async def test_a_model_that_outlasted_the_patience_is_far_for_every_editor_until_one_proves_better() -> None:
    rig = await Rig(Rates(fixed_ms=10.0)).ready()
    assert not rig.is_far(can_refresh=False)
    rig.forecast.gave_up()
    assert rig.is_far(can_refresh=False)
    assert rig.is_far(can_refresh=True)
    rig.forecast.took(500.0)
    assert not rig.is_far(can_refresh=False)


async def test_to_give_up_never_makes_a_slow_model_look_quicker() -> None:
    rig = await Rig().ready()
    for _ in range(50):
        rig.forecast.took(9_000.0)
    rig.forecast.gave_up()
    rig.forecast.took(0.0)
    assert rig.is_far(can_refresh=False)


async def test_generations_longer_than_the_patience_make_the_model_far_within_a_few() -> None:
    rig = await Rig().ready()
    rig.forecast.took(PATIENCE_MS)
    assert not rig.is_far(can_refresh=False)
    for _ in range(3):
        rig.forecast.took(2.0 * PATIENCE_MS)
    assert rig.is_far(can_refresh=False)


async def test_a_line_that_takes_all_the_patience_is_still_waited_for() -> None:
    rig = await Rig().ready()
    for _ in range(200):
        rig.forecast.took(PATIENCE_MS)
    assert not rig.is_far(can_refresh=False)

"""Who is well: models and providers, what is off until the settings change, how busy and how quick they are."""

from __future__ import annotations

from random import Random

import pytest

from tests.fakes import FakeClock
from tierlsp.routing.failures import Harm
from tierlsp.routing.health import OFF_S, Admission, Health

NOTHING = "nobody answers"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def health(clock: FakeClock) -> Health:
    return Health(clock, Random(1))


def admitted(health: Health, model: str) -> Admission:
    admission = health.admit(model)
    assert admission is not None
    return admission


def test_a_model_that_fails_alone_does_not_take_its_provider_down(health: Health) -> None:
    for _ in range(3):
        admitted(health, "a/x").failed(Harm.FAILURE, 0, NOTHING)
    assert health.admit("a/x") is None
    assert health.admit("a/y") is not None


def test_a_provider_that_is_away_takes_all_of_its_models_along(health: Health) -> None:
    admitted(health, "a/x").failed(Harm.LEAVE_PROVIDER, 0, NOTHING)
    assert health.admit("a/y") is None
    assert health.admit("b/x") is not None
    assert health.state_of("a/y").opens_in_s > 0


async def test_one_request_for_all_of_its_models_finds_out(health: Health, clock: FakeClock) -> None:
    admitted(health, "a/x").failed(Harm.LEAVE_PROVIDER, 0, NOTHING)
    await clock.tick(6_000)
    probe = admitted(health, "a/y")
    assert health.admit("a/x") is None
    probe.answering()
    other = health.admit("a/x")
    assert other is not None
    probe.succeeded(100)
    other.succeeded(100)
    assert health.opens_in_ms("a/x") == 0


async def test_one_that_is_refused_by_its_model_leaves_the_providers_probe_free(
    health: Health, clock: FakeClock
) -> None:
    admitted(health, "a/x").failed(Harm.LEAVE_MODEL, 60_000, NOTHING)
    admitted(health, "a/y").failed(Harm.LEAVE_PROVIDER, 0, NOTHING)
    await clock.tick(6_000)
    assert health.admit("a/x") is None
    assert health.admit("a/y") is not None


def test_what_is_off_stays_off_however_it_is_asked_until_the_settings_change(clock: FakeClock) -> None:
    told: list[tuple[str, str]] = []
    health = Health(clock, Random(1), lambda name, sentence: told.append((name, sentence)))
    for _ in range(2):
        admission = health.admit("a/x")
        if admission is not None:
            admission.failed(Harm.PROVIDER_OFF, 0, "the key is wrong")
    assert health.admit("a/y", is_forced=True) is None
    assert health.why_off("a/y") == "the key is wrong"
    assert health.state_of("a/y").opens_in_s == OFF_S
    assert told == [("a", "the key is wrong")]
    health.settings_changed()
    assert health.admit("a/y") is not None
    admitted(health, "a/x").failed(Harm.MODEL_OFF, 0, "it is gone")
    assert health.admit("a/x") is None
    assert health.admit("a/y") is not None


def test_what_the_request_is_to_blame_for_says_nothing_of_the_model(health: Health) -> None:
    for _ in range(10):
        admitted(health, "a/x").failed(Harm.NONE, 0, NOTHING)
    assert health.state_of("a/x").opens_in_s == 0


def test_how_busy_and_how_quick_it_is(health: Health) -> None:
    first, second = admitted(health, "a/x"), admitted(health, "a/x")
    assert health.state_of("a/x").in_flight == 2
    first.succeeded(100)
    first.succeeded(9_000)
    first.dropped()
    assert health.state_of("a/x").in_flight == 1
    second.succeeded(None)
    for ms in (200, 300):
        admitted(health, "a/x").succeeded(ms)
    state = health.state_of("a/x")
    assert (state.in_flight, state.p50_ms) == (0, 200)
    assert health.state_of("a/y").p50_ms is None


async def test_a_cancelled_probe_makes_room_for_the_next(health: Health, clock: FakeClock) -> None:
    for model, harm in (("a/x", Harm.LEAVE_MODEL), ("b/x", Harm.LEAVE_PROVIDER)):
        admitted(health, model).failed(harm, 0, NOTHING)
    await clock.tick(6_000)
    for model in ("a/x", "b/x"):
        admitted(health, model).dropped()
        assert health.admit(model) is not None


async def test_leave_that_was_given_before_a_failure_does_not_hold_after_it(health: Health, clock: FakeClock) -> None:
    waiting = admitted(health, "a/y")
    assert waiting.holds
    admitted(health, "a/x").failed(Harm.LEAVE_PROVIDER, 0, NOTHING)
    assert not waiting.holds
    waiting.dropped()
    await clock.tick(6_000)
    probe = admitted(health, "a/y")
    assert probe.holds

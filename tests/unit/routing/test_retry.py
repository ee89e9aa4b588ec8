"""When the same model is asked again, and how often."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeClock
from tierlsp.routing.retry import BUDGET_LEAST, BUDGET_SHARE, BUDGET_WINDOW_MS, CAP_MS, RetryBudget, backoff_ms


@given(st.integers(0, 10_000), st.integers(0, 2**32))
def test_back_off_stays_between_nothing_and_its_cap(retry: int, seed: int) -> None:
    assert 0.0 <= backoff_ms(retry, 0.0, Random(seed)) <= min(CAP_MS, 250.0 * 2.0 ** min(retry, 16))


@given(st.integers(0, 10), st.floats(1.0, 1e9), st.integers(0, 2**32))
def test_a_servers_wait_is_kept_and_stretched_by_a_tenth_at_most(retry: int, wait_ms: float, seed: int) -> None:
    waited_ms = backoff_ms(retry, wait_ms, Random(seed))
    assert waited_ms >= wait_ms
    assert waited_ms <= max(CAP_MS, wait_ms * 1.1)


def test_back_off_uses_the_whole_of_its_range() -> None:
    """Full jitter: those who failed together must not come back together."""
    chance = Random(7)
    waits = [backoff_ms(4, 0.0, chance) for _ in range(2_000)]
    assert min(waits) < 0.05 * CAP_MS
    assert max(waits) > 0.95 * CAP_MS
    assert 0.45 * CAP_MS < sum(waits) / len(waits) < 0.55 * CAP_MS


def test_the_same_seed_gives_the_same_waits() -> None:
    assert [backoff_ms(n, 0.0, Random(3)) for n in range(5)] == [backoff_ms(n, 0.0, Random(3)) for n in range(5)]


@given(st.lists(st.tuples(st.floats(0.0, 20_000.0), st.booleans()), max_size=200))
async def test_retries_stay_within_their_share_at_every_moment(steps: list[tuple[float, bool]]) -> None:
    clock = FakeClock()
    budget = RetryBudget(clock)
    requests: list[float] = []
    retries: list[float] = []
    now_ms = 0.0
    for pause_ms, is_retry in steps:
        now_ms += pause_ms
        clock._now_ms = now_ms
        if is_retry and budget.take("deepseek"):
            retries.append(now_ms)
        budget.note_request("deepseek")
        requests.append(now_ms)
        recent_requests = sum(1 for at in requests if at > now_ms - BUDGET_WINDOW_MS)
        recent_retries = sum(1 for at in retries if at > now_ms - BUDGET_WINDOW_MS)
        # Requests leave the window too, so a retry that was within the share may later be a little over it.
        assert recent_retries <= max(BUDGET_LEAST, BUDGET_SHARE * (recent_requests + len(requests)))


def test_three_retries_a_minute_are_always_free_and_providers_do_not_share() -> None:
    budget = RetryBudget(FakeClock())
    assert [budget.take("deepseek") for _ in range(4)] == [True, True, True, False]
    assert budget.take("qwen")


async def test_a_minute_later_there_is_room_again() -> None:
    clock = FakeClock()
    budget = RetryBudget(clock)
    while budget.take("deepseek"):
        pass
    await clock.tick(BUDGET_WINDOW_MS)
    assert budget.may_retry("deepseek")


def test_many_requests_allow_a_tenth_of_retries() -> None:
    budget = RetryBudget(FakeClock())
    for _ in range(100):
        budget.note_request("deepseek")
    taken = 0
    while budget.take("deepseek"):
        taken += 1
    assert taken == 10

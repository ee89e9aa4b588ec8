"""Routes: who can serve under which settings, keys and money, and a price that holds for the whole run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.fakes import FakeClock, settle
from tierlsp.backends.base import BackendSpec, Model
from tierlsp.errors import Unavailable
from tierlsp.routing.decision import GateName
from tierlsp.routing.facts import Facts, Kind
from tierlsp.routing.failures import Harm
from tierlsp.routing.fill import fill_tiers
from tierlsp.routing.health import Health
from tierlsp.routing.policy import policy_of
from tierlsp.routing.pricing import Pricing, book_of
from tierlsp.routing.router import Route, Router
from tierlsp.routing.shelf import FRESH_MS, LocalShelf
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.spend import Caps, Spent
from tierlsp.routing.tiers import Tier
from tierlsp.settings import load
from tierlsp.settings.sources import Layer, Origin

CODER = Model("qwen2.5-coder:7b", "qwen-coder", can_fim=True, can_chat=True, parameters=7 * 10**9)
BASE = Model("qwen2.5-coder:1.5b-base", "qwen-coder", can_fim=True, can_chat=False, parameters=1_500_000_000)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Server:
    """A model server with the models that it is given."""

    def __init__(self, models: Sequence[Model] | Exception) -> None:
        self.spec = BackendSpec("ollama", "ollama", "http://127.0.0.1:1")
        self.answer = models
        self.asked = 0

    async def models(self) -> tuple[Model, ...]:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return tuple(self.answer)


def settings_with(tree: dict[str, Any]) -> Any:
    return load([Layer(Origin.INITIALIZATION, tree)]).settings


async def router_for(
    tree: dict[str, Any] | None = None,
    *,
    keys: Sequence[str] = (),
    models: Sequence[Model] = (CODER,),
    spent: Spent | None = None,
    health: Health | None = None,
    is_looked: bool = True,
) -> Router:
    settings = settings_with(tree or {})
    clock = FakeClock()
    shelf = LocalShelf(clock, [Server(models)], lambda: None)
    if is_looked:
        await shelf.look()
    policy, problems = policy_of(shipped_rules())
    assert not problems
    budget = settings.budget
    return Router(
        tiers=fill_tiers(settings, keys.__contains__),
        backends=settings.backends,
        policy=policy,
        strategy="ordered",
        pricing=Pricing(book_of(settings), lambda: NOON),
        caps=Caps(budget.monthly_usd, budget.premium_usd, budget.action_usd),
        health=health or Health(clock, Random(0)),
        shelf=shelf,
        spent=lambda: spent,
        seed=lambda: 0,
    )


CLOUD = {
    "tiers": {"cheap": ["deepseek/deepseek-flash"], "premium": ["anthropic/claude-opus-5"]},
    "backends": {"deepseek": {}, "anthropic": {}},
}
KEYS = ("DEEPSEEK_API_KEY", "ANTHROPIC_API_KEY")
FIX = Facts(Kind.FIX, "python", prompt_tokens=900, max_output_tokens=800, likely_output_tokens=300, can_verify=True)
EXPLAIN = Facts(Kind.EXPLAIN, "python", prompt_tokens=900, max_output_tokens=800, likely_output_tokens=300)
REVIEW = Facts(Kind.REVIEW, "python", prompt_tokens=3000, max_output_tokens=3000, likely_output_tokens=900)


def gates(route: Route) -> dict[str, GateName]:
    return {removed.model: removed.gate for removed in route.decision.removed}


async def test_cheap_work_goes_to_the_cheap_model_and_hard_work_to_the_premium_one() -> None:
    router = await router_for(CLOUD, keys=KEYS)
    assert router.route(FIX).decision.model == "deepseek/deepseek-flash"
    assert router.route(REVIEW).decision.model == "anthropic/claude-opus-5"


async def test_with_no_key_at_all_the_local_model_serves_for_nothing() -> None:
    route = (await router_for()).route(FIX)
    assert (route.decision.tier, route.decision.model) == (Tier.LOCAL, "ollama/qwen2.5-coder:7b")
    assert route.quote is not None
    assert route.quote.max_usd == 0
    assert not route.decision.must_ask


async def test_before_the_servers_were_asked_nothing_is_said_of_their_models() -> None:
    route = (await router_for(is_looked=False)).route(FIX)
    assert route.decision.model is None
    assert "not answered yet" in route.decision.removed[0].text


@pytest.mark.parametrize("models", [(), (BASE,)], ids=["nothing installed", "nothing that follows instructions"])
async def test_a_machine_without_a_model_for_actions_says_how_to_get_one(models: tuple[Model, ...]) -> None:
    route = (await router_for(models=models)).route(FIX)
    assert route.decision.model is None
    assert "ollama pull" in route.decision.removed[0].text


async def test_a_model_without_its_key_is_ruled_out_with_the_variables_name() -> None:
    route = (await router_for(CLOUD, keys=("ANTHROPIC_API_KEY",))).route(FIX)
    assert gates(route)["deepseek/deepseek-flash"] is GateName.KEY
    assert any("DEEPSEEK_API_KEY" in removed.text for removed in route.decision.removed)


async def test_what_was_switched_off_is_ruled_out_until_the_settings_change() -> None:
    health = Health(FakeClock(), Random(0))
    admission = health.admit("deepseek/deepseek-flash")
    assert admission is not None
    admission.failed(Harm.PROVIDER_OFF, 0.0, "DeepSeek does not take the key")
    router = await router_for(CLOUD, keys=KEYS, health=health)
    assert gates(router.route(FIX))["deepseek/deepseek-flash"] is GateName.HEALTH
    health.settings_changed()
    assert router.route(FIX).decision.model == "deepseek/deepseek-flash"


async def test_when_the_month_is_spent_paid_models_are_ruled_out_and_the_local_one_serves() -> None:
    spent = Spent(Decimal(25), Decimal(25), Decimal(0))
    route = (await router_for(CLOUD, keys=KEYS, spent=spent)).route(FIX)
    assert route.decision.tier is Tier.LOCAL
    assert set(gates(route).values()) == {GateName.BUDGET}


async def test_when_the_premium_money_is_spent_premium_work_asks_before_it_goes_lower() -> None:
    spent = Spent(Decimal(0), Decimal(20), Decimal(20))
    route = (await router_for(CLOUD, keys=KEYS, spent=spent)).route(REVIEW)
    assert route.decision.tier is Tier.CHEAP
    assert route.decision.must_ask


async def test_a_call_that_could_cost_more_than_the_run_may_is_ruled_out() -> None:
    router = await router_for(CLOUD, keys=KEYS)
    route = router.route(REVIEW, max_usd=Decimal("0.01"))
    assert gates(route)["anthropic/claude-opus-5"] is GateName.BUDGET
    assert router.route(REVIEW, max_usd=Decimal("0.5")).decision.model == "anthropic/claude-opus-5"


async def test_a_model_without_a_known_price_is_told_as_such_and_never_held_to_be_free() -> None:
    tree = {"tiers": {"cheap": ["openrouter/nobody/knows-it"]}, "backends": {"openrouter": {}}}
    router = await router_for(tree, keys=("OPENROUTER_API_KEY",))
    route = router.route(EXPLAIN)
    assert route.quote is not None
    assert route.quote.max_usd is None
    # A limit cannot be held for it, so with one it is not asked.
    assert gates(router.route(EXPLAIN, max_usd=Decimal(1)))["openrouter/nobody/knows-it"] is GateName.BUDGET


async def test_the_highest_price_of_a_checked_answer_has_room_for_its_one_repair() -> None:
    router = await router_for(CLOUD, keys=KEYS)
    once, checked = router.route(EXPLAIN).quote, router.route(FIX).quote
    assert once is not None
    assert checked is not None
    assert once.max_usd is not None
    assert checked.max_usd is not None
    assert once.usd == checked.usd
    assert checked.max_usd > 2 * once.max_usd


async def test_the_price_shown_covers_what_the_caller_sets_aside() -> None:
    router = await router_for(CLOUD, keys=KEYS)
    quote = router.route(EXPLAIN).quote
    assert quote is not None
    text = "total = sum(each.price for each in basket)\n" * 63
    set_aside = router.pricing.highest("deepseek/deepseek-flash", [text], 800, NOON)
    assert set_aside is not None
    assert quote.max_usd is not None
    assert set_aside <= quote.max_usd


async def test_where_a_prompt_is_too_long_for_this_machine_the_route_says_what_would_fit() -> None:
    router = await router_for()
    long = Facts(Kind.EXPLAIN, "python", prompt_tokens=6000, max_output_tokens=1000)
    route = router.route(long)
    assert route.decision.model is None
    assert route.room_tokens is not None
    assert 1000 < route.room_tokens < 3096
    fitting = Facts(Kind.EXPLAIN, "python", prompt_tokens=route.room_tokens, max_output_tokens=1000)
    assert router.route(fitting).decision.model == "ollama/qwen2.5-coder:7b"


async def test_hosts_are_shown_without_anything_else_of_the_address() -> None:
    router = await router_for(CLOUD, keys=KEYS)
    assert router.host_of("anthropic/claude-opus-5") == "api.anthropic.com"
    assert router.host_of("nobody/x") == ""


async def test_the_shelf_is_asked_once_in_a_while_and_once_by_all_who_wait() -> None:
    clock, server = FakeClock(), Server([CODER])
    shelf = LocalShelf(clock, [server], lambda: None)
    await shelf.look()
    await shelf.look()
    assert server.asked == 1
    await clock.tick(FRESH_MS)
    await shelf.look()
    assert server.asked == 2
    shelf.forget()
    await shelf.look()
    assert server.asked == 3


async def test_a_server_that_is_down_takes_no_other_down() -> None:
    clock = FakeClock()
    down, up = Server(Unavailable("nobody answers", cause="refused")), Server([CODER])
    shelf = LocalShelf(clock, [down, up], lambda: None)
    await shelf.look()
    assert shelf.choice.model == "ollama/qwen2.5-coder:7b"
    assert shelf.find("ollama/qwen2.5-coder:7b") is not None
    assert shelf.find("ollama/nosuch") is None
    shelf.close()
    await settle()


async def test_the_price_of_several_calls_is_one_and_never_above_the_cap() -> None:
    router = await router_for(CLOUD, keys=KEYS)
    one, three = router.route(REVIEW), router.route(replace(REVIEW, calls=3))
    assert one.quote is not None and three.quote is not None
    assert one.quote.usd is not None and one.quote.max_usd is not None
    assert three.quote.usd == one.quote.usd * 3
    assert three.quote.max_usd == one.quote.max_usd * 3
    assert three.quote.prompt_tokens == one.quote.prompt_tokens * 3
    # What passes the cap is not ruled out: it is done in part.
    many = router.route(replace(REVIEW, calls=10_000))
    assert many.decision.model == one.decision.model
    assert many.quote is not None and many.quote.max_usd == router.caps.action_usd
    held = router.route(replace(REVIEW, calls=3), max_usd=one.quote.max_usd * 2)
    assert held.quote is not None and held.quote.max_usd == one.quote.max_usd * 2

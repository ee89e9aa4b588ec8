"""From facts to a route: the candidates as the settings, keys, health and money leave them, the decision, the price.

From memory alone: it may be asked at every move of a cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from tierlsp.routing.candidates import Candidate, skills_of
from tierlsp.routing.decide import decide
from tierlsp.routing.decision import Decision, GateName, Quote
from tierlsp.routing.estimate import CHARS_PER_TOKEN, Tokens, tokens_for_chars
from tierlsp.routing.explain import shown_usd
from tierlsp.routing.facts import Facts
from tierlsp.routing.fill import AUTO, Filled, FilledTiers
from tierlsp.routing.gates import longest_prompt
from tierlsp.routing.health import Health
from tierlsp.routing.pick import pick
from tierlsp.routing.policy import Policy
from tierlsp.routing.prices import ModelRow
from tierlsp.routing.pricing import Pricing
from tierlsp.routing.shelf import LocalShelf
from tierlsp.routing.spend import Caps, Spent
from tierlsp.routing.tiers import Tier
from tierlsp.settings import BackendSettings

PROMPT_SLACK = 1.05
"""How much longer than the plan a prompt can become on its way: placeholders are longer than some secrets."""

MESSAGES = 6
"""Parts of a prompt, at most, each of which a provider puts a frame around."""


Shut = tuple[GateName, str]
"""A gate that is shut, and why, in a sentence's words."""


@dataclass(frozen=True, slots=True)
class Route:
    """A decision and its price."""

    decision: Decision
    quote: Quote | None
    """Of the first candidate; `None` where there is none."""
    higher_usd: Decimal | None = None
    """The most that one call of the tier above could cost; `None` where there is none, or its price is unknown."""
    room_tokens: int | None = None
    """Where no model can take a prompt of this length: the longest that one on this machine could."""
    longest_tokens: int | None = None
    """The longest prompt that every one of the candidates can take."""


@dataclass(frozen=True, slots=True)
class Router:
    """Makes routes. It changes nothing; what it looks at changes."""

    tiers: FilledTiers
    backends: Mapping[str, BackendSettings]
    policy: Policy
    strategy: Literal["ordered", "shuffle", "leastBusy", "latency"]
    pricing: Pricing
    caps: Caps
    health: Health
    shelf: LocalShelf
    spent: Callable[[], Spent | None]
    """What the ledger said last; `None` before it said anything. The ledger itself holds the caps."""
    seed: Callable[[], int]
    """For the strategy `shuffle`."""

    def route(self, facts: Facts, *, max_usd: Decimal | None = None) -> Route:
        """Return who does the work, and at what price.

        Args:
            facts: what it is.
            max_usd: the most that it may cost, in US dollars; `None` for the action's cap of the settings.
        """
        candidates = tuple(self._candidates(facts, max_usd))
        decision = decide(facts, candidates, self.policy)
        if max_usd is not None:
            # What the run may cost decides who begins. A tier above that is dearer stays in sight, to be asked about.
            without = decide(facts, tuple(self._candidates(facts, None)), self.policy)
            decision = replace(decision, higher=without.higher) if without.tier is decision.tier else decision
        models = self._ordered(decision.candidates, decision.preferred)
        decision = replace(decision, candidates=models)
        higher = decision.higher[0][1] if decision.higher else ()
        return Route(
            decision=decision,
            quote=self._of_all_calls(self._quote(models[0], facts), facts, max_usd) if models else None,
            higher_usd=self._highest(higher[0], facts) if higher else None,
            room_tokens=None if models else self._room(candidates, facts),
            longest_tokens=self._longest(candidates, models, facts),
        )

    def host_of(self, model: str) -> str:
        """Return where `backend/model` is, as a person reads it."""
        backend = self.backends.get(model.partition("/")[0])
        return "" if backend is None else backend.base_url.partition("//")[2].partition("/")[0]

    def is_here(self, model: str) -> bool:
        """Whether what is sent to `backend/model` stays on this machine, as far as is known."""
        backend, found = self.backends.get(model.partition("/")[0]), self.shelf.find(model)
        is_remote = found is not None and found.model.is_remote
        return backend is not None and backend.keeps(model.partition("/")[2]) and not is_remote

    def serving(self, tier: Tier) -> Candidate | None:
        """Return the first model of `tier` that could serve something, for the status."""
        facts_free = self._of_tier(tier, None, None)
        return next((each for each in facts_free if each.blocked is None and not each.is_retired), None)

    def why_not(self, tier: Tier) -> str:
        """Return why no model of `tier` can serve, in a sentence's words; empty if one can or there is none."""
        found = list(self._of_tier(tier, None, None))
        if any(each.blocked is None and not each.is_retired for each in found):
            return ""
        return next((f"{each.model}: {each.blocked[1]}" for each in found if each.blocked), "")

    def _candidates(self, facts: Facts, max_usd: Decimal | None) -> Iterator[Candidate]:
        for tier in Tier:
            yield from self._of_tier(tier, facts, max_usd)

    def _of_tier(self, tier: Tier, facts: Facts | None, max_usd: Decimal | None) -> Iterator[Candidate]:
        for each in self.tiers.of(tier):
            if each.model == AUTO or self._is_listed(each.model):
                yield self._on_shelf(each, tier)
            else:
                yield self._priced(each, tier, facts, max_usd)

    def _is_listed(self, model: str) -> bool:
        """Whether the model's server lists what it has without being paid for it."""
        backend = self.backends.get(model.partition("/")[0])
        return backend is not None and backend.completes and backend.keeps(model.partition("/")[2])

    def _on_shelf(self, filled: Filled, tier: Tier) -> Candidate:
        """Return a candidate on this machine, as far as its server was asked."""
        choice = self.shelf.choice
        name = choice.model if filled.model == AUTO else filled.model
        if self.shelf.is_assumed:
            first = next((each for each in self.backends.values() if each.completes), None)
            assumed = AUTO if first is None else f"{first.name}/{AUTO}"
            return self._local(name or assumed, tier, first.num_ctx if first else 0, None)
        if name is None:
            return Candidate(AUTO, tier, is_local=True, blocked=(GateName.CAPABILITY, choice.why))
        found = self.shelf.find(name)
        blocked = self._off(name)
        if found is None:
            why = "its server does not have it" if self.shelf.has_looked else "its server has not answered yet"
            blocked = (GateName.CAPABILITY, why)
        elif not found.model.can_chat:
            blocked = (GateName.CAPABILITY, "it cannot follow instructions")
        backend = self.backends[name.partition("/")[0]]
        context = backend.num_ctx if backend.kind == "ollama" else (found.model.context_tokens if found else 0)
        candidate = self._local(name, tier, context, blocked)
        return replace(candidate, is_local=False) if found is not None and found.model.is_remote else candidate

    def _local(self, name: str, tier: Tier, context_tokens: int, blocked: Shut | None) -> Candidate:
        return Candidate(
            model=name,
            tier=tier,
            is_local=True,
            context_tokens=context_tokens or None,
            long_context_tokens=context_tokens,
            skills=skills_of(name, self.policy.skills),
            blocked=blocked,
        )

    def _priced(self, filled: Filled, tier: Tier, facts: Facts | None, max_usd: Decimal | None) -> Candidate:
        name = filled.model
        row = self.pricing.book.row_for(name)
        backend = self.backends[name.partition("/")[0]]
        return Candidate(
            model=name,
            tier=tier,
            is_local=backend.keeps(name.partition("/")[2]),
            context_tokens=row.context_window if row else None,
            max_output_tokens=row.max_output if row else None,
            long_context_tokens=(row.proven_context or 0) if row else 0,
            skills=skills_of(name, self.policy.skills),
            is_retired=row is not None and row.is_retired(self.pricing.now()),
            blocked=self._lack(filled) or self._off(name) or self._too_dear(name, tier, row, facts, max_usd),
        )

    def _lack(self, filled: Filled) -> Shut | None:
        if not filled.lacks_key:
            return None
        return GateName.KEY, f"there is no API key in {filled.lacks_key}"

    def _off(self, model: str) -> Shut | None:
        why = self.health.why_off(model)
        return (GateName.HEALTH, why) if why else None

    def _too_dear(
        self, model: str, tier: Tier, row: ModelRow | None, facts: Facts | None, max_usd: Decimal | None
    ) -> Shut | None:
        """Return why the money for `model` is not there."""
        spent, caps = self.spent(), self.caps
        left = caps.action_usd if max_usd is None else max_usd
        is_free = row is not None and not row.price.input and not row.price.output
        if is_free:
            return None
        if spent is not None:
            if tier is Tier.PREMIUM and spent.premium_usd >= caps.premium_usd:
                return GateName.BUDGET, f"the {shown_usd(caps.premium_usd)} of `budget.premiumUsd` are spent"
            if spent.month_usd >= caps.monthly_usd:
                return GateName.BUDGET, f"the {shown_usd(caps.monthly_usd)} of `budget.monthlyUsd` are spent"
            left = min(left, caps.monthly_usd - spent.month_usd)
            if tier is Tier.PREMIUM:
                left = min(left, caps.premium_usd - spent.premium_usd)
        highest = self._highest(model, facts) if facts is not None else None
        if highest is not None and highest > left:
            return GateName.BUDGET, f"it could cost up to {shown_usd(highest)}, and {shown_usd(left)} may be spent"
        if highest is None and facts is not None and max_usd is not None:
            return GateName.BUDGET, f"its price is not known, so it cannot be held to {shown_usd(max_usd)}"
        return None

    def _of_all_calls(self, quote: Quote, facts: Facts, max_usd: Decimal | None) -> Quote:
        """Return what all calls of the work cost together: no more than what may be spent, for then it ends."""
        count = facts.calls
        if count == 1:
            return quote
        cap = self.caps.action_usd if max_usd is None else max_usd
        return replace(
            quote,
            usd=None if quote.usd is None else min(quote.usd * count, cap),
            max_usd=None if quote.max_usd is None else min(quote.max_usd * count, cap),
            prompt_tokens=quote.prompt_tokens * count,
            output_tokens=quote.output_tokens * count,
            max_output_tokens=quote.max_output_tokens * count,
        )

    def _quote(self, model: str, facts: Facts) -> Quote:
        """Return what the work costs: one call, and where an answer is verified its one repair in the highest price."""
        highest = facts.highest_prompt_tokens
        if not highest:
            highest = tokens_for_chars(int(facts.prompt_tokens * CHARS_PER_TOKEN), MESSAGES).highest
        prompt = Tokens(facts.prompt_tokens, int(highest * PROMPT_SLACK))
        output = Tokens(facts.likely_output_tokens, facts.max_output_tokens)
        quote = self.pricing.quote(model, prompt, output)
        if not facts.can_verify or quote.max_usd is None:
            return quote
        # The repair is told the whole answer that did not pass.
        again = self.pricing.quote(model, prompt + Tokens(output.highest, output.highest), output)
        most = None if again.max_usd is None else quote.max_usd + again.max_usd
        return replace(quote, max_usd=most)

    def _highest(self, model: str, facts: Facts) -> Decimal | None:
        return self._quote(model, facts).max_usd

    def _ordered(self, models: Sequence[str], preferred: int) -> tuple[str, ...]:
        states = {model: self.health.state_of(model) for model in models}
        return pick(models, states, self.strategy, self.seed(), preferred=preferred)

    def _room(self, candidates: Sequence[Candidate], facts: Facts) -> int | None:
        """Return the longest prompt that a model on this machine could take, if it could take any."""
        rest = facts.max_output_tokens + self.policy.lengths.margin_tokens
        able = [each for each in candidates if each.is_local and each.blocked is None and each.context_tokens]
        room = max(((each.context_tokens or 0) - rest for each in able), default=0)
        return room if 0 < room < facts.prompt_tokens - facts.spare_tokens else None

    def _longest(self, candidates: Sequence[Candidate], models: Sequence[str], facts: Facts) -> int | None:
        lengths = self.policy.lengths
        found = [longest_prompt(each, facts, lengths) for each in candidates if each.model in models]
        return min(found, default=None)

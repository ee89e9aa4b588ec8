"""What a month cost, from the ledger's rows: pure sums, and the comparison with a premium model for everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tierlsp.routing.ledger_rows import CompletionCount
from tierlsp.routing.prices import ModelRow, PriceBook, cost_of
from tierlsp.routing.spend import Entry
from tierlsp.routing.tiers import Tier


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls, their tokens and their money."""

    usd: Decimal = Decimal(0)
    """What is known of it; see `unpriced`."""
    calls: int = 0
    input_tokens: int = 0
    """Read at the full price or written to a cache."""
    cached_tokens: int = 0
    """Found in a cache. No token is in both."""
    output_tokens: int = 0
    unpriced: int = 0
    """Calls whose price nobody knows; they are not in `usd`."""

    def with_entry(self, entry: Entry) -> Tally:
        """Return the tally with one more call."""
        usage = entry.usage
        return Tally(
            usd=self.usd + (entry.cost.usd or Decimal(0)),
            calls=self.calls + 1,
            input_tokens=self.input_tokens + usage.prompt_tokens - usage.cached_tokens,
            cached_tokens=self.cached_tokens + usage.cached_tokens,
            output_tokens=self.output_tokens + usage.output_tokens,
            unpriced=self.unpriced + (entry.cost.usd is None),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with a monthly fee that served calls."""

    model: str
    usd_per_month: Decimal
    calls: int

    @property
    def usd_per_call(self) -> Decimal:
        """The fee, spread over the month's calls."""
        return self.usd_per_month / self.calls


@dataclass(frozen=True, slots=True)
class Work:
    """A row of the monthly table: the calls for one sort of work."""

    name: str
    """`daily work` or `hard problems`; completions are no calls."""
    tally: Tally
    models: tuple[str, ...]
    """Dearest first."""
    premium_usd: Decimal | None
    """What a premium model would have taken for them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the month would have cost with a premium model for every action."""

    model: str
    usd: Decimal
    assumptions: tuple[str, ...]
    """Sentences: what the figure takes for granted."""


@dataclass(frozen=True, slots=True)
class Report:
    """One month."""

    month: str
    total: Tally
    tiers: dict[str, Tally]
    """All three, lowest first."""
    models: dict[str, Tally]
    """Dearest first, like `actions`."""
    actions: dict[str, Tally]
    days: dict[str, dict[str, Tally]]
    """By date and tier, for the dates that have calls."""
    works: tuple[Work, ...]
    completions: tuple[CompletionCount, ...]
    comparison: Comparison | None
    """`None` where no premium model with a known price is set."""
    escalation_usd: Decimal
    """What was paid for answers that were of no use, so that a higher tier did the work again."""
    escalated_calls: int
    open_usd: Decimal
    """Reserved for calls that run now, or whose process ended in the middle; in the sums at their highest price."""
    open_calls: int
    estimated_calls: int
    """Booked from an estimate of tokens, since the provider never told."""
    plans: tuple[Plan, ...]
    main_tiers: dict[str, str]
    """For each model and action, the tier in which it cost most."""

    @property
    def plans_usd(self) -> Decimal:
        """The fees of the plans that served calls."""
        return sum((plan.usd_per_month for plan in self.plans), Decimal(0))

    @property
    def saved_usd(self) -> Decimal | None:
        """What was saved against a premium model for everything, fees of plans counted; negative for a loss."""
        return None if self.comparison is None else self.comparison.usd - self.total.usd - self.plans_usd


def report_of(
    month: str,
    entries: Sequence[Entry],
    completions: tuple[CompletionCount, ...],
    book: PriceBook,
    premium: str | None,
) -> Report:
    """Sum up `month` (`YYYY-MM`). `premium` is the `backend/model` to compare with."""
    wasted = wasted_entries(entries)
    price = _premium_price(entries, wasted, book, premium)
    still_open = [entry for entry in entries if entry.is_open]
    return Report(
        month=month,
        total=_tally(entries),
        tiers={tier.value: _tally(entry for entry in entries if entry.order.tier is tier) for tier in Tier},
        models=_by(entries, lambda entry: entry.order.model),
        actions=_by(entries, lambda entry: entry.order.kind.value),
        days=_by_day(entries),
        works=(
            _work("daily work", [entry for entry in entries if entry.order.tier is not Tier.PREMIUM], price),
            _work("hard problems", [entry for entry in entries if entry.order.tier is Tier.PREMIUM], price),
        ),
        completions=completions,
        comparison=_comparison(entries, price),
        escalation_usd=_tally(wasted).usd,
        escalated_calls=len(wasted),
        open_usd=_tally(still_open).usd,
        open_calls=len(still_open),
        estimated_calls=sum(entry.is_estimate for entry in entries),
        plans=_plans(entries, book),
        main_tiers=_main_tiers(entries),
    )


def wasted_entries(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the calls whose answers were of no use: those of a run in front of its last escalation."""
    last: dict[str, int] = {}
    for place, entry in enumerate(entries):
        if entry.order.is_escalation:
            last[entry.order.run] = place
    return tuple(entry for place, entry in enumerate(entries) if place < last.get(entry.order.run, 0))


def as_json(report: Report) -> dict[str, Any]:
    """Return the object that `tierlsp usage --json` prints and `tierlsp.usage` answers."""
    return {
        "month": report.month,
        **_json(report.total),
        "tiers": {name: _json(tally) for name, tally in report.tiers.items()},
        "models": {name: _json(tally) for name, tally in report.models.items()},
        "actions": {name: _json(tally) for name, tally in report.actions.items()},
        "premiumOnlyUsd": None if report.comparison is None else float(report.comparison.usd),
        "escalationUsd": float(report.escalation_usd),
        "unpricedCalls": report.total.unpriced,
    }


def _json(tally: Tally) -> dict[str, Any]:
    tokens = {"input": tally.input_tokens, "cached": tally.cached_tokens, "output": tally.output_tokens}
    return {"usd": float(tally.usd), "calls": tally.calls, "tokens": tokens}


def _tally(entries: Iterable[Entry]) -> Tally:
    tally = Tally()
    for entry in entries:
        tally = tally.with_entry(entry)
    return tally


def _by(entries: Sequence[Entry], key: Callable[[Entry], str]) -> dict[str, Tally]:
    """Return a tally for each value of `key`, the dearest first."""
    found: dict[str, Tally] = {}
    for entry in entries:
        found[key(entry)] = found.get(key(entry), Tally()).with_entry(entry)
    return dict(sorted(found.items(), key=lambda item: (-item[1].usd, -item[1].calls, item[0])))


def _main_tiers(entries: Sequence[Entry]) -> dict[str, str]:
    found: dict[str, dict[str, tuple[Decimal, int]]] = {}
    for entry in entries:
        for name in (entry.order.model, entry.order.kind.value):
            usd, calls = found.setdefault(name, {}).get(entry.order.tier.value, (Decimal(0), 0))
            found[name][entry.order.tier.value] = (usd + (entry.cost.usd or Decimal(0)), calls + 1)
    return {name: max(tiers, key=lambda tier: tiers[tier]) for name, tiers in found.items()}


def _by_day(entries: Sequence[Entry]) -> dict[str, dict[str, Tally]]:
    days: dict[str, dict[str, Tally]] = {}
    for entry in entries:
        tiers = days.setdefault(entry.at.date().isoformat(), {tier.value: Tally() for tier in Tier})
        tiers[entry.order.tier.value] = tiers[entry.order.tier.value].with_entry(entry)
    return dict(sorted(days.items()))


def _work(name: str, entries: Sequence[Entry], price: _PremiumPrice | None) -> Work:
    usd = None if price is None else price.of_all(entries)
    return Work(name, _tally(entries), tuple(_by(entries, lambda entry: entry.order.model)), usd)


@dataclass(frozen=True, slots=True)
class _PremiumPrice:
    """What a call would have cost with the model that is compared with."""

    model: str
    row: ModelRow
    left_out: frozenset[int]
    """The identities of the entries that would not have been made."""

    def of_all(self, entries: Sequence[Entry]) -> Decimal:
        return sum((self._of(entry) for entry in entries if id(entry) not in self.left_out), Decimal(0))

    def _of(self, entry: Entry) -> Decimal:
        if entry.order.tier is Tier.PREMIUM and entry.cost.usd is not None:
            return entry.cost.usd
        return cost_of(replace(entry.usage, cost_usd=None), self.row, entry.at).usd or Decimal(0)


def _premium_price(
    entries: Sequence[Entry], wasted: Sequence[Entry], book: PriceBook, premium: str | None
) -> _PremiumPrice | None:
    row = None if premium is None else book.row_for(premium)
    if premium is None or row is None or row.flat_usd_per_month is not None:
        return None
    return _PremiumPrice(premium, row, frozenset(id(entry) for entry in wasted))


def _comparison(entries: Sequence[Entry], price: _PremiumPrice | None) -> Comparison | None:
    if price is None:
        return None
    assumptions = (
        f"every action is answered by {price.model}, at the prices of {price.row.source}"
        f" as of {price.row.as_of or 'today'}",
        "with as many tokens, and as many of them found in the provider's cache, as with the model that did the work",
        "and an answer as long; a premium model that thinks writes more",
        "what a premium model did counts as what it cost",
        "a try whose work a higher tier did again would not have been made, so it is left out",
        "completions are left out: nobody sends each key press to a premium model",
    )
    return Comparison(price.model, price.of_all(entries), assumptions)


def _plans(entries: Sequence[Entry], book: PriceBook) -> tuple[Plan, ...]:
    """Return the plans that served calls; models of one backend share one."""
    calls: dict[str, int] = {}
    fees: dict[str, tuple[str, Decimal]] = {}
    for entry in entries:
        backend = entry.order.model.partition("/")[0]
        row = book.row_for(entry.order.model)
        if row is not None and row.flat_usd_per_month is not None:
            calls[backend] = calls.get(backend, 0) + 1
            fees[backend] = (backend, row.flat_usd_per_month)
    return tuple(Plan(name, fee, calls[name]) for name, fee in fees.values())

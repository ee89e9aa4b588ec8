"""What a model costs: its row of `prices.toml` or of the settings, and arithmetic on it. Pure; no clock, no network.

Amounts are US dollars as `Decimal`, prices are for a million tokens. Nothing is rounded, so figures add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

from tierlsp.backends.chat import TokenUsage
from tierlsp.routing.spend import Cost, PriceSource
from tierlsp.settings.tree import is_cloud_name

MILLION = Decimal(1_000_000)
"""Prices are for as many tokens."""

CLOCK_DOUBT = timedelta(minutes=15)
"""How far this machine's clock may be behind the vendor's, and how long a request may have been under way."""

LONGEST_CALL = timedelta(minutes=30)
"""No call lasts longer, with doubt about the clock: a review has ten minutes."""

_STEP = timedelta(minutes=5)
"""Between two moments at which a price is looked at to find the highest. Vendors' hours begin on the hour."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal
    cached_input: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal

    def times(self, factor: Decimal) -> Price:
        """Return every price times `factor`."""
        return Price(
            input=self.input * factor,
            output=self.output * factor,
            cached_input=self.cached_input * factor,
            cache_write_5m=self.cache_write_5m * factor,
            cache_write_1h=self.cache_write_1h * factor,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """The price of a whole call whose prompt is long."""

    above: int
    """From the next prompt token on."""
    price: Price


@dataclass(frozen=True, slots=True)
class Hours:
    """A factor on all prices for a part of the day, in UTC."""

    start: time
    end: time
    """Not included. It lies later on the same day."""
    weekdays: frozenset[int]
    """0 is Monday."""
    not_on: frozenset[date]
    factor: Decimal

    def hold(self, at: datetime) -> bool:
        """Whether the factor applies at `at` (UTC)."""
        is_day = at.weekday() in self.weekdays and at.date() not in self.not_on
        return is_day and self.start <= at.time() < self.end


@dataclass(frozen=True, slots=True)
class ModelRow:
    """What is known of a model at one seller."""

    name: str
    """`seller/model`, as the table has it first."""
    price: Price
    source: str
    """The vendor's page, or where else the figures come from."""
    as_of: date | None = None
    steps: tuple[Step, ...] = ()
    """By length, shortest first."""
    hours: tuple[Hours, ...] = ()
    later: tuple[tuple[date, Price], ...] = ()
    """Prices that hold from a date on, earliest first."""
    ceiling: Price | None = None
    """The most that any host behind a reseller takes."""
    flat_usd_per_month: Decimal | None = None
    """The fee of a plan in which a call costs nothing more."""
    context_window: int | None = None
    max_output: int | None = None
    proven_context: int | None = None
    """The longest prompt that routing sends it."""
    token_factor: Decimal = Decimal(1)
    """How many of its tokens stand for one of `estimate.py`."""
    retired_on: date | None = None
    replaced_by: str = ""
    origin: PriceSource = PriceSource.TABLE
    """Who says so: the table, the person, or `FREE` for a model on this machine."""

    def is_retired(self, at: datetime) -> bool:
        """Whether its vendor has stopped answering by `at`."""
        return self.retired_on is not None and at.astimezone(UTC).date() >= self.retired_on

    def price_at(self, prompt_tokens: int, at: datetime) -> Price:
        """Return the price of a call that begins at `at` with a prompt of that length."""
        at = at.astimezone(UTC)
        price = self.price
        for since, changed in self.later:
            if at.date() >= since:
                price = changed
        for step in self.steps:
            if prompt_tokens > step.above:
                price = step.price
        for hours in self.hours:
            if hours.hold(at):
                price = price.times(hours.factor)
        return price


class UserPrice(Protocol):
    """A table of the settings' section `prices`. What is `None` was not set."""

    @property
    def input(self) -> Decimal | None:
        """Of a prompt token, times a million."""

    @property
    def output(self) -> Decimal | None:
        """Of a written token, times a million."""

    @property
    def cached_input(self) -> Decimal | None:
        """Of one found in the cache; as `input` if not set."""

    @property
    def cache_write(self) -> Decimal | None:
        """Of one written to the cache; as `input` if not set."""


NOTHING = Price(*[Decimal(0)] * 5)
"""The price of what costs nothing."""

LOCAL_SELLER = ""
"""The seller of what runs on this machine."""


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Finds the row of a model: the person's own price first, then the table's."""

    user_prices: Mapping[str, UserPrice]
    """By `backend/model`."""
    table: Mapping[str, ModelRow]
    """By `seller/model`, in small letters; `price_table.load_table`."""
    sellers: Mapping[str, str] = field(default_factory=dict)
    """Who is paid for each backend: a preset's name, `LOCAL_SELLER`, or a name without rows where nobody knows.

    A backend that is not in it is its own seller. `sellers.sellers_of` fills it from the settings.
    """

    def row_for(self, model: str) -> ModelRow | None:
        """Return what is known of `backend/model`, `None` where no price is known.

        A dated name is that of the model without the date (`gpt-5.4-2026-03-05`), unless the table has it itself.
        """
        row = self._row_of_table(model)
        own = self.user_prices.get(model)
        if own is None or own.input is None or own.output is None:
            return row
        return _with_user_price(model, own, row)

    def row_of_answer(self, model: str, usage: TokenUsage) -> ModelRow | None:
        """Return the row by which an answer is charged: that of the model that answered, where it has one.

        Resellers may answer with another model than was asked. A name that nobody knows is taken for the asked model's
        in other words.
        """
        if usage.model and model not in self.user_prices:
            backend = model.partition("/")[0]
            answered = self.row_for(f"{backend}/{usage.model}")
            if answered is not None:
                return answered
        return self.row_for(model)

    def _row_of_table(self, model: str) -> ModelRow | None:
        backend, _, name = model.partition("/")
        seller = self.sellers.get(backend, backend)
        if seller == LOCAL_SELLER:
            # Ollama passes some models on to its own cloud, which is not free.
            return None if is_cloud_name(name) else _free(model)
        for candidate in _names(f"{seller}/{name}".lower()):
            if (row := self.table.get(candidate)) is not None:
                return row
        return None


def cost_of(usage: TokenUsage, row: ModelRow | None, at: datetime) -> Cost:
    """Return what a call cost that began at `at`: what the provider says, else tokens times price."""
    said = usage.cost_usd
    if said is not None and said.is_finite() and said >= 0:
        return Cost(said, PriceSource.PROVIDER)
    if row is None:
        return Cost(None, PriceSource.UNKNOWN)
    return Cost(_sum(usage, row.price_at(usage.prompt_tokens, at)), row.origin)


def highest_cost(
    prompt_tokens: int, max_output_tokens: int, row: ModelRow | None, at: datetime, *, keeps_an_hour: bool = False
) -> Decimal | None:
    """Return the most that a call which begins about `at` can cost, `None` where no price is known.

    Args:
        prompt_tokens: the most that the prompt can have.
        max_output_tokens: the most that may be written, thoughts included.
        row: of the model.
        at: now.
        keeps_an_hour: whether the request asks the provider to keep its cache for an hour, which costs more.
    """
    if row is None:
        return None
    highest = Decimal(0)
    for price in _prices_that_can_apply(row, prompt_tokens, at):
        writes = price.cache_write_1h if keeps_an_hour else Decimal(0)
        of_prompt = max(price.input, price.cached_input, price.cache_write_5m, writes)
        highest = max(highest, prompt_tokens * of_prompt + max_output_tokens * price.output)
    return highest / MILLION


def _sum(usage: TokenUsage, price: Price) -> Decimal:
    total = (
        usage.input_tokens * price.input
        + usage.cached_tokens * price.cached_input
        + usage.cache_write_5m_tokens * price.cache_write_5m
        + usage.cache_write_1h_tokens * price.cache_write_1h
        + usage.output_tokens * price.output
    )
    return total / MILLION


def _prices_that_can_apply(row: ModelRow, prompt_tokens: int, at: datetime) -> Iterator[Price]:
    """Yield the price of each length up to `prompt_tokens`, at each moment at which the call may be charged."""
    lengths = [0, *(step.above + 1 for step in row.steps if step.above < prompt_tokens)]
    changes = bool(row.hours or row.later)
    moment, end = (at - CLOCK_DOUBT, at + LONGEST_CALL) if changes else (at, at)
    while moment <= end:
        for length in lengths:
            yield row.price_at(length, moment)
        moment += _STEP
    if row.ceiling is not None:
        yield row.ceiling


def _names(name: str) -> Iterator[str]:
    """Yield the names under which the table may have a model: its own, then without a date or `-latest`."""
    yield name
    stem, _, last = name.rpartition("-")
    if last == "latest" or (len(last) == 8 and last.isdigit()):
        yield stem
    parts = name.rsplit("-", 3)
    if [len(part) for part in parts[1:]] == [4, 2, 2] and all(part.isdigit() for part in parts[1:]):
        yield parts[0]


def _free(model: str) -> ModelRow:
    return ModelRow(name=model, price=NOTHING, source="runs on this machine", origin=PriceSource.FREE)


def _with_user_price(model: str, own: UserPrice, row: ModelRow | None) -> ModelRow:
    """Return the person's price, with what else the table knows of the model."""
    assert own.input is not None and own.output is not None
    written = own.input if own.cache_write is None else own.cache_write
    price = Price(
        input=own.input,
        output=own.output,
        cached_input=own.input if own.cached_input is None else own.cached_input,
        cache_write_5m=written,
        cache_write_1h=written,
    )
    base = ModelRow(name=model, price=price, source="") if row is None else row
    return replace(
        base,
        name=model,
        price=price,
        source=f'prices."{model}" in the settings',
        as_of=None,
        steps=(),
        hours=(),
        later=(),
        ceiling=None,
        flat_usd_per_month=None,
        origin=PriceSource.USER,
    )

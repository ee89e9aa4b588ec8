"""What calls are likely to cost and can cost, with the book and the time at hand: before they are made, and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from tierlsp.backends.chat import TokenUsage
from tierlsp.routing.decision import Quote
from tierlsp.routing.estimate import Tokens, tokens_in_messages
from tierlsp.routing.price_table import load_table
from tierlsp.routing.prices import ModelRow, PriceBook, cost_of, highest_cost
from tierlsp.routing.sellers import sellers_of
from tierlsp.routing.spend import Cost
from tierlsp.settings.tree import Settings


def book_of(settings: Settings, table: Mapping[str, ModelRow] | None = None) -> PriceBook:
    """Return the prices that hold with these settings; `table` is read from `prices.toml` where it is not given."""
    return PriceBook(settings.prices, load_table() if table is None else table, sellers_of(settings.backends))


def quote(row: ModelRow | None, prompt: Tokens, output: Tokens, at: datetime, *, keeps_an_hour: bool = False) -> Quote:
    """Return what a call is likely to cost and the most that it can.

    `prompt` is as `estimate.py` counts it; `output` is the usual number of tokens and the limit given to the model.
    """
    likely, highest = _for_model(prompt.likely, row), _for_model(prompt.highest, row)
    usage = TokenUsage(input_tokens=likely, output_tokens=output.likely)
    return Quote(
        usd=cost_of(usage, row, at).usd,
        max_usd=highest_cost(highest, output.highest, row, at, keeps_an_hour=keeps_an_hour),
        prompt_tokens=likely,
        output_tokens=output.likely,
        max_output_tokens=output.highest,
    )


@dataclass(frozen=True, slots=True)
class Pricing:
    """What the caller asks (`means.Prices`): the price book, and what time it is."""

    book: PriceBook
    now: Callable[[], datetime]
    """The wall clock, with its time zone."""

    def tokens_in(self, model: str, texts: Sequence[str]) -> int:
        """Return how many tokens `texts` are likely to be to `model`."""
        return _for_model(tokens_in_messages(texts).likely, self.book.row_for(model))

    def highest(self, model: str, texts: Sequence[str], max_output_tokens: int, at: datetime) -> Decimal | None:
        """Return the most that a call can cost, in US dollars; 0 for a model on this machine, `None` if unknown."""
        output = Tokens(max_output_tokens, max_output_tokens)
        return quote(self.book.row_for(model), tokens_in_messages(texts), output, at).max_usd

    def cost(self, model: str, usage: TokenUsage, at: datetime) -> Cost:
        """Return what a call cost that began at `at` and took `usage`, by the model that answered."""
        return cost_of(usage, self.book.row_of_answer(model, usage), at)

    def quote(self, model: str, prompt: Tokens, output: Tokens) -> Quote:
        """Return what a call of `model` that begins now is likely to cost, and the most that it can."""
        return quote(self.book.row_for(model), prompt, output, self.now())


def _for_model(tokens: int, row: ModelRow | None) -> int:
    """Return as how many tokens its own tokenizer counts what `estimate.py` counts as `tokens`."""
    factor = Decimal(1) if row is None else row.token_factor
    return int((tokens * factor).to_integral_value(rounding=ROUND_CEILING))

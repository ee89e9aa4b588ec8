"""The report of a month, from the ledger of a session."""

from __future__ import annotations

from typing import Any

from tierlsp.routing.ledger import Ledger
from tierlsp.routing.prices import PriceBook
from tierlsp.routing.report import as_json, report_of
from tierlsp.routing.router import Router
from tierlsp.routing.tiers import Tier

COMPARED_WITH = "anthropic/claude-opus-5-5"
"""The premium model to compare with where the settings and the keys name none that has a price: the strongest today."""


async def usage_of(ledger: Ledger, router: Router, month: str) -> dict[str, Any]:
    """Return the object that `tierlsp usage --json` prints, for `month` (`YYYY-MM`).

    Raises:
        LedgerError: the ledger cannot be read.
    """
    book = router.pricing.book
    premium = compared_with([each.model for each in router.tiers.of(Tier.PREMIUM)], book)
    return as_json(report_of(month, await ledger.entries(month), await ledger.completions(month), book, premium))


def compared_with(premium: list[str], book: PriceBook) -> str:
    """Return the first premium model that has a price."""
    return next((model for model in premium if book.row_for(model) is not None), COMPARED_WITH)

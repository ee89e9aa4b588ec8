"""Reads `prices.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from tierlsp.routing.prices import NOTHING, Hours, ModelRow, Price, Step

FILE = "prices.toml"
"""Beside this module."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def load_table() -> Mapping[str, ModelRow]:
    """Return the rows that come with the package, by `seller/model`. Read anew at each call; keep the result."""
    return table_of((files(__package__) / FILE).read_text(encoding="utf-8"))


def table_of(text: str) -> Mapping[str, ModelRow]:
    """Return the rows of a table in the form of `prices.toml`.

    Raises:
        ValueError: it is not TOML, a name stands twice, a key is missing or unknown.
    """
    rows: dict[str, ModelRow] = {}
    for entry in tomllib.loads(text, parse_float=Decimal)["model"]:
        names = [name.lower() for name in entry.pop("names")]
        row = _row_of(names[0], entry)
        for name in names:
            if name in rows:
                raise ValueError(f"{name} has two rows")
            rows[name] = row
    return MappingProxyType(rows)


def _row_of(name: str, entry: dict[str, Any]) -> ModelRow:
    flat = entry.pop("flatMonthly", None)
    hours = tuple(_hours_of(each) for each in entry.pop("hours", ()))
    later = tuple((_take_date(each, "from"), _price_of(each)) for each in entry.pop("later", ()))
    steps = tuple(Step(each.pop("above"), _price_of(each)) for each in entry.pop("steps", ()))
    ceiling = entry.pop("ceiling", None)
    row = ModelRow(
        name=name,
        price=NOTHING if flat is not None else _price_of(entry, is_part=True),
        source=entry.pop("source"),
        as_of=_take_date(entry, "asOf"),
        steps=tuple(sorted(steps, key=lambda step: step.above)),
        hours=hours,
        later=tuple(sorted(later, key=lambda change: change[0])),
        ceiling=None if ceiling is None else _price_of(ceiling),
        flat_usd_per_month=None if flat is None else Decimal(flat),
        context_window=entry.pop("contextWindow"),
        max_output=entry.pop("maxOutput"),
        proven_context=entry.pop("provenContext"),
        token_factor=Decimal(entry.pop("tokenFactor", 1)),
        retired_on=_take_date(entry, "retiredOn") if "retiredOn" in entry else None,
        replaced_by=entry.pop("replacedBy", ""),
    )
    _refuse_rest(name, entry)
    return row


def _price_of(entry: dict[str, Any], *, is_part: bool = False) -> Price:
    """Take the prices out of `entry`; what is left stays for others only where they are a part of it."""
    full = Decimal(entry.pop("input"))
    output = Decimal(entry.pop("output"))
    written = Decimal(entry.pop("cacheWrite5m", full))
    price = Price(
        input=full,
        output=output,
        cached_input=Decimal(entry.pop("cachedInput", full)),
        cache_write_5m=written,
        cache_write_1h=Decimal(entry.pop("cacheWrite1h", written)),
    )
    if not is_part:
        _refuse_rest("a price", entry)
    return price


def _hours_of(entry: dict[str, Any]) -> Hours:
    hours = Hours(
        start=entry.pop("from"),
        end=entry.pop("to"),
        weekdays=frozenset(_WEEKDAYS.index(day) for day in entry.pop("days", _WEEKDAYS)),
        not_on=frozenset(entry.pop("notOn", ())),
        factor=Decimal(entry.pop("factor")),
    )
    _refuse_rest("hours", entry)
    if hours.start >= hours.end:
        raise ValueError(f"hours from {hours.start} to {hours.end} do not lie within a day")
    return hours


def _take_date(entry: dict[str, Any], key: str) -> date:
    value = entry.pop(key)
    if not isinstance(value, date):
        raise ValueError(f"{key} = {value!r} is not a date")
    return value


def _refuse_rest(what: str, entry: dict[str, Any]) -> None:
    if entry:
        raise ValueError(f"{what} has unknown keys: {', '.join(sorted(entry))}")

"""Reads a month of the ledger for a report, without the ledger's thread and without changing the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tierlsp.errors import LedgerError
from tierlsp.routing import ledger_rows as rows
from tierlsp.routing.ledger_file import connect_to_read
from tierlsp.routing.ledger_rows import CompletionCount
from tierlsp.routing.spend import Entry


@dataclass(frozen=True, slots=True)
class Month:
    """What the ledger has of a month."""

    name: str
    """`YYYY-MM`."""
    entries: tuple[Entry, ...] = ()
    completions: tuple[CompletionCount, ...] = ()
    others: tuple[str, ...] = ()
    """All months that have something, latest first."""


def read_month(path: Path, now: datetime, name: str | None = None) -> Month:
    """Return a month of the ledger at `path`, the one in force by default. A file that is not there is empty.

    Raises:
        LedgerError: it cannot be read.
    """
    try:
        connection = connect_to_read(path)
        if connection is None:
            return Month(name or now.astimezone(UTC).strftime("%Y-%m"))
        with closing(connection):
            month = name or rows.day_in_force(connection, now)[:7]
            return Month(
                month,
                tuple(rows.entries(connection, month)),
                rows.completions(connection, month),
                rows.months(connection),
            )
    except sqlite3.Error as error:
        raise LedgerError(f"The ledger {path} cannot be read: {error}.") from error

"""How long a server asks to be left alone, in all the ways in which servers say it. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tierlsp.backends.complaints import Complaint
from tierlsp.backends.payload import object_in, objects_in, word_in
from tierlsp.backends.refusals import Header

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d))+")
"""Go's way of writing a duration, which OpenAI and Google use: `1s`, `6m0s`, `1.5s`, `20ms`."""
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")

_LIMITS: tuple[tuple[str, str], ...] = (
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
)
"""Headers that say how much is left of a limit, and when it is full again: OpenAI's, then Anthropic's."""


def retry_after_s(header: Header, complaint: Complaint, now: datetime) -> float | None:
    """Return the seconds that a server asks for; `None` if it does not say. Large values are returned as they are.

    Args:
        header: of the answer.
        complaint: the error in it.
        now: UTC, to count dates from where the answer does not tell the server's own time.
    """
    there = _date(header("date")) or now
    for seconds in (
        _number(header("retry-after-ms"), 0.001),
        _seconds_or_date(header("retry-after"), there),
        _said_in(complaint.error),
        # Other answers tell of the limits as well, and ask for nothing.
        _until_reset(header, there) if complaint.status == 429 else None,
    ):
        if seconds is not None:
            return seconds
    return None


def may_retry(header: Header) -> bool | None:
    """Return what a server says about asking again (OpenAI's and Anthropic's `x-should-retry`)."""
    return {"true": True, "false": False}.get(header("x-should-retry").strip().lower())


def _said_in(body: Mapping[str, Any]) -> float | None:
    """Return what the error itself says: Google's `retryDelay`, OpenRouter's `metadata`."""
    for detail in objects_in(body, "details"):
        if (seconds := _duration(word_in(detail, "retryDelay"))) is not None:
            return seconds
    metadata = object_in(body, "metadata")
    seconds = metadata.get("retry_after_seconds")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return _number(str(seconds))
    return None


def _until_reset(header: Header, there: datetime) -> float | None:
    """Return when the limits are full again that are used up; where none says how much is left, when all are."""
    known = [(header(remaining).strip(), header(reset)) for remaining, reset in _LIMITS]
    used_up = [reset for remaining, reset in known if remaining == "0"]
    untold = [reset for remaining, reset in known if not remaining]
    return max(_resets(used_up or untold, there), default=None)


def _resets(texts: list[str], there: datetime) -> Iterator[float]:
    for text in texts:
        if (seconds := _duration(text)) is None:
            seconds = _until(_timestamp(text), there)
        if seconds is not None:
            yield seconds


def _seconds_or_date(text: str, there: datetime) -> float | None:
    seconds = _number(text)
    return _until(_date(text), there) if seconds is None else seconds


def _number(text: str, scale: float = 1.0) -> float | None:
    try:
        number = float(text) * scale
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _duration(text: str) -> float | None:
    text = text.strip()
    if not _DURATION.fullmatch(text):
        return None
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return total if math.isfinite(total) else None


def _date(text: str) -> datetime | None:
    """Return the date of a header of HTTP."""
    # It takes a tenth of the time to import all of this room, and few answers have a date that matters.
    from email.utils import parsedate_to_datetime

    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _timestamp(text: str) -> datetime | None:
    """Return the date of RFC 3339."""
    try:
        date = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _until(date: datetime | None, there: datetime) -> float | None:
    return None if date is None else max(0.0, (date - there).total_seconds())

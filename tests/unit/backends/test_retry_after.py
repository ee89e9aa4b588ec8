"""How long to wait, in every form in which servers say it."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierlsp.backends.complaints import Complaint
from tierlsp.backends.retry_after import may_retry, retry_after_s

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)


def seconds(headers: Mapping[str, str], error: Mapping[str, Any] | None = None, status: int = 429) -> float | None:
    return retry_after_s(lambda name: headers.get(name, ""), Complaint(status, (), "", "", error or {}), NOW)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "20"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "20"}, 20.0),
        ({"retry-after": "Fri, 01 May 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 01 May 2026 11:00:00 GMT"}, 0.0),
        # The server's own clock counts, which may go wrong by hours and is right about the difference.
        ({"retry-after": "Fri, 01 May 2026 15:00:30 GMT", "date": "Fri, 01 May 2026 15:00:00 GMT"}, 30.0),
        ({"retry-after": "99999999999"}, 99_999_999_999.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": "later"}, None),
        ({"retry-after": "Fri, 99 May 2026 12:00:30 GMT"}, None),
        ({"x-ratelimit-reset-requests": "1s"}, 1.0),
        ({"x-ratelimit-reset-requests": "20ms", "x-ratelimit-reset-tokens": "6m0s"}, 360.0),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "2s",
                "x-ratelimit-remaining-tokens": "900",
                "x-ratelimit-reset-tokens": "6m0s",
            },
            2.0,
        ),
        ({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "2s"}, None),
        (
            {
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2026-05-01T12:01:00Z",
            },
            60.0,
        ),
    ],
)
def test_a_wait_is_understood_in_every_form(headers: Mapping[str, str], expected: float | None) -> None:
    assert seconds(headers) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "23s"}]}, 23.0),
        ({"details": [{"quotaId": "x"}, {"retryDelay": "1.5s"}]}, 1.5),
        ({"details": [{"retryDelay": "soon"}]}, None),
        ({"metadata": {"retry_after_seconds": 12}}, 12.0),
        ({"metadata": {"retry_after_seconds": True}}, None),
    ],
)
def test_a_wait_inside_of_the_error_is_understood(error: Mapping[str, Any], expected: float | None) -> None:
    assert seconds({}, error) == expected


def test_the_state_of_the_limits_is_a_wait_only_where_they_are_the_reason() -> None:
    assert seconds({"x-ratelimit-reset-requests": "6m0s"}, status=500) is None
    assert seconds({"retry-after": "3"}, status=503) == 3.0


def test_whether_to_try_again_is_taken_from_who_says_it() -> None:
    assert may_retry(lambda name: "true") is True
    assert may_retry(lambda name: "False") is False
    assert may_retry(lambda name: "") is None


@settings(deadline=None)
@given(text=st.text(max_size=40), name=st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset-tokens"]))
def test_no_header_can_make_a_wait_that_is_no_number(text: str, name: str) -> None:
    wait = seconds({name: text, "date": text})
    assert wait is None or (math.isfinite(wait) and wait >= 0)

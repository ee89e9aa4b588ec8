"""What a chat provider's error means, whatever shape it has: one table for all of them. Pure.

    status + inner code + words  →  cause  →  exception of `tierlsp.errors`

The inner code counts for more than the status: an empty balance comes as 429 from z.ai and OpenAI, as 400 from
DashScope and Anthropic, as 402 from DeepSeek and OpenRouter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tierlsp.backends.payload import excerpt, object_in, one_line
from tierlsp.backends.refusals import Server, is_out_of_memory, out_of_memory, refusal
from tierlsp.errors import BackendError, Overloaded, Rejected, Unavailable


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error, taken out of the shape that a provider wraps it in."""

    status: int
    """Of HTTP; where the error came inside of an answer, the one that it names itself, or 500."""
    codes: tuple[str, ...]
    """Its code and type, in lower case."""
    words: str
    """What it says, on one line."""
    hidden: str
    """All that it says, what stands behind the words included, in lower case: for looking for signs only."""
    error: Mapping[str, Any]
    """The error itself."""


def read_complaint(status: int, body: bytes) -> Complaint:
    """Return what the body of an answer with an error status says."""
    value: object = None
    with suppress(ValueError, RecursionError):
        value = json.loads(body.decode(errors="replace"))
    return _complaint(status, error_in(value), excerpt(body))


def inner_complaint(error: Mapping[str, Any]) -> Complaint:
    """Return what an error says that came inside of an answer with status 200."""
    status = _number(error.get("code"))
    if not 400 <= status < 600:
        status = _STATUS_OF_TYPE.get(_word(error.get("type")), 500)
    return _complaint(status, error, "")


def error_in(value: object) -> dict[str, Any]:
    """Return the error in what was read from JSON; empty if there is none.

    It is looked for in a list (Gemini), at `error` (most), and in the object itself (Mistral, DashScope, FastAPI).
    """
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, dict)), None)
    if not isinstance(value, dict):
        return {}
    error = value.get("error")
    if isinstance(error, dict):
        return error
    if isinstance(error, str):
        return {"message": error} | {key: value[key] for key in ("code", "type") if key in value}
    return value if any(key in value for key in ("message", "detail", "code")) else {}


def failure(server: Server, complaint: Complaint, cause: str) -> BackendError:
    """Return the exception for a cause that `cause_of` found, in words for a person."""
    words = complaint.words
    if is_out_of_memory(complaint.hidden):
        return out_of_memory(server, words)
    if cause not in _MEANINGS:
        return refusal(server, complaint.status, words)
    kind, what = _MEANINGS[cause]
    said = f": {words}" if words else ""
    return kind(f"{server.title} {what}{said}", cause=cause)


def cause_of(complaint: Complaint, codes: Mapping[str, str]) -> str:
    """Return the stable name of what went wrong; empty where the status alone tells.

    Args:
        complaint: the error.
        codes: those of the provider alone, which may be numbers.
    """
    for code in complaint.codes:
        if cause := codes.get(code) or _CODES.get(code):
            return _told_apart(cause, complaint)
    for cause, statuses, signs in _SIGNS:
        if (not statuses or complaint.status in statuses) and any(sign in complaint.hidden for sign in signs):
            return cause
    return _STATUSES.get(complaint.status, "")


def _told_apart(cause: str, complaint: Complaint) -> str:
    """Return `cause`, or a better one where a provider uses one code for two things."""
    if cause == "rate-limit" and any(sign in complaint.hidden for sign in _SPENT):
        return "quota"
    if cause == "quota" and "openrouter_in_flight_budget" in complaint.hidden:
        return "rate-limit"
    return cause


def _complaint(status: int, error: Mapping[str, Any], fallback: str) -> Complaint:
    codes = tuple(_word(error.get(key)) for key in ("code", "type", "status"))
    metadata = object_in(error, "metadata")
    words = _sentence(error.get("message")) or _sentence(error.get("detail"))
    hidden = json.dumps({**error, "metadata": metadata}, ensure_ascii=False, default=str) if error else fallback
    return Complaint(
        status,
        tuple(code for code in codes if code),
        one_line(words) or fallback,
        hidden.lower(),
        error,
    )


def _sentence(value: object) -> str:
    """Return the words in a message that may be a text, an object around one, or a list of such."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, (_sentence(item) for item in value[:4])))
    if isinstance(value, dict):
        words = next((said for key in ("message", "msg", "detail") if (said := _sentence(value.get(key)))), "")
        place = value.get("loc")
        where = ".".join(str(part) for part in place) if isinstance(place, list) else ""
        return f"{words} ({where})" if words and where else words
    return ""


def _word(value: object) -> str:
    return str(value).strip().lower() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(value: object) -> int:
    with suppress(ValueError):
        return int(_word(value))
    return 0


_MEANINGS: Mapping[str, tuple[type[BackendError], str]] = {
    "quota": (Rejected, "says that the account has no money or quota left; top it up, or take another model"),
    "unauthorised": (Rejected, "does not take the API key; check it, and what it may be used for"),
    "model-missing": (Rejected, "has no such model, or not for this key; check its name in the settings"),
    "context": (Rejected, "says that the prompt is longer than the model can read"),
    "moderation": (Rejected, "did not let the request through its content filter"),
    "bad-request": (Rejected, "does not accept the form of the request, which is a fault of ours"),
    "rate-limit": (Overloaded, "has had too many requests for now"),
    "overloaded": (Overloaded, "is overloaded"),
    "loading": (Unavailable, "is loading its model"),
    "server-error": (Unavailable, "failed by itself"),
}
"""Cause → exception, and what the provider does, after its name. What is not here is left to the status."""

_CODES: Mapping[str, str] = {
    # The account.
    "insufficient_quota": "quota",
    "credit_balance_exhausted": "quota",
    "billing_error": "quota",
    "billing_not_active": "quota",
    "billing_hard_limit_reached": "quota",
    "insufficient_balance": "quota",
    "arrearage": "quota",
    "402": "quota",
    # Too fast.
    "rate_limit_exceeded": "rate-limit",
    "rate_limit_error": "rate-limit",
    "rate_limited": "rate-limit",
    "slow_down": "rate-limit",
    "resource_exhausted": "rate-limit",
    "throttling": "rate-limit",
    "throttling.ratequota": "rate-limit",
    "throttling.burstrate": "rate-limit",
    "throttling.allocationquota": "rate-limit",
    "throttling.user": "rate-limit",
    # The key.
    "invalid_api_key": "unauthorised",
    "authentication_error": "unauthorised",
    "permission_error": "unauthorised",
    "unauthenticated": "unauthorised",
    # The model.
    "model_not_found": "model-missing",
    "modelnotfound": "model-missing",
    # The prompt.
    "context_length_exceeded": "context",
    "exceed_context_size_error": "context",
    "string_above_max_length": "context",
    "request_too_large": "context",
    # Filters.
    "content_filter": "moderation",
    "content_policy_violation": "moderation",
    "data_inspection_failed": "moderation",
    "datainspectionfailed": "moderation",
    # The server.
    "overloaded_error": "overloaded",
    "server_is_overloaded": "overloaded",
    "engine_overloaded": "overloaded",
}
"""Codes and types that mean the same with every provider that uses them, and mean no more than one thing."""

_STATUS_OF_TYPE: Mapping[str, int] = {
    "invalid_request_error": 400,
    "bad_request": 400,
    "not_found_error": 404,
    "timeout_error": 504,
}
"""Which status an error would have had that came too late for one."""

_SPENT = (
    "perday",
    "insufficient_quota",
    "spend limit",
    "usage limits",
    "billing limit",
    "no balance",
    "insufficient balance",
)
"""Signs that a rate limit is one of money or of the day, which no wait of seconds cures (Google's `quotaId` holds
`PerDay` or `PerMinute`)."""

_BAD = frozenset({400, 403, 404, 413, 422, 500})
_ANY: frozenset[int] = frozenset()

_SIGNS: tuple[tuple[str, frozenset[int], tuple[str, ...]], ...] = (
    (
        "quota",
        _ANY,
        (
            "insufficient_quota",
            "insufficient balance",
            "insufficient credits",
            "credit balance is too low",
            "api usage limits",
            "arrearage",
            "overdue payment",
        ),
    ),
    (
        "context",
        _BAD,
        (
            "context_length_exceeded",
            "contextwindowexceeded",
            "context length",
            "context window",
            "maximum context",
            "context size",
            "prompt is too long",
            "prompt too long",
            "input token count",
            "input length",
            "too many input tokens",
            "reduce the length",
            "too large for model",
        ),
    ),
    (
        "unauthorised",
        _BAD,
        ("invalid api key", "incorrect api key", "api key not valid", "api key expired", "invalid x-api-key"),
    ),
    (
        "moderation",
        _BAD,
        (
            "content_filter",
            "contentpolicyviolation",
            "content policy",
            "content filter",
            "content management policy",
            "moderation",
            "inappropriate content",
            "was flagged",
        ),
    ),
    (
        "model-missing",
        frozenset({400, 403, 404}),
        (
            "model_not_found",
            "model not found",
            "model not exist",
            "unknown model",
            "invalid model",
            "not a valid model",
            "no endpoints found",
            "model does not exist",
            "no such model",
        ),
    ),
    ("model-missing", frozenset({404}), ("not_found_error", "the model", "models/", "model:")),
    ("overloaded", frozenset({429, 500, 503, 529}), ("overloaded", "no deployments available", "over capacity")),
    ("loading", frozenset({503}), ("loading model",)),
)
"""Cause, statuses that it comes with (none: any), parts of what providers say in lower case; the first that fits.

Words are the last resort, for providers whose codes say no more than "bad request"."""

_STATUSES: Mapping[int, str] = {
    400: "bad-request",
    401: "unauthorised",
    402: "quota",
    403: "unauthorised",
    409: "server-error",
    413: "context",
    422: "bad-request",
    429: "rate-limit",
    500: "server-error",
    529: "overloaded",
}
"""What a status means where nothing else is said; the rest is in `refusals.py`."""

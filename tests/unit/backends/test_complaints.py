"""Every documented form of error has one stable cause, whoever wraps it however."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierlsp.backends.complaints import cause_of, failure, inner_complaint, read_complaint
from tierlsp.backends.dialects import DIALECTS
from tierlsp.backends.refusals import Server
from tierlsp.errors import BackendError, Overloaded, Rejected, Unavailable

SERVER = Server("It", "https://api.example.com", "check the network connection")


def understood(kind: str, status: int, body: object) -> BackendError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    complaint = read_complaint(status, data)
    codes = DIALECTS[kind].codes if kind in DIALECTS else {}
    return failure(SERVER, complaint, cause_of(complaint, codes))


def openai(message: str, code: str | int | None = None, kind: str = "invalid_request_error", **more: Any) -> object:
    return {"error": {"message": message, "type": kind, "param": None, "code": code, **more}}


def anthropic(kind: str, message: str) -> object:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def gemini(code: int, status: str, message: str, *details: object) -> object:
    return [{"error": {"code": code, "message": message, "status": status, "details": list(details)}}]


def zai(code: str, message: str) -> object:
    return {"error": {"code": code, "message": message}}


PER_DAY = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}
PER_MINUTE = {"violations": [{"quotaId": "GenerateContentInputTokensPerModelPerMinute-FreeTier"}]}

DOCUMENTED: list[tuple[str, int, object, type[BackendError], str]] = [
    # OpenAI
    ("openai", 401, openai("Incorrect API key provided", "invalid_api_key"), Rejected, "unauthorised"),
    ("openai", 429, openai("Rate limit reached for gpt-5.4", "rate_limit_exceeded"), Overloaded, "rate-limit"),
    ("openai", 429, openai("Please slow down", "slow_down"), Overloaded, "rate-limit"),
    ("openai", 429, openai("You exceeded your current quota", "insufficient_quota"), Rejected, "quota"),
    ("openai", 429, openai("Your balance is used up", "credit_balance_exhausted"), Rejected, "quota"),
    (
        "openai",
        503,
        openai("The server is overloaded", "server_is_overloaded", "server_error"),
        Overloaded,
        "overloaded",
    ),
    ("openai", 500, openai("The server had an error", None, "server_error"), Unavailable, "server-error"),
    ("openai", 404, openai("The model `gpt-9` does not exist", "model_not_found"), Rejected, "model-missing"),
    (
        "openai",
        400,
        openai("This model's maximum context length is 128000 tokens", "context_length_exceeded"),
        Rejected,
        "context",
    ),
    ("openai", 400, openai("Unsupported parameter: 'max_tokens'", "unsupported_parameter"), Rejected, "bad-request"),
    ("openai", 400, openai("Invalid prompt", "content_policy_violation"), Rejected, "moderation"),
    ("openai", 409, openai("Conflict", None), Unavailable, "server-error"),
    # Anthropic
    ("anthropic", 400, anthropic("invalid_request_error", "max_tokens: required"), Rejected, "bad-request"),
    (
        "anthropic",
        400,
        anthropic("invalid_request_error", "prompt is too long: 213462 tokens > 200000 maximum"),
        Rejected,
        "context",
    ),
    (
        "anthropic",
        400,
        anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API"),
        Rejected,
        "quota",
    ),
    ("anthropic", 401, anthropic("authentication_error", "invalid x-api-key"), Rejected, "unauthorised"),
    ("anthropic", 402, anthropic("billing_error", "There is a problem with your billing"), Rejected, "quota"),
    ("anthropic", 403, anthropic("permission_error", "Not allowed"), Rejected, "unauthorised"),
    ("anthropic", 404, anthropic("not_found_error", "model: claude-opus-9"), Rejected, "model-missing"),
    ("anthropic", 413, anthropic("request_too_large", "Request exceeds the maximum size"), Rejected, "context"),
    ("anthropic", 429, anthropic("rate_limit_error", "Number of requests exceeded"), Overloaded, "rate-limit"),
    ("anthropic", 429, anthropic("rate_limit_error", "the enforced spend limit was reached"), Rejected, "quota"),
    ("anthropic", 500, anthropic("api_error", "Internal server error"), Unavailable, "server-error"),
    ("anthropic", 504, anthropic("timeout_error", "took too long"), Unavailable, "gateway"),
    ("anthropic", 529, anthropic("overloaded_error", "Overloaded"), Overloaded, "overloaded"),
    # Mistral
    (
        "mistral",
        429,
        {"object": "error", "message": "Rate limit exceeded", "type": "rate_limited", "param": None, "code": "1300"},
        Overloaded,
        "rate-limit",
    ),
    (
        "mistral",
        422,
        {
            "detail": [
                {
                    "type": "extra_forbidden",
                    "loc": ["body", "seed"],
                    "msg": "Extra inputs are not permitted",
                    "input": 1,
                }
            ]
        },
        Rejected,
        "bad-request",
    ),
    (
        "mistral",
        422,
        {"object": "error", "message": {"detail": [{"loc": ["body", "model"], "msg": "required"}]}, "type": "invalid"},
        Rejected,
        "bad-request",
    ),
    (
        "mistral",
        400,
        {
            "object": "error",
            "message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
            "type": "invalid_request_error",
            "code": "3051",
        },
        Rejected,
        "context",
    ),
    ("mistral", 404, {"message": "no Route matched with those values", "request_id": "1"}, Rejected, "not-found"),
    ("mistral", 401, {"message": "Unauthorized", "request_id": "1"}, Rejected, "unauthorised"),
    # DeepSeek
    ("deepseek", 402, openai("Insufficient Balance", "invalid_request_error", "unknown_error"), Rejected, "quota"),
    ("deepseek", 400, openai("Model Not Exist", "invalid_request_error"), Rejected, "model-missing"),
    ("deepseek", 422, openai("Failed to deserialize", "invalid_request_error"), Rejected, "bad-request"),
    ("deepseek", 503, openai("Service is too busy", None, "service_unavailable"), Overloaded, "busy"),
    # OpenRouter
    ("openrouter", 402, zai("402", "Insufficient credits"), Rejected, "quota"),
    (
        "openrouter",
        402,
        {"error": {"code": 402, "message": "wait", "metadata": {"limit_source": "openrouter_in_flight_budget"}}},
        Overloaded,
        "rate-limit",
    ),
    (
        "openrouter",
        403,
        {"error": {"code": 403, "message": "Input was flagged", "metadata": {"reasons": ["violence"]}}},
        Rejected,
        "moderation",
    ),
    (
        "openrouter",
        400,
        {
            "error": {
                "code": 400,
                "message": "Provider returned error",
                "metadata": {"provider_name": "X", "raw": '{"error":{"code":"context_length_exceeded"}}'},
            }
        },
        Rejected,
        "context",
    ),
    ("openrouter", 404, openai("No endpoints found for a/b.", 404), Rejected, "model-missing"),
    ("openrouter", 400, openai("a/b is not a valid model ID", 400), Rejected, "model-missing"),
    ("openrouter", 502, openai("Provider disconnected", 502), Unavailable, "gateway"),
    ("openrouter", 503, openai("No provider fits", 503), Overloaded, "busy"),
    ("openrouter", 408, openai("timed out", 408), Unavailable, "timeout"),
    # Gemini
    ("gemini", 429, gemini(429, "RESOURCE_EXHAUSTED", "Quota exceeded", PER_MINUTE), Overloaded, "rate-limit"),
    ("gemini", 429, gemini(429, "RESOURCE_EXHAUSTED", "Quota exceeded", PER_DAY), Rejected, "quota"),
    ("gemini", 400, gemini(400, "INVALID_ARGUMENT", "API key not valid. Please pass it."), Rejected, "unauthorised"),
    (
        "gemini",
        400,
        gemini(400, "INVALID_ARGUMENT", "The input token count (2000000) exceeds the maximum"),
        Rejected,
        "context",
    ),
    ("gemini", 404, gemini(404, "NOT_FOUND", "models/gemini-9 is not found"), Rejected, "model-missing"),
    ("gemini", 503, gemini(503, "UNAVAILABLE", "The model is overloaded."), Overloaded, "overloaded"),
    # z.ai
    ("glm", 429, zai("1302", "High concurrency"), Overloaded, "rate-limit"),
    ("glm", 429, zai("1113", "Insufficient balance or no resource package"), Rejected, "quota"),
    ("glm", 429, zai("1308", "Usage limit reached for 5 hour"), Rejected, "quota"),
    ("glm", 400, zai("1261", "Prompt exceeds max length"), Rejected, "context"),
    ("glm", 400, zai("1214", "Unknown model"), Rejected, "model-missing"),
    ("glm", 400, zai("1301", "sensitive"), Rejected, "moderation"),
    ("glm", 401, zai("1000", "Authentication Failed"), Rejected, "unauthorised"),
    # DashScope
    ("qwen", 400, openai("Access denied, your account is overdue", "Arrearage", "Arrearage"), Rejected, "quota"),
    ("qwen", 400, {"code": "Arrearage", "message": "Access denied", "request_id": "1"}, Rejected, "quota"),
    ("qwen", 429, openai("Requests rate limit exceeded", "Throttling.RateQuota"), Overloaded, "rate-limit"),
    ("qwen", 400, openai("Input may contain inappropriate content", "data_inspection_failed"), Rejected, "moderation"),
    ("qwen", 400, openai("Range of input length should be [1, 98304]", "invalid_parameter"), Rejected, "context"),
    ("qwen", 404, openai("The model `q` does not exist", "model_not_found"), Rejected, "model-missing"),
    # LiteLLM: codes are texts, and another provider's words are wrapped in its own.
    ("litellm", 429, openai("litellm.RateLimitError: slow", "429", "throttling_error"), Overloaded, "rate-limit"),
    ("litellm", 429, openai("No deployments available for selected model", "429", "None"), Overloaded, "overloaded"),
    ("litellm", 429, openai("litellm.RateLimitError: insufficient_quota", "429"), Rejected, "quota"),
    ("litellm", 400, openai("litellm.ContextWindowExceededError: x", "400"), Rejected, "context"),
    ("litellm", 401, openai("Authentication Error, No api key", "401", "auth_error"), Rejected, "unauthorised"),
    ("litellm", 400, openai("Invalid model name passed in model=x", "400"), Rejected, "model-missing"),
    # Local servers
    ("llamacpp", 503, openai("Loading model", 503, "unavailable_error"), Unavailable, "loading"),
    (
        "llamacpp",
        400,
        openai("the request exceeds the available context size", 400, "exceed_context_size_error", n_ctx=2048),
        Rejected,
        "context",
    ),
    (
        "vllm",
        400,
        {"object": "error", "message": "bad", "type": "BadRequestError", "code": 400},
        Rejected,
        "bad-request",
    ),
    ("vllm", 404, openai("The model `x` does not exist.", 404, "NotFoundError"), Rejected, "model-missing"),
    ("vllm", 500, openai("CUDA out of memory", 500, "InternalServerError"), Overloaded, "out-of-memory"),
    ("lmstudio", 400, {"error": "Model does not exist"}, Rejected, "model-missing"),
    ("lmstudio", 404, {"error": "Unexpected endpoint or method"}, Rejected, "not-found"),
    # Not JSON at all
    ("openai", 502, b"<html>Bad gateway</html>", Unavailable, "gateway"),
    ("openai", 500, b"", Unavailable, "server-error"),
    ("openai", 429, b"slow down", Overloaded, "rate-limit"),
    ("openai", 302, b"", Rejected, "redirect"),
]


@pytest.mark.parametrize(("kind", "status", "body", "error", "cause"), DOCUMENTED)
def test_documented_errors_have_their_cause(
    kind: str, status: int, body: object, error: type[BackendError], cause: str
) -> None:
    understood_as = understood(kind, status, body)
    assert (understood_as.cause, type(understood_as)) == (cause, error)
    assert str(understood_as).isprintable()
    assert "<" not in str(understood_as)


def test_the_providers_own_words_are_in_the_message() -> None:
    assert "gpt-9" in str(understood("openai", 404, openai("The model gpt-9 does not exist", "model_not_found")))
    strict = {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}
    assert "Extra inputs are not permitted (body.seed)" in str(understood("mistral", 422, strict))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ({"code": 502, "message": "Provider disconnected"}, "gateway"),
        ({"code": "429", "message": "slow"}, "rate-limit"),
        ({"type": "overloaded_error", "message": "Overloaded"}, "overloaded"),
        ({"type": "api_error", "message": "Internal"}, "server-error"),
        ({"type": "invalid_request_error", "message": "prompt is too long"}, "context"),
        ({"code": "insufficient_quota", "message": "no"}, "quota"),
        ({"message": "gone"}, "server-error"),
        ({}, "server-error"),
    ],
)
def test_an_error_inside_of_a_good_answer_counts_as_if_it_had_come_by_its_status(
    error: dict[str, Any], cause: str
) -> None:
    complaint = inner_complaint(error)
    assert failure(SERVER, complaint, cause_of(complaint, {})).cause == cause


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "code", "type", "detail", "status", "metadata", "details"]), inner
        )
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(body=JSON, status=st.integers(300, 599), kind=st.sampled_from(sorted(DIALECTS)))
def test_whatever_an_error_looks_like_it_becomes_one_sentence(body: object, status: int, kind: str) -> None:
    error = understood(kind, status, json.dumps(body).encode())
    assert error.cause
    assert str(error).isprintable()
    assert len(str(error)) < 600


@settings(deadline=None)
@given(data=st.binary(max_size=200), status=st.integers(300, 599))
def test_bytes_that_are_no_json_become_one_sentence(data: bytes, status: int) -> None:
    assert str(understood("openai", status, data)).isprintable()

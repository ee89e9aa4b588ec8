"""From a setting to a backend: which wire format belongs to which kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

from tierlsp.backends.base import BackendSpec, FimBackend
from tierlsp.backends.limits import Limits
from tierlsp.clock import utc_now
from tierlsp.errors import SettingsError
from tierlsp.settings.addresses import is_loopback, read_base_url

if TYPE_CHECKING:
    from tierlsp.backends.chat import ChatBackend
    from tierlsp.backends.keys import ApiKey


def open_backend(spec: BackendSpec, limits: Limits | None = None) -> FimBackend:
    """Return the backend for `spec`. It connects, and imports the HTTP client, only when it is first used.

    Raises:
        SettingsError: its kind is not known.
    """
    limits = limits or Limits()
    if spec.kind == "ollama":
        from tierlsp.backends.ollama import OllamaBackend

        return OllamaBackend(spec, limits)
    if spec.kind == "llamacpp":
        from tierlsp.backends.llamacpp import LlamaCppBackend

        return LlamaCppBackend(spec, limits)
    raise SettingsError(
        f"the backend {spec.name!r} is of the unknown kind {spec.kind!r}; there are ollama and llamacpp"
    )


def load_chat() -> None:
    """Import all that chat needs, the HTTP client included: 0.1 to 0.3 s. May be called from any thread.

    Whoever opens a chat backend on an event loop calls it in a thread first, so that the loop is not held up.
    """
    from tierlsp.backends.connections import load_client

    for name in ("openai", "anthropic", "ollama_chat"):
        import_module(f"tierlsp.backends.{name}")
    load_client()


def open_chat_backend(
    spec: BackendSpec,
    key: ApiKey | None = None,
    limits: Limits | None = None,
    now: Callable[[], datetime] = utc_now,
) -> ChatBackend:
    """Return what holds conversations with `spec`. It connects only when it is first used.

    Args:
        spec: where it is; its kind is `ollama`, `anthropic` or one of `DIALECTS`.
        key: is sent with every request, and to this address only; `None` to send none.
        limits: of the HTTP client.
        now: the time of day in UTC, by which dates in answers are read.

    Raises:
        SettingsError: its kind is not known, or the key would be sent where others can read it.
    """
    from tierlsp.backends.dialects import DIALECTS

    limits = limits or Limits()
    if key is not None:
        _check_address(spec)
    if spec.kind == "ollama":
        from tierlsp.backends.ollama_chat import OllamaChatBackend

        return OllamaChatBackend(spec, key, limits)
    if spec.kind == "anthropic":
        from tierlsp.backends.anthropic import AnthropicBackend

        return AnthropicBackend(spec, key, limits, now)
    if spec.kind in DIALECTS:
        from tierlsp.backends.openai import OpenAiBackend

        return OpenAiBackend(spec, key, limits, now)
    kinds = ", ".join(sorted([*DIALECTS, "anthropic", "ollama"]))
    raise SettingsError(f"the backend {spec.name!r} is of the unknown kind {spec.kind!r}; there are {kinds}")


def _check_address(spec: BackendSpec) -> None:
    """See that a key can be sent to `spec`.

    Raises:
        SettingsError: it is not clear where that is, or the way there is open to be read.
    """
    try:
        base_url = read_base_url(spec.base_url)
    except SettingsError as error:
        raise SettingsError(f"no API key is sent to the backend {spec.name!r}: its `baseUrl` {error}") from None
    if base_url != spec.base_url:
        raise SettingsError(f"no API key is sent to the backend {spec.name!r}: write its `baseUrl` as {base_url}")
    if not base_url.startswith("https:") and not is_loopback(base_url):
        raise SettingsError(
            f"no API key is sent to the backend {spec.name!r}: its `baseUrl` begins with http:, where everybody on the "
            "way can read it; use https:"
        )


def is_local(spec: BackendSpec) -> bool:
    """Whether what is sent to `spec` stays on this machine, as far as its address tells.

    A model that Ollama itself passes on to its cloud says so in `Model.is_remote`.
    """
    try:
        return is_loopback(read_base_url(spec.base_url))
    except SettingsError:
        # An address that readers could disagree about, such as one with a user name in it, is nowhere near.
        return False

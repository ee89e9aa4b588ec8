"""From a setting to a backend: which wire format belongs to which kind."""

from __future__ import annotations

from tierlsp.backends.base import BackendSpec, FimBackend
from tierlsp.backends.limits import Limits
from tierlsp.errors import SettingsError
from tierlsp.settings.addresses import is_loopback, read_base_url


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


def is_local(spec: BackendSpec) -> bool:
    """Whether what is sent to `spec` stays on this machine, as far as its address tells.

    A model that Ollama itself passes on to its cloud says so in `Model.is_remote`.
    """
    try:
        return is_loopback(read_base_url(spec.base_url))
    except SettingsError:
        # An address that readers could disagree about, such as one with a user name in it, is nowhere near.
        return False

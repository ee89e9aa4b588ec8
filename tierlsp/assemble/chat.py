"""The models that can be asked in words, opened when they are first asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

from tierlsp.assemble.completion import spec_of
from tierlsp.backends.chat import ChatBackend
from tierlsp.backends.keys import ApiKey
from tierlsp.backends.open import open_chat_backend
from tierlsp.errors import SettingsError
from tierlsp.privacy.outbound import Destination
from tierlsp.routing.means import Listed
from tierlsp.routing.prices import PriceBook
from tierlsp.routing.shelf import LocalShelf
from tierlsp.settings import Settings

logger = logging.getLogger(__name__)


class OpenBackends:
    """Finds models by `backend/model` (`means.Directory`). A backend is opened once, with its key."""

    def __init__(self, settings: Settings, keys: Mapping[str, ApiKey], shelf: LocalShelf, book: PriceBook) -> None:
        """Take what is known of the models.

        Args:
            settings: which backends there are.
            keys: API keys by the variable that holds them.
            shelf: the models on this machine.
            book: for the length of a model's context.
        """
        self._settings = settings
        self._keys = keys
        self._shelf = shelf
        self._book = book
        self._open: dict[str, ChatBackend] = {}

    def find(self, name: str) -> Listed | None:
        """Return the model called `backend/model`; `None` if there is no such backend, or it cannot be opened."""
        backend_name, _, model = name.partition("/")
        settings = self._settings.backends.get(backend_name)
        if settings is None:
            return None
        backend = self._backend(backend_name)
        if backend is None:
            return None
        installed = self._shelf.find(name)
        is_remote = installed is not None and installed.model.is_remote
        row = self._book.row_for(name)
        context = settings.num_ctx if settings.kind == "ollama" else (row.context_window or 0) if row else 0
        destination = Destination(
            backend=backend_name,
            host=urlsplit(settings.base_url).netloc,
            model=model,
            is_local=settings.keeps(model) and not is_remote,
        )
        return Listed(name, backend, destination, context)

    async def aclose(self) -> None:
        """Close every connection."""
        for backend in self._open.values():
            await backend.aclose()

    def _backend(self, name: str) -> ChatBackend | None:
        if name not in self._open:
            settings = self._settings.backends[name]
            key = self._keys.get(settings.api_key_env) if settings.api_key_env else None
            try:
                self._open[name] = open_chat_backend(spec_of(name, settings), key)
            except SettingsError as error:
                logger.warning("%s", error)
                return None
        return self._open[name]

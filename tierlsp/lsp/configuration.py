"""The editor's own settings: asked for once the session runs, and again when the editor says that they changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.session import Session

logger = logging.getLogger(__name__)

SECTION = "tierlsp"

CONFIGURATION_PARAMS: dict[str, Any] = {"items": [{"section": SECTION}]}
"""Of `workspace/configuration`."""

REGISTRATION_PARAMS: dict[str, Any] = {
    "registrations": [
        {
            "id": "tierlsp.configuration",
            "method": "workspace/didChangeConfiguration",
            "registerOptions": {"section": SECTION},
        }
    ]
}
"""Of `client/registerCapability`."""

ANSWER_TIMEOUT_S = 10.0
"""How long the client may take to answer. It answers from memory; one that needs longer will not answer at all."""


class Configuration:
    """Asks the client for its settings and hands them to the session."""

    def __init__(self, session: Session, client: ClientRequests) -> None:
        self._session = session
        self._client = client
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_pulling = False
        self._is_wanted = False
        """Whether the settings have changed since they were last asked for."""

    def begin(self) -> None:
        """The client is ready: register for changes where it wants that, and ask."""
        if self._session.client.registers_configuration:
            self._spawn(self._register())
        self.pull()

    def did_change(self, params: Any) -> None:
        """The client's settings changed: ask again, or take them from the message where it cannot be asked."""
        if not isinstance(params, dict) or "settings" not in params:
            raise BadParams("`didChangeConfiguration` needs an object with `settings`")
        settings = params["settings"]
        if self._session.client.has_configuration:
            self.pull()
        elif isinstance(settings, dict):
            self._session.take_editor_settings(settings.get(SECTION))

    def pull(self) -> None:
        """Ask for the section, if the client can be asked: one question at a time, however often it says "changed"."""
        if not self._session.client.has_configuration:
            return
        self._is_wanted = True
        if not self._is_pulling:
            self._is_pulling = True
            self._spawn(self._pull())

    def close(self) -> None:
        """Stop waiting for answers."""
        for task in self._tasks:
            task.cancel()

    async def _pull(self) -> None:
        try:
            while self._is_wanted:
                self._is_wanted = False
                answer = await self._ask("workspace/configuration", CONFIGURATION_PARAMS)
                if isinstance(answer, list) and answer:
                    self._session.take_editor_settings(answer[0])
        finally:
            self._is_pulling = False

    async def _register(self) -> None:
        await self._ask("client/registerCapability", REGISTRATION_PARAMS)

    async def _ask(self, method: str, params: dict[str, Any]) -> Any:
        try:
            return await self._client.ask(method, params, ANSWER_TIMEOUT_S)
        except (TimeoutError, ClientRefused) as error:
            logger.info("the client did not answer %s: %s", method, error or type(error).__name__)
            return None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

"""The life of the process around one session: from the first byte to the exit code.

`initialize` is answered from what the client announced, before anything else is imported: an editor starts its servers
one after the other, and waits for each.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tierlsp.clock import Clock, SystemClock
from tierlsp.lsp.capabilities import Client, client_of, initialize_result, roots_of
from tierlsp.lsp.client_requests import ClientRequests
from tierlsp.lsp.dispatch import Dispatcher, First, Life, NotificationHandler, RequestHandler
from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.parent import watch_parent
from tierlsp.lsp.typed import Typed
from tierlsp.lsp.wire import Writer, frame, start_reader

if TYPE_CHECKING:
    from tierlsp.lsp.configuration import Configuration
    from tierlsp.lsp.options import StartOptions
    from tierlsp.lsp.session import Session

logger = logging.getLogger(__name__)

LOOK_MS = 2_000.0
"""How often the settings files are looked at; two `stat` calls take ten microseconds. Who has sent nothing between two
looks is at rest."""

CLOSING_S = 1.0
"""What the parts may take to close in an orderly way."""

HARD_STOP_S = 1.8
"""When the process ends whatever happens: within the two seconds that an editor waits before it kills."""


class Server:
    """One session over one pair of file descriptors."""

    def __init__(self, in_fd: int, out_fd: int, options: StartOptions, clock: Clock | None = None) -> None:
        self._in_fd = in_fd
        self._options = options
        self._clock = clock or SystemClock()
        self._exit_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(out_fd, on_gone=self._client_gone)
        self._client_requests = ClientRequests(self._send_message)
        self._session: Session | None = None
        self._configuration: Configuration | None = None
        self._reads = 0
        """How often something came from the client."""
        self._requests: dict[str, RequestHandler] = {
            "initialize": self._initialize,
            "shutdown": lambda params: None,
        }
        self._notifications: dict[str, NotificationHandler] = {"initialized": self._initialized}
        self._typed_requests: dict[str, Callable[[Any], Any]] = {}
        self._typed_notifications: dict[str, Callable[[Any], Any]] = {}
        self._typed = Typed(
            self._typed_requests, self._typed_notifications, first=_load_actions, on_loaded=self._loaded
        )
        self._dispatcher = Dispatcher(
            self._writer.send,
            requests=self._requests,
            notifications=self._notifications,
            typed=self._typed,
            on_response=self._client_requests.take,
            on_exit=self.stop,
        )

    async def run(self) -> int:
        """Serve until `exit`, the end of the input, or a signal; return the exit code."""
        start_reader(self._in_fd, self._loop, self._feed, self._input_ended)
        _on_end_signals(self._loop, lambda: self.stop(self._code_at_end()))
        code = await self._exit_code
        _end_hard_after(HARD_STOP_S, code)
        self._dispatcher.cancel_all()
        if self._configuration is not None:
            self._configuration.close()
        if self._session is not None:
            try:
                async with asyncio.timeout(CLOSING_S):
                    await self._session.aclose()
            except TimeoutError:
                logger.warning("not everything closed in time")
        self._writer.close(CLOSING_S / 2)
        return code

    def stop(self, code: int) -> None:
        """End with `code`; the first word wins."""
        if not self._exit_code.done():
            self._exit_code.set_result(code)

    def _feed(self, data: bytes) -> None:
        self._reads += 1
        self._dispatcher.feed(data)

    def _initialize(self, params: Any) -> First:
        """Answer from what the client announced; the session begins behind the answer."""
        if not isinstance(params, dict):
            raise BadParams("`initialize` needs an object of parameters")
        client = client_of(params)
        # Before the answer: an editor that ends right after it would not be noticed.
        watch_parent(params.get("processId"), self._clock, self._editor_gone)
        return First(initialize_result(client), lambda _: self._begin_or_end(client, params))

    def _begin_or_end(self, client: Client, params: dict[str, Any]) -> None:
        """Begin the session. A process that cannot is of no use, and the editor says so when it ends."""
        try:
            self._begin(client, params)
        except Exception:
            logger.exception("the session could not begin")
            self.stop(1)

    def _begin(self, client: Client, params: dict[str, Any]) -> None:
        """Import the rest, read the settings, and take up the handlers of the session."""
        from tierlsp.lsp.configuration import Configuration
        from tierlsp.lsp.session import Session
        from tierlsp.lsp.tables import tables_of

        self._session = Session(self._clock, self._notify, self._options, self._client_requests)
        self._configuration = Configuration(self._session, self._client_requests)
        tables = tables_of(self._session, self._configuration)
        self._typed_requests.update(tables.typed_requests)
        self._typed_notifications.update(tables.typed_notifications)
        self._session.begin(client, roots_of(params), params.get("initializationOptions"))
        self._requests.update(tables.requests)
        self._notifications.update(tables.notifications)
        _load_client_in_thread()
        _spare_what_lives()
        self._look_later(self._reads)

    def _initialized(self, params: Any) -> None:
        """The client takes requests now. Counts once a session."""
        self._notifications["initialized"] = lambda params: None
        if self._configuration is not None:
            self._configuration.begin()

    def _code_at_end(self) -> int:
        """Return 0 if the client had said `shutdown`, 1 if it vanished."""
        return 0 if self._dispatcher.life is Life.SHUT_DOWN else 1

    def _input_ended(self) -> None:
        self.stop(self._code_at_end())

    def _client_gone(self) -> None:
        """The client does not read any more. May be called from the writer's thread."""
        logger.warning("the client closed its end or stopped reading")
        try:
            self._loop.call_soon_threadsafe(self.stop, 1)
        except RuntimeError:
            return  # The loop is closed: the session is over already.

    def _editor_gone(self) -> None:
        """The editor's process has ended, even if something else still holds the pipe open."""
        logger.warning("the editor's process is gone")
        self.stop(self._code_at_end())

    def _look_later(self, reads: int) -> None:
        """Look again in a while; `reads` is how often something has come until now."""
        self._clock.call_later_ms(LOOK_MS, lambda: self._look(reads))

    def _look(self, reads: int) -> None:
        """Read the settings again when a file of theirs has changed; use a rest for the imports that may be needed."""
        assert self._session is not None, "there is nothing to look at before the session"
        self._session.reload_if_changed()
        is_wanted = len(self._session.documents) or self._session.client.has_status
        if reads == self._reads and is_wanted:
            # A client that shows the status shows it before a file is opened, too.
            self._typed.load()
        self._look_later(self._reads)

    def _loaded(self) -> None:
        """What decodes typed messages, and what serves actions, is there: a client that shows the status gets it."""
        _spare_what_lives()
        if self._session is not None and self._session.client.has_status:
            self._session.actions.changed()

    def _notify(self, method: str, params: dict[str, object]) -> None:
        self._send_message({"jsonrpc": "2.0", "method": method, "params": params})

    def _send_message(self, message: dict[str, Any]) -> None:
        self._writer.send(frame(message))


def _load_client_in_thread() -> None:
    """Import what asks a model server on this machine, while nobody waits for it.

    The HTTP client for servers elsewhere takes ten times as long, and is imported when there is one.
    """
    from tierlsp.backends.near import load_near

    threading.Thread(target=load_near, name="tierlsp-import", daemon=True).start()


def _load_actions() -> None:
    """Import what serves actions, beside what decodes them."""
    from tierlsp.assemble.actions import warm

    importlib.import_module("tierlsp.lsp.actions")
    warm()


def _spare_what_lives() -> None:
    """Leave what exists now out of the garbage collector's work, and make its full rounds rare.

    What was imported lives as long as the process, and a full collection over it took 20 to 40 ms of a key press.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


def _on_end_signals(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    """Call `action` on the loop at SIGTERM or SIGINT, and end the process soon after in any case."""

    def handle(number: int, frame: object) -> None:
        _end_hard_after(HARD_STOP_S, 1)
        loop.call_soon_threadsafe(action)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            # Not `loop.add_signal_handler`: this one also runs while the loop is busy in Python code.
            signal.signal(number, handle)


def _end_hard_after(seconds: float, code: int) -> None:
    """End the process after `seconds`, should anything keep it from ending by itself."""
    timer = threading.Timer(seconds, os._exit, (code,))
    timer.daemon = True
    timer.start()

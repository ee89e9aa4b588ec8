"""The server: the tables of handlers, and the life of the process around them."""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from tierlsp.backends.connections import load_client
from tierlsp.clock import Clock, SystemClock
from tierlsp.lsp.configuration import Configuration
from tierlsp.lsp.dispatch import Dispatcher, Life
from tierlsp.lsp.handlers.commands import execute_command
from tierlsp.lsp.handlers.completion import completion
from tierlsp.lsp.handlers.folders import folders_changed
from tierlsp.lsp.handlers.initialize import initialize
from tierlsp.lsp.handlers.inline_completion import inline_completion
from tierlsp.lsp.handlers.text_sync import did_change, did_close, did_open
from tierlsp.lsp.parent import watch_parent
from tierlsp.lsp.session import Session, StartOptions
from tierlsp.lsp.typed import Typed
from tierlsp.lsp.wire import Writer, frame, start_reader

logger = logging.getLogger(__name__)

FILES_POLL_MS = 2_000.0
"""How often the settings files are looked at. Two `stat` calls take ten microseconds."""

CLOSING_S = 1.0
"""What the parts may take to close in an orderly way."""

HARD_STOP_S = 1.8
"""When the process ends whatever happens: within the two seconds that an editor waits before it kills."""


class Server:
    """One session over one pair of file descriptors."""

    def __init__(self, in_fd: int, out_fd: int, options: StartOptions, clock: Clock | None = None) -> None:
        self._in_fd = in_fd
        self._clock = clock or SystemClock()
        self._exit_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(out_fd, on_gone=self._client_gone)
        self.session = Session(self._clock, self._notify, options)
        self._typed = Typed(
            self._send_message,
            requests={
                "workspace/executeCommand": functools.partial(execute_command, self.session),
            },
            notifications={
                "initialized": self._initialized,
                "workspace/didChangeConfiguration": lambda params: self._configuration.did_change(params),
                "workspace/didChangeWorkspaceFolders": functools.partial(folders_changed, self.session),
            },
            first=load_client,
        )
        self._configuration = Configuration(self.session, self._typed)
        self._is_settled = False
        bind = functools.partial
        self._dispatcher = Dispatcher(
            self._writer.send,
            requests={
                "initialize": self._initialize,
                "shutdown": lambda params: None,
                "textDocument/inlineCompletion": bind(inline_completion, self.session),
                "textDocument/completion": bind(completion, self.session),
            },
            notifications={
                "textDocument/didOpen": bind(did_open, self.session),
                "textDocument/didChange": bind(did_change, self.session),
                "textDocument/didClose": bind(did_close, self.session),
            },
            typed=self._typed,
            on_exit=self.stop,
        )

    async def run(self) -> int:
        """Serve until `exit`, the end of the input, or a signal; return the exit code."""
        start_reader(self._in_fd, self._loop, self._dispatcher.feed, self._input_ended)
        _on_end_signals(self._loop, lambda: self.stop(self._code_at_end()))
        code = await self._exit_code
        _end_hard_after(HARD_STOP_S, code)
        self._dispatcher.cancel_all()
        self._configuration.close()
        try:
            async with asyncio.timeout(CLOSING_S):
                await self.session.aclose()
        except TimeoutError:
            logger.warning("not everything closed in time")
        self._writer.close(CLOSING_S / 2)
        return code

    def stop(self, code: int) -> None:
        """End with `code`; the first word wins."""
        if not self._exit_code.done():
            self._exit_code.set_result(code)

    def _initialize(self, params: Any) -> dict[str, Any]:
        result = initialize(self.session, params)
        watch_parent(params.get("processId"), self._clock, self._editor_gone)
        # After the answer is written: until the editor goes on there is time for the imports.
        self._loop.call_soon(self._typed.load)
        return result

    def _initialized(self, params: Any) -> None:
        """The session runs and what is imported late is there: whatever lives now lives long. Counts once a session."""
        if self._is_settled:
            return
        self._is_settled = True
        # Full collections over the imported modules took 20 to 40 ms of a key press; what exists now is left out of
        # them, and the thresholds make the rest rare (figures in docs/, "Garbage collection").
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        self._configuration.initialized(params)
        self._watch_files()

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

    def _watch_files(self) -> None:
        """Read the settings again when one of their files has changed."""

        def look() -> None:
            self.session.reload_if_changed()
            self._clock.call_later_ms(FILES_POLL_MS, look)

        self._clock.call_later_ms(FILES_POLL_MS, look)

    def _notify(self, method: str, params: dict[str, object]) -> None:
        self._send_message({"jsonrpc": "2.0", "method": method, "params": params})

    def _send_message(self, message: dict[str, Any]) -> None:
        self._writer.send(frame(message))


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

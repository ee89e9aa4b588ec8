"""Whether the editor's process is still there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tierlsp.clock import Clock

POLL_MS = 3_000.0
"""How often the editor's process is looked for; what vscode-languageserver does too."""


def watch_parent(process_id: object, clock: Clock, on_gone: Callable[[], None]) -> None:
    """Call `on_gone` once the process has ended.

    A process that is not there at the start lives in another namespace (a container, a remote machine) and is not
    watched.

    Args:
        process_id: what the client gave as `processId`; anything but a positive integer is no process.
        clock: times the looks.
        on_gone: called on the loop.
    """
    if type(process_id) is not int or process_id <= 0 or not is_alive(process_id):
        return

    def look() -> None:
        if is_alive(process_id):
            clock.call_later_ms(POLL_MS, look)
        else:
            on_gone()

    clock.call_later_ms(POLL_MS, look)


def is_alive(process_id: int) -> bool:
    """Whether the process lives. A zombie does not.

    On Windows it is always said to live: there `os.kill(pid, 0)` would end it, and the end of the pipe is reliable.
    """
    if sys.platform == "win32":
        return True
    try:
        os.kill(process_id, 0)
    except (ProcessLookupError, OverflowError):
        # Nobody has that number, or nobody can.
        return False
    except OSError:
        return True  # It is there and belongs to somebody else.
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    # The state follows the command's name, which stands in parentheses and may hold anything.
    return stat.rpartition(")")[2].split()[:1] not in (["Z"], ["X"])

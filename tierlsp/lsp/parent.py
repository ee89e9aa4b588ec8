"""Whether a process is still there."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def is_alive(process_id: int) -> bool:
    """Whether the process lives. A zombie does not.

    On Windows it is always said to live: there `os.kill(pid, 0)` would end it, and the end of the pipe is reliable.
    """
    if sys.platform == "win32":
        return True
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # It is there and belongs to somebody else.
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    # The state follows the command's name, which stands in parentheses and may hold anything.
    return stat.rpartition(")")[2].split()[:1] not in (["Z"], ["X"])

"""What the command line and the environment say about a session."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class StartOptions(NamedTuple):
    """What the command line and the environment say."""

    config_file: Path | None = None
    sets: tuple[str, ...] = ()
    """`--set key=value`, as given."""
    environ: Mapping[str, str] | None = None
    """The environment; `None` is the process's own."""

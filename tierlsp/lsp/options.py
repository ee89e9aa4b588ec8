"""What the command line and the environment say about a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StartOptions:
    """What the command line and the environment say."""

    config_file: Path | None = None
    sets: tuple[str, ...] = ()
    """`--set key=value`, as given."""
    environ: Mapping[str, str] | None = None
    """The environment; `None` is the process's own."""

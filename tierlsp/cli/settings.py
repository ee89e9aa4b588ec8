"""The settings as a command sees them: everything but the editor's."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tierlsp.settings import Loaded, Settings, load, project_layer, user_layers


def load_settings(config_file: Path | None, sets: Sequence[str], root: Path | None) -> Loaded:
    """Return what is in force for a command run in the workspace `root`, with what was wrong."""
    layers = user_layers(os.environ, config_file, sets)
    if root is not None and (project := project_layer(root)) is not None:
        layers.append(project)
    return load(layers)


def read_settings(config_file: Path | None, sets: Sequence[str], root: Path | None) -> Settings:
    """Return the settings in force, and say on stderr what was wrong with their sources."""
    loaded = load_settings(config_file, sets, root)
    for problem in loaded.problems:
        print(f"tierlsp: {problem.message}", file=sys.stderr)
    return loaded.settings

"""What a person can set: read from every source, checked, merged by precedence and trust, frozen.

The table of all settings is in `keys.py`; `sources.py` reads the layers, `load` (`merge.py`) puts them
together. Nothing in this room raises on what a person, an editor or a project wrote: everything wrong is a
`Problem`, and a value that can be used stands in its place.
"""

from tierlsp.settings.layers import Layer, Origin, Problem
from tierlsp.settings.merge import Loaded, load
from tierlsp.settings.sources import editor_layer, initialization_layer, project_layer, user_layers
from tierlsp.settings.tree import (
    BackendSettings,
    BudgetSettings,
    CompletionSettings,
    PriceSettings,
    PrivacySettings,
    RoutingSettings,
    Settings,
    TiersSettings,
)

__all__ = [
    "BackendSettings",
    "BudgetSettings",
    "CompletionSettings",
    "Layer",
    "Loaded",
    "Origin",
    "PriceSettings",
    "PrivacySettings",
    "Problem",
    "RoutingSettings",
    "Settings",
    "TiersSettings",
    "editor_layer",
    "initialization_layer",
    "load",
    "project_layer",
    "user_layers",
]

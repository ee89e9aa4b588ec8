"""The actions of the person's own, as the settings have them."""

from __future__ import annotations

from collections.abc import Mapping

from tierlsp.actions.types import OwnAction
from tierlsp.routing.facts import Scope
from tierlsp.routing.tiers import Tier
from tierlsp.settings import Settings


def own_actions(settings: Settings) -> Mapping[str, OwnAction]:
    """Return them by name, in the order of the settings."""
    return {
        name: OwnAction(
            name=name,
            title=table.title,
            prompt=table.prompt,
            gives_edit=table.answer == "edit",
            scope=None if table.scope == "auto" else Scope(table.scope),
            tier=None if table.tier == "auto" else Tier(table.tier),
            languages=table.languages,
        )
        for name, table in settings.actions.items()
    }

"""A model that could be taken, as a decision sees it. Whoever decides fills it from settings, table and health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tierlsp.routing.decision import GateName
from tierlsp.routing.tiers import Tier


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model of one tier."""

    model: str
    """`backend/model`."""
    tier: Tier
    is_local: bool = False
    """Whether it runs on this machine, so that nothing leaves it and nothing is paid."""
    context_tokens: int | None = None
    """Prompt and answer together; `None` if nobody said."""
    max_output_tokens: int | None = None
    """The longest answer; `None` if nobody said."""
    long_context_tokens: int = 0
    """The prompt up to which it is known to be good; 0 if it is not known beyond the length of any model."""
    skills: frozenset[str] = frozenset()
    """What it was made for, as `skills_of` tells."""
    is_retired: bool = False
    blocked: tuple[GateName, str] | None = None
    """A gate that somebody else found shut (key, capability, budget, health), and why in a sentence's words."""


def skills_of(model: str, names_by_skill: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the skills of a `backend/model`, told by parts of the model's name (`Rules.skills`)."""
    name = model.partition("/")[2].casefold()
    return frozenset(skill for skill, parts in names_by_skill.items() if any(part in name for part in parts))

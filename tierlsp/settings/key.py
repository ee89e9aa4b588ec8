"""One setting: its name, its values, its default, what it does, and who may set it. All of them are in `keys.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from tierlsp.settings.kinds import Kind


class Trust(Enum):
    """What a project and an editor's workspace, which nobody may have looked at yet, can do to a setting."""

    FREE = "set it"
    """Harmless: it changes when and how completions are asked for, never what is sent where."""
    TIGHTEN = "only tighten it"
    """Only a change to something that does or allows less counts."""
    ADD = "only add to it"
    """Its entries join those of the person, who alone can take any away."""
    LOCAL_MODEL = "set it to a local model"
    """Only a model on this machine counts, on a server that the person set up."""
    USER = "not set it"
    """The person's alone."""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting."""

    path: str
    """Where it stands in the tree, such as `completion.budgetMs`; `*` stands for a name of the person's choosing."""
    kind: Kind
    default: object
    """`None` where it depends on the name that stands for `*`, or where there is none."""
    trust: Trust
    doc: str
    """One or two sentences for the person."""

    @property
    def section(self) -> str:
        """The part of the path before the first dot."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """The part of the path after the last dot."""
        return self.path.rpartition(".")[2]

    @property
    def is_named(self) -> bool:
        """Whether there is one for each name that the person chooses."""
        return "*" in self.path

    @property
    def has_variable(self) -> bool:
        """Whether an environment variable sets it: the names of models and rules do not fit into one."""
        return not self.is_named or self.section == "backends"


def snake(name: str) -> str:
    """Return the snake_case form of a camelCase name: `budgetMs` gives `budget_ms`."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def environment_name(path: str) -> str:
    """Return the environment variable of the setting at `path`: `TIERLSP_COMPLETION_BUDGET_MS`."""
    return "_".join(["TIERLSP", *(snake(part).upper() for part in path.split("."))])

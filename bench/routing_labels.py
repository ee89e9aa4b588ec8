"""The labelled actions of `tests/unit/routing/labelled/`, and how well a router agrees with their labels."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from tierlsp.routing.areas import areas_of
from tierlsp.routing.facts import Facts, Kind, Scope
from tierlsp.routing.policy import Policy

FOLDER = Path(__file__).parents[1] / "tests" / "unit" / "routing" / "labelled"

Half = Literal["open", "sealed"]

HALVES: tuple[Half, ...] = ("open", "sealed")

TOKENS_AROUND = 600
"""What a prompt holds beside the code: the task, the file's head, what is near."""
TOKENS_A_LINE = 12
"""A usual line of code."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One action, and whether it is worth a premium model."""

    id: str
    work: str
    is_premium: bool
    path: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a router's choices agree with the labels."""

    found: int
    """Premium-worthy actions that went to the premium tier."""
    worthy: int
    sent: int
    """Actions that went to the premium tier."""
    actions: int

    @property
    def recall(self) -> float:
        return self.found / self.worthy

    @property
    def precision(self) -> float:
        return self.found / self.sent if self.sent else 0.0

    @property
    def share(self) -> float:
        return self.sent / self.actions


def read_half(half: Half, policy: Policy) -> list[Labelled]:
    """Return the actions of one half. Areas come from their paths by `policy`, as for real documents."""
    tree = tomllib.loads((FOLDER / f"{half}.toml").read_text(encoding="utf-8"))
    return [
        Labelled(
            row["id"],
            row["work"],
            row["isPremium"],
            row["path"],
            Facts(
                kind=Kind(row["kind"]),
                language=row["language"],
                scope=Scope(row["scope"]),
                files=row.get("files", 1),
                lines=row["lines"],
                prompt_tokens=TOKENS_AROUND + TOKENS_A_LINE * row["lines"],
                max_output_tokens=4_000,
                likely_output_tokens=800,
                errors=row.get("errors", 0),
                warnings=row.get("warnings", 0),
                public_names=row.get("publicNames", 0),
                areas=areas_of(PurePath(row["path"]), policy.areas),
                rejections=row.get("rejections", 0),
                failures=row.get("failures", 0),
                can_verify=row.get("canVerify", False),
            ),
        )
        for row in tree["action"]
    ]


def hash_of(half: Half) -> str:
    """Return the SHA-256 of a half's file."""
    return hashlib.sha256((FOLDER / f"{half}.toml").read_bytes()).hexdigest()


def agreement(actions: Sequence[Labelled], is_sent: Callable[[Labelled], bool]) -> Agreement:
    """Return how a router that sends some of the actions to the premium tier agrees with the labels."""
    sent = [action for action in actions if is_sent(action)]
    worthy = sum(action.is_premium for action in actions)
    return Agreement(sum(action.is_premium for action in sent), worthy, len(sent), len(actions))

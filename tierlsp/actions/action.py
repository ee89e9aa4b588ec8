"""What is said of an action in the catalogue: where it is offered, what it takes, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil

from tierlsp.actions.bounds import Bounds, usual
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.reading import Form
from tierlsp.actions.scope import Limit, Target
from tierlsp.actions.shares import NOTHING, Shares, of_tier
from tierlsp.actions.types import ActionRequest, Extent
from tierlsp.actions.workspace import Wanted
from tierlsp.backends.chat import Effort
from tierlsp.privacy.outbound import Part
from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.tiers import Tier


class Group(StrEnum):
    """Where an action is found in a menu. `lsp` makes the editor's kinds of it."""

    REWRITE = "rewrite"
    EXPLAIN = "explain"
    REVIEW = "review"
    TESTS = "tests"
    DOCS = "docs"
    QUICKFIX = "quickfix"


class Gives(StrEnum):
    """What comes of an action."""

    EDIT = "edit"
    TEXT = "text"
    FINDINGS = "findings"
    CHOICES = "choices"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Output:
    """How much a model writes, in tokens: a fixed part, and one that grows with the lines that are meant."""

    likely: int
    most: int
    likely_share: float = 0.0
    """Of the tokens of the lines."""
    most_share: float = 0.0

    def tokens(self, target_tokens: int) -> tuple[int, int]:
        """Return the likely number and the most."""
        return (
            self.likely + ceil(self.likely_share * target_tokens),
            self.most + ceil(self.most_share * target_tokens),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant of an action."""

    name: str
    title: str
    """With `{what}` for the lines that are meant."""
    needs_diagnostics: bool = False
    is_whole_symbol: bool = False
    """Whether it takes the function around a selection."""
    is_extra: bool = False
    """Whether it is offered only where its kind is asked for."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action."""

    kind: Kind
    group: Group
    gives: Gives
    title: str
    """With `{what}` for the lines that are meant."""
    scopes: tuple[Scope, ...]
    """What it can be asked for."""
    limit: Limit
    context_tokens: int
    """Of the file around the lines."""
    outputs: tuple[tuple[Form, Output], ...]
    """For each form of an answer."""
    write: Callable[[Job], Wording]
    choices: tuple[Choice, ...] = ()
    extents: tuple[tuple[Extent, str], ...] = ()
    """What it can be asked for besides the file at hand, each with its title; offered only where its kind is."""
    effort: Effort = Effort.OFF
    is_automatic: bool = False
    """Whether it is offered without being asked for, where there is a problem."""
    needs_diagnostics: bool = False
    """Whether it is offered only where there is a problem."""
    needs_instruction: bool = False
    """Whether the person must say something, where it is none of the choices."""
    is_whole_symbol: bool = False
    """Whether it takes the function around a selection."""
    shares: Shares = NOTHING
    """What it gets of the workspace; looked for after it was picked, since offering touches no disk."""
    wants: Callable[[Job], Wanted] | None = None
    """What it wants to know of the workspace besides."""
    workspace_tokens: int = 0
    """The most that this adds to the prompt, likely tokens: in the price of an offer."""
    more: Callable[[Job], list[Part]] | None = None
    """What else is sent, of the workspace."""
    files_tokens: int = 0
    """Of the files that it may change, for an action on several."""
    find: Callable[[ActionRequest], Target] | None = None
    """Finds the lines that are meant, where `scope.choose_target` would not; may raise `ScopeError`."""
    bounds: Callable[[Job], Bounds] = usual
    """What its edits may do."""
    done: str = "changed {file}"
    """The beginning of what is said at a good end, with `{file}` and `{problems}`."""
    verb: str = "change"
    """What there was nothing to do, where there was not."""

    def shares_for(self, job: Job, tier: Tier | None = None) -> Shares:
        """Return what `job` gets of the workspace from a model of `tier`.

        Who calls the code does not matter where its signatures stay as they are in any case.
        """
        shares = of_tier(self.shares, tier)
        if shares.callers and self.bounds(job).keeps_signatures_always:
            return replace(shares, callers=0)
        return shares

    def choice(self, name: str) -> Choice | None:
        """Return the variant with `name`."""
        return next((choice for choice in self.choices if choice.name == name), None)

    def output(self, form: Form) -> Output:
        """Return how much is written in `form`."""
        return next((output for key, output in self.outputs if key is form), self.outputs[0][1])
